"""Who may import whom (docs/architecture.md): the offender is named with its line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALL = {"backoffice", "inventory", "orders", "shops"}
# What a package may import of ours; the longest prefix counts. Its own modules it may import always.
ALLOWED: dict[str, set[str]] = {
    "backoffice.lib": {"backoffice.lib"},
    "backoffice.demo.shop": {"backoffice.demo.shop"},
    "backoffice.tables": {"backoffice.lib"},
    "inventory": {"backoffice.lib", "backoffice.tables", "inventory"},
    "orders": {"backoffice.lib", "backoffice.tables", "inventory", "orders"},
    "shops.platforms": {"backoffice.lib", "shops.elements", "shops.records", "shops.platforms"},
    "shops.records": set(),
    "shops.elements": set(),
    "shops.sync": {
        "backoffice.lib", "inventory", "orders", "shops.content", "shops.elements", "shops.files", "shops.models",
        "shops.platforms.base", "shops.platforms.registry", "shops.records", "shops.sync",
    },
    "shops": {"backoffice.lib", "backoffice.tables", "inventory", "orders", "shops"},
    "backoffice": ALL,
}  # fmt: skip


# What all platforms may share.
COMMON = {
    "shops.platforms", "shops.platforms.base", "shops.platforms.calls", "shops.platforms.findings",
    "shops.platforms.parcel_words", "shops.platforms.parts", "shops.platforms.payloads", "shops.platforms.transfer",
    "shops.platforms.transfer_checks",
}  # fmt: skip


def modules() -> list[str]:
    found = []
    for package in sorted(ALL):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found.append(str(path.relative_to(ROOT)))
    return found


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def rule_of(module: str) -> str:
    return max((package for package in ALLOWED if inside(module, package)), key=len)


@pytest.mark.requirement("D2")
def test_imports_run_one_way():
    offences = []
    for file in modules():
        module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        rule = rule_of(module)
        for line, name in imports(ROOT / file):
            if name.split(".")[0] not in ALL or inside(name, rule):
                continue
            if not any(inside(name, allowed) for allowed in ALLOWED[rule]):
                offences.append(f"{file}:{line} imports {name}, which {rule} must not know")
    assert offences == []


def test_a_platform_knows_no_other_platform():
    offences = []
    for folder in (ROOT / "shops" / "platforms").iterdir():
        if not folder.is_dir() or folder.name.startswith("__"):
            continue
        own = f"shops.platforms.{folder.name}"
        for path in folder.rglob("*.py"):
            for line, name in imports(path):
                others = inside(name, "shops.platforms") and not inside(name, own)
                if others and name not in COMMON:
                    offences.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    assert offences == []
