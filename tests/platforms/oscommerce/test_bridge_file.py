"""The bridge file itself: what it puts and drops on the host, and that an old PHP reads it."""

from __future__ import annotations

import base64
import re
import subprocess
from pathlib import Path

import pytest

from backoffice.lib.errors import MissingPermission
from shops.platforms.oscommerce import bridge_file as files
from shops.platforms.oscommerce.bridge_file import FILE_NAME, bridge_file
from shops.platforms.oscommerce.operations import OPERATIONS
from tests import services
from tests.peers.oscommerce.fixtures import need_php
from tests.peers.oscommerce.host import SECRET, Host
from tests.peers.oscommerce.store import Store
from tests.platforms.oscommerce.ways import bridge

pytestmark = [pytest.mark.service, pytest.mark.requirement("S7")]

TEMPLATE = Path(files.__file__).with_name("bridge.php")
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

# Files


def test_pictures_are_put_and_dropped_in_a_folder_of_our_own(host: Host, shop: Store):
    gateway = bridge(host, shop.shape)
    gateway.files.put("kontor/cup-1a2b3c.png", PNG)
    path = host.folder / "images" / "kontor" / "cup-1a2b3c.png"
    assert path.read_bytes() == PNG
    gateway.files.drop(["kontor/cup-1a2b3c.png", "kontor/never-there.png"])
    assert not path.exists()
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_to(host: Host, shop: Store):
    (host.folder / "images").rmdir()
    (host.folder / "images").write_text("a file")
    with pytest.raises(MissingPermission) as error:
        bridge(host, shop.shape).files.put("kontor/cup.png", PNG)
    assert error.value.key == "folder"


def test_the_shops_cached_menus_are_dropped_and_nothing_else(host: Host, shop: Store):
    cache = host.folder / "cache"
    cache.mkdir()
    shop.setting("DIR_FS_CACHE", f"{cache}/")
    for name in ("categories_box-english.cache", "categories_box-english.cache22_23", "manufacturers_box-slovenian.cache1",
                 "also_purchased-english.cache7", "other.cache", "categories.txt"):  # fmt: skip
        (cache / name).write_text("x")
    bridge(host, shop.shape).files.drop_caches()
    assert sorted(path.name for path in cache.iterdir()) == ["categories.txt", "other.cache"]


def test_it_says_what_the_host_is(host: Host, shop: Store):
    found = bridge(host, shop.shape).files.host()
    assert found.version == shop.shape.version
    assert re.match(r"\d+\.\d+", found.php)
    assert set(found.limits) == {"max_execution_time", "memory_limit", "post_max_size"}


# The file itself


def test_the_file_holds_the_secret_once_and_every_statement():
    text = bridge_file(SECRET, "osc_").decode()
    assert text.count(SECRET) == 1
    assert "'osc_'" in text
    assert all(f"'{files.wire_name(name, operation)}'" in text for name, operation in OPERATIONS.items())
    assert "/*" not in re.sub(r"/\*(?:.|\n)*?\*/", "", text)
    for secret, prefix in (("short", ""), (SECRET, "a'b"), (SECRET, "a b")):
        with pytest.raises(ValueError):
            bridge_file(secret, prefix)


def test_php_finds_no_fault_with_it(tmp_path: Path):
    need_php()
    path = tmp_path / FILE_NAME
    path.write_bytes(bridge_file(SECRET, "osc_"))
    done = subprocess.run([services.php(), "-l", str(path)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# What came after PHP 5.3, by the names of its tokens.
_NEWER = r"T_(COALESCE|COALESCE_EQUAL|SPACESHIP|ELLIPSIS|YIELD|YIELD_FROM|FN|MATCH|TRAIT|INSTEADOF|FINALLY|POW|POW_EQUAL|NULLSAFE_OBJECT_OPERATOR|ATTRIBUTE|ENUM|READONLY|CALLABLE)"


def test_it_is_written_for_php_5_3(tmp_path: Path):
    """No PHP of that age can be had here, so the tokens are looked at."""
    need_php()
    script = "foreach (token_get_all(file_get_contents($argv[1])) as $t) { if (is_array($t) && in_array($t[0], array(T_WHITESPACE, T_COMMENT))) continue; echo (is_array($t) ? token_name($t[0]) . ' ' . str_replace(\"\\n\", ' ', $t[1]) : $t) . \"\\n\"; }"  # fmt: skip
    done = subprocess.run(
        [services.php(), "-r", script, str(TEMPLATE)], capture_output=True, text=True, check=True
    )
    tokens = done.stdout.splitlines()
    assert [token for token in tokens if re.match(_NEWER, token)] == []
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token == "[":
            # Neither [1, 2] nor f()[0]: an index stands behind a variable, an index or a property only.
            assert before == "]" or before.startswith(("T_VARIABLE", "T_STRING")), (before, token, after)
        assert not (token.startswith("T_DOUBLE_COLON") and after.startswith("T_CLASS")), (
            before,
            token,
            after,
        )
        # No types of arguments, no types of results.
        assert not (
            before.startswith("T_STRING ") and token.startswith("T_VARIABLE") and "Refusal" not in before
        ), before
    results = [tokens[at : at + 4] for at, token in enumerate(tokens) if token == ")"]
    assert [part for part in results if part[1:2] == [":"] and part[3:] == ["{"]] == []
