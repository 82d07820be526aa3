"""Which products a list call asks for, and in which order. Results are kept until a product changes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from backoffice.demo.shop.product_rows import ProductRows
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.tables import Product
from backoffice.demo.shop.text import decimal, integer

_UNKEPT = ("page", "per_page", "offset", "context", "_fields")


class ProductQueries:
    def __init__(self, state: ShopState, rows: ProductRows):
        self.state, self.rows = state, rows

    def products(self, params: Mapping[str, Any]) -> list[int]:
        return self._kept("products", params, self._products)

    def variations(self, params: Mapping[str, Any], parent_id: int | None) -> list[int]:
        return self._kept(("variations", parent_id), params, lambda p: self._variations(p, parent_id))

    def _kept(
        self, kind: Any, params: Mapping[str, Any], find: Callable[[Mapping[str, Any]], list[int]]
    ) -> list[int]:
        key = (kind, repr(sorted((k, v) for k, v in params.items() if k not in _UNKEPT)))
        if key not in self.state.lists:
            if len(self.state.lists) > 50:
                self.state.lists.clear()
            self.state.lists[key] = find(params)
        return self.state.lists[key]

    def _products(self, params: Mapping[str, Any]) -> list[int]:
        skus = _skus(params)
        found: Iterable[Product]
        if skus is not None:
            numbers = {n for sku in skus for n in self.state.by_sku.get(sku.lower(), ())}
            found = [self.state.products[n] for n in numbers]
        elif params.get("include"):
            found = [
                self.state.products[n] for n in dict.fromkeys(params["include"]) if n in self.state.products
            ]
            found = [p for p in found if not p.is_variation]
        elif params.get("search_sku") or params.get("search_name_or_sku"):
            found = self.state.products.values()
        else:
            found = (p for p in self.state.products.values() if not p.is_variation)
        return self._finish(found, params)

    def _variations(self, params: Mapping[str, Any], parent_id: int | None) -> list[int]:
        found: Iterable[Product]
        if parent_id is not None:
            found = self.state.children(parent_id)
        else:
            found = (p for p in self.state.products.values() if p.is_variation)
        skus = _skus(params)
        if skus is not None:
            wanted = {sku.lower() for sku in skus}
            found = (p for p in found if p.sku.lower() in wanted)
        if params.get("include"):
            chosen = set(params["include"])
            found = (p for p in found if p.id in chosen)
        return self._finish(found, params)

    def _finish(self, found: Iterable[Product], params: Mapping[str, Any]) -> list[int]:
        for test in self._tests(params):
            found = filter(test, found)
        kept = list(found)
        return [product.id for product in self._sorted(kept, params)]

    def _tests(self, params: Mapping[str, Any]) -> list[Callable[[Product], bool]]:
        """One test per filter that is set."""
        tests: list[Callable[[Product], bool]] = [_status_test(params)]
        if params.get("exclude"):
            left_out = set(params["exclude"])
            tests.append(lambda p: p.id not in left_out)
        for name in ("type", "slug", "featured", "virtual", "downloadable"):
            if params.get(name) is not None and params.get(name) != "":
                tests.append(lambda p, n=name: getattr(p, n) == params[n])
        if params.get("include_types"):
            tests.append(lambda p: p.type in params["include_types"])
        if params.get("exclude_types"):
            tests.append(lambda p: p.type not in params["exclude_types"])
        if params.get("parent"):
            tests.append(lambda p: p.parent_id in params["parent"])
        tests += self._text_tests(params)
        tests += self._term_tests(params)
        tests += self._price_tests(params)
        tests += _date_tests(params, self.state)
        return tests

    def _text_tests(self, params: Mapping[str, Any]) -> list[Callable[[Product], bool]]:
        tests: list[Callable[[Product], bool]] = []
        if params.get("search"):
            words = str(params["search"]).lower().split()
            tests.append(
                lambda p: all(
                    w in f"{p.name} {p.description} {p.short_description} {p.sku}".lower() for w in words
                )
            )
        if params.get("search_sku"):
            part = str(params["search_sku"]).lower()
            tests.append(lambda p: part in p.sku.lower())
        if params.get("search_name_or_sku"):
            text = str(params["search_name_or_sku"]).lower()
            tests.append(lambda p: text in p.sku.lower() or text in p.name.lower())
        return tests

    def _term_tests(self, params: Mapping[str, Any]) -> list[Callable[[Product], bool]]:
        tests: list[Callable[[Product], bool]] = []
        if params.get("category"):
            wanted = self._subtree({integer(n) for n in str(params["category"]).split(",")})
            tests.append(lambda p: not wanted.isdisjoint(p.category_ids))
        for name, field in (("brand", "brand_ids"), ("tag", "tag_ids")):
            if params.get(name):
                numbers = {integer(n) for n in str(params[name]).split(",")}
                tests.append(lambda p, f=field, n=numbers: not n.isdisjoint(getattr(p, f)))
        if params.get("tax_class"):
            wanted_class = "" if params["tax_class"] == "standard" else params["tax_class"]
            tests.append(lambda p: p.tax_class == wanted_class)
        return tests

    def _subtree(self, numbers: set[int]) -> set[int]:
        found = set(numbers)
        grown = True
        while grown:
            more = {t["id"] for t in self.state.terms_of("category") if t["parent"] in found} - found
            found, grown = found | more, bool(more)
        return found

    def _price_tests(self, params: Mapping[str, Any]) -> list[Callable[[Product], bool]]:
        tests: list[Callable[[Product], bool]] = []
        if params.get("on_sale") is not None:
            tests.append(lambda p: self.rows.on_sale(p) == params["on_sale"])
        if params.get("min_price"):
            tests.append(lambda p: decimal(self.rows.price(p)) >= decimal(params["min_price"]))
        if params.get("max_price"):
            tests.append(lambda p: decimal(self.rows.price(p)) <= decimal(params["max_price"]))
        if params.get("stock_status"):
            tests.append(lambda p: self.rows.stock_status(p) == params["stock_status"])
        return tests

    def _sorted(self, found: list[Product], params: Mapping[str, Any]) -> list[Product]:
        order_by, down = params.get("orderby", "date"), params.get("order", "desc") == "desc"
        if order_by in ("include", "post__in"):
            place = {number: index for index, number in enumerate(params.get("include") or [])}
            return sorted(found, key=lambda p: place.get(p.id, p.id))
        keys: dict[str, Callable[[Product], Any]] = {
            "id": lambda p: p.id,
            "title": lambda p: (p.name.lower(), p.id),
            "slug": lambda p: (p.slug, p.id),
            "modified": lambda p: (p.modified, p.id),
            "price": lambda p: (decimal(self.rows.price(p)), p.id),
            "menu_order": lambda p: (p.menu_order, p.name.lower(), p.id),
            "popularity": lambda p: (p.total_sales, p.id),
            "sales": lambda p: (p.total_sales, p.id),
        }
        return sorted(found, key=keys.get(order_by, lambda p: (p.created, p.id)), reverse=down)


def _skus(params: Mapping[str, Any]) -> list[str] | None:
    """The SKUs asked for; search_sku and search_name_or_sku win over `sku`."""
    if not params.get("sku") or params.get("search_sku") or params.get("search_name_or_sku"):
        return None
    return [part.strip() for part in str(params["sku"]).split(",") if part.strip()]


def _status_test(params: Mapping[str, Any]) -> Callable[[Product], bool]:
    """ "any" means all but the trash and drafts the shop makes by itself."""
    if params.get("include_status"):
        chosen = set(params["include_status"])
        return (lambda p: p.status != "trash") if "any" in chosen else (lambda p: p.status in chosen)
    left_out = set(params.get("exclude_status") or ())
    status = params.get("status") or "any"
    if status != "any":
        return lambda p: p.status == status
    return lambda p: p.status not in ("trash", "auto-draft") and p.status not in left_out


def date_bounds(params: Mapping[str, Any], state: ShopState) -> list[tuple[str, str, int]]:
    """The date filters as (created|modified, after|before, seconds), read with the shop's own oddities.

    Without dates_are_gmt a naive time is shop time. With it, a naive time is UTC; but a time with an offset is
    first turned into shop time and then compared as if it were UTC (woocommerce.md, section 4). Both ends are
    exclusive.
    """
    bounds = []
    for name, field, side in (
        ("after", "created", "after"),
        ("before", "created", "before"),
        ("modified_after", "modified", "after"),
        ("modified_before", "modified", "before"),
    ):
        if not params.get(name):
            continue
        moment = datetime.fromisoformat(str(params[name]).upper().replace(" ", "T"))
        if moment.tzinfo is not None:
            moment = moment.astimezone(state.zone).replace(tzinfo=None)
        moment = moment.replace(microsecond=0, tzinfo=UTC if params.get("dates_are_gmt") else state.zone)
        bounds.append((field, side, int(moment.timestamp())))
    return bounds


def _date_tests(params: Mapping[str, Any], state: ShopState) -> list[Callable[[Product], bool]]:
    tests: list[Callable[[Product], bool]] = []
    for field, side, moment in date_bounds(params, state):
        if side == "after":
            tests.append(lambda p, f=field, m=moment: getattr(p, f) > m)
        else:
            tests.append(lambda p, f=field, m=moment: getattr(p, f) < m)
    return tests
