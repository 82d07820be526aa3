"""The pages for people, held against the code: a setting, a command or an element type without its words fails here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.utils import translation

from shops.admin.start import QUESTIONS
from shops.elements import ELEMENT_TYPES
from shops.models import Rule, Run
from shops.services.rules import PRESETS

HOME = Path(__file__).resolve().parent.parent
DOCS = HOME / "docs"
GUIDE = DOCS / "user-guide"
PAGES = sorted([HOME / "README.md", HOME / "CHANGELOG.md", *DOCS.rglob("*.md")])
OUR_APPS = ("backoffice", "inventory", "orders", "shops")
# start.py writes and reads these; settings.py does not know them.
OF_THE_START = {"DEMO_SHOP_URL", "DEMO_SHOP_KEY", "DEMO_SHOP_SECRET"}
MAX_PICTURE, MAX_PICTURES = 150_000, 2_500_000

_ASKED = re.compile(r"""env(?:\.\w+)?\(\s*"([A-Z_]+)"|environ(?:\.get\(|\[)\s*"([A-Z_]+)\"""")
_OFFERED = re.compile(r"^(?:# )?([A-Z][A-Z_]+)=", re.MULTILINE)
_ROW = re.compile(r"^\| (`[^|]+) \|", re.MULTILINE)
_LINK = re.compile(r"(!?)\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
_FENCE = re.compile(r"^```.*?^```|^    .*?$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def settings_asked_for() -> set[str]:
    """The names that backoffice/settings.py reads from the environment."""
    text = (HOME / "backoffice" / "settings.py").read_text(encoding="utf-8")
    return {first or second for first, second in _ASKED.findall(text)}


def settings_described() -> set[str]:
    """The names in the first column of the table of docs/operations.md."""
    table = page("operations.md").partition("## Settings")[2].partition("\n## ")[0]
    return {name for cell in _ROW.findall(table) for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_the_settings_are_found_at_all():
    assert {"SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "ADMINS", "ENV_FILE"} <= settings_asked_for()


def test_every_setting_has_its_line_in_operations_and_no_line_is_stale():
    assert settings_described() == (settings_asked_for() - {"ENV_FILE"}) | OF_THE_START
    assert "`ENV_FILE`" in page("operations.md")


def test_the_template_of_the_settings_offers_each_of_them():
    offered = set(_OFFERED.findall((HOME / ".env.example").read_text(encoding="utf-8")))
    # compose.yaml asks for this one, and makes DATABASE_URL of it.
    assert offered == (settings_asked_for() - {"ENV_FILE"}) | {"POSTGRES_PASSWORD"}


def our_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in OUR_APPS)


@pytest.mark.parametrize("name", our_commands())
def test_every_command_has_its_paragraph(name):
    text = page("command-line.md")
    assert re.search(rf"^## {name}$|^\| `{name}` \|", text, re.MULTILINE), (
        f"docs/command-line.md says nothing of {name}"
    )


def test_no_described_command_is_gone():
    named = re.findall(r"manage\.py (\w+)", page("command-line.md") + page("operations.md"))
    known = {name.lower() for name in get_commands()} | {"command"}
    assert {name for name in named if name.lower() not in known} == set()


@pytest.mark.parametrize("kind", list(ELEMENT_TYPES))
def test_every_element_type_is_explained_to_staff(kind):
    with translation.override("en"):
        label = str(ELEMENT_TYPES[kind].label)
    assert f"| {label} |" in page("user-guide/what-to-sync.md")


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_is_explained_to_staff_and_to_scripts(preset):
    with translation.override("en"):
        assert f"| {PRESETS[preset]} |" in page("user-guide/what-to-sync.md")
    assert f"`{preset}`" in page("command-line.md")


def test_the_choices_of_the_matrix_are_called_as_on_the_screen():
    text = page("user-guide/what-to-sync.md")
    with translation.override("en"):
        names = [str(label) for label in Rule.Linked.labels] + ["Export", "Import", "Delete in shop"]
    assert [name for name in names if f"**{name}**" not in text] == []


def test_every_job_that_a_button_starts_and_every_end_of_a_run_is_explained():
    text = page("user-guide/runs-and-changes.md")
    with translation.override("en"):
        jobs = [str(Run.Job(job).label) for job, _mode in QUESTIONS]
        ends = [
            str(Run.State(state).label)
            for state in Run.State.values
            if state not in (Run.State.WAITING, Run.State.RUNNING)
        ]
    assert [job for job in jobs if job not in text] == []
    assert [end for end in ends if f"| {end} |" not in text] == []


@pytest.mark.parametrize("platform", list(settings.PLATFORMS))
def test_every_platform_has_its_page_and_is_named_in_the_overview(platform):
    assert (DOCS / "platforms" / f"{platform}.md").exists()
    assert f"platforms/{platform}.md" in page("README.md")


def heading_anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def links(path: Path) -> list[tuple[bool, str]]:
    """(is a picture, target) of each link on a page, without those in code."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    return [(mark == "!", target) for mark, target in _LINK.findall(text)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(HOME)))
def test_every_link_leads_somewhere(path):
    lost = []
    for _picture, target in links(path):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        # In the repository, not only on this machine.
        found = there.exists() and there.is_relative_to(HOME)
        if found and parts.fragment and there.suffix == ".md":
            found = parts.fragment in heading_anchors(there)
        if not found:
            lost.append(target)
    assert lost == []


def test_every_page_can_be_reached_from_the_readme():
    reached, ahead = set(), [HOME / "README.md"]
    while ahead:
        path = ahead.pop()
        if path in reached:
            continue
        reached.add(path)
        found = [
            (path.parent / urlsplit(target).path).resolve() for picture, target in links(path) if not picture
        ]
        ahead += [there for there in found if there.suffix == ".md" and there.exists()]
    assert [
        str(path.relative_to(HOME)) for path in PAGES if path not in reached and path.name != "README.md"
    ] == []


def test_every_picture_is_shown_described_small_and_taken_by_the_script():
    shown = {(path.parent / target).resolve() for path in PAGES for picture, target in links(path) if picture}
    stored = set((GUIDE / "images").glob("*.png"))
    assert {path.name for path in shown ^ stored} == set()
    assert {path.name for path in stored if path.stat().st_size > MAX_PICTURE} == set()
    assert sum(path.stat().st_size for path in stored) < MAX_PICTURES
    undescribed = [path.name for path in PAGES if re.search(r"!\[\s*\]\(", path.read_text(encoding="utf-8"))]
    assert undescribed == []
    script = (GUIDE / "shoot.py").read_text(encoding="utf-8")
    assert [path.stem for path in stored if f'"{path.stem}"' not in script] == []


def test_the_screenshot_script_explains_itself_without_starting_anything():
    done = subprocess.run(
        [sys.executable, str(GUIDE / "shoot.py"), "--help"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "--only" in done.stdout
