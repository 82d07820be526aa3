"""Category trees as paths of names."""

from __future__ import annotations

from inventory.models import Category


def category_paths() -> dict[int, tuple[str, ...]]:
    """{category id: names from the root down}, in one query. A loop (made past the forms) is cut where it closes."""
    tree = {
        pk: (parent, name)
        for pk, parent, name in Category.objects.without_tree_fields().values_list("pk", "parent_id", "name")
    }
    paths: dict[int, tuple[str, ...]] = {}
    for start in tree:
        chain: list[int] = []
        node: int | None = start
        while node is not None and node in tree and node not in paths and node not in chain:
            chain.append(node)
            node = tree[node][0]
        above = paths.get(node, ()) if node is not None else ()
        for pk in reversed(chain):
            above = paths[pk] = (*above, tree[pk][1])
    return paths


def path_text(path: tuple[str, ...]) -> str:
    return " > ".join(path)


def parent_path(path: tuple[str, ...]) -> str | None:
    """The path of the category above, None for a main category."""
    return path_text(path[:-1]) if len(path) > 1 else None
