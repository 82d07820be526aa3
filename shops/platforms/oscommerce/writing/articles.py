"""Articles into the shop: created, changed, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import KontorError, Refused, UnexpectedAnswer
from shops.platforms.base import Page, Result
from shops.platforms.oscommerce.finding import numbers
from shops.platforms.oscommerce.gateway import Call
from shops.platforms.oscommerce.mapping import values
from shops.platforms.oscommerce.mapping.articles import weight_there
from shops.platforms.oscommerce.operations.writes import DELETIONS
from shops.platforms.oscommerce.reading import Reader
from shops.platforms.oscommerce.setup import Setup
from shops.platforms.oscommerce.writing.fits import Fits
from shops.platforms.oscommerce.writing.prices import Sales, gone, net_price
from shops.records import ArticleRecord, Record

_SKU: Final = gettext_lazy("The SKU")
_NAME: Final = gettext_lazy("The name")
_TEXT: Final = gettext_lazy("The description")
_STOCK: Final = gettext_lazy("The stock")


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as its row shall be; None = leave it alone."""

    record: ArticleRecord
    sku: str | None = None
    name: str | None = None
    description: str | None = None
    weight: Decimal | None = None
    quantity: int | None = None
    price: Decimal | None = None
    tax_class: int | None = None
    producer: int | None = None


class ArticleWriter:
    def __init__(self, setup: Setup, reader: Reader, sales: Sales) -> None:
        self.setup = setup
        self.reader = reader
        self.sales = sales
        self.fits = Fits(setup)

    def draft(self, record: ArticleRecord) -> Draft:
        """Raises Refused for what this shop cannot hold."""
        fits = self.fits
        if record.vat_rate_id is not None and not self.setup.taxes.knows(record.vat_rate_id):
            raise Refused(
                _("The article's VAT rate is no longer in the shop."),
                cure=_("Read the VAT rates of the shop again, then link the rate on the Mappings screen."),
                detail=f"tax class {record.vat_rate_id}",
                key=f"vat_gone:{record.vat_rate_id}",
            )
        name = None if record.name is None else values.name_there(record.name)
        unit = self.setup.option("weight_unit")
        weight = None if record.weight_g is None else weight_there(record.weight_g, unit)
        stock, price = record.stock, record.price
        if not record.remote_id and price is not None and price.regular is None:
            # Prices are sent to this shop and this article has none: osCommerce would sell it for nothing.
            raise Refused(
                _("%(sku)s has no price in the price list of this shop.") % {"sku": record.sku},
                cure=_("Enter its price in the price list, then synchronise again."),
                key="no_price",
            )
        return Draft(
            record=record,
            sku=_fit(fits, "products", "products_model", record.sku, _SKU),
            name=_fit(fits, "products_description", "products_name", name, _NAME),
            description=_fit(fits, "products_description", "products_description", record.description, _TEXT),
            weight=None if weight is None else fits.weight(weight),
            quantity=fits.pieces(stock.quantity, _STOCK) if stock and stock.quantity is not None else None,
            price=net_price(price.regular, fits) if price and price.regular is not None else None,
            tax_class=None if record.vat_rate_id is None else int(record.vat_rate_id or 0),
            producer=None if record.producer_id is None else int(record.producer_id or 0),
        )

    def _drafts(self, records: Sequence[ArticleRecord], results: dict[int, Result]) -> dict[int, Draft]:
        """{position: draft}; those that do not fit have their result already."""
        drafts: dict[int, Draft] = {}
        for position, record in enumerate(records):
            try:
                drafts[position] = self.draft(record)
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
        return drafts

    # Create

    def create(self, records: Sequence[ArticleRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        drafts = self._drafts(records, results)
        holders = self._holders([draft.sku or "" for draft in drafts.values()])
        unfinished: dict[int, int] = {}
        for position, draft in list(drafts.items()):
            found = holders.get(draft.sku or "", [])
            whole = [pk for pk, is_whole in found if is_whole]
            if whole:
                results[position] = Result(error=_sku_taken(draft.sku or "", whole))
                del drafts[position]
            elif found:
                unfinished[position] = found[0][0]
        ids = {**unfinished, **self._inserted(drafts, unfinished)}
        self._finish({position: (ids[position], draft) for position, draft in drafts.items()})
        return self._answers(records, results, {position: str(pk) for position, pk in ids.items()})

    def _holders(self, skus: Sequence[str]) -> dict[str, list[tuple[int, bool]]]:
        """{SKU: (id, whether it is whole) of each product with it}. The database compares without case; we do not."""
        found: dict[str, list[tuple[int, bool]]] = {}
        for row in self.setup.gateway.read("products.holders", skus=sorted({sku for sku in skus if sku})):
            sku = values.text(row, "model").strip()
            found.setdefault(sku, []).append((values.number(row, "id"), values.number(row, "whole") == 1))
        return found

    def _inserted(self, drafts: dict[int, Draft], unfinished: dict[int, int]) -> dict[int, int]:
        """New rows, switched off, in one statement; their ids are asked for by their SKU."""
        new = {position: draft for position, draft in drafts.items() if position not in unfinished}
        if not new:
            return {}
        rows = [
            (
                draft.quantity or 0,
                draft.sku or "",
                draft.price or Decimal(0),
                draft.weight or Decimal(0),
                0,
                draft.tax_class or 0,
                draft.producer or 0,
            )
            for draft in new.values()
        ]
        self.setup.gateway.write("products.insert", rows=rows)
        holders = self._holders([draft.sku or "" for draft in new.values()])
        made = {
            position: max(
                (pk for pk, is_whole in holders.get(draft.sku or "", []) if not is_whole), default=0
            )
            for position, draft in new.items()
        }
        if not all(made.values()):
            raise UnexpectedAnswer(
                _("The shop has taken new articles and does not show them under their SKUs."),
                cure=_(
                    "An add-on of the shop may change the model of products; ask who looks after the shop."
                ),
                detail=f"{sum(1 for pk in made.values() if not pk)} of {len(made)}",
                key="sku_changed",
            )
        return made

    def _finish(self, new: dict[int, tuple[int, Draft]]) -> None:
        """All that belongs to new articles; the texts last, since without one nobody sees the article."""
        if not new:
            return
        pairs = list(new.values())
        language = self.setup.language
        texts = [
            (pk, language, draft.name or draft.sku or "", draft.description or "", "") for pk, draft in pairs
        ]
        shown = [pk for pk, draft in pairs if draft.record.active is not False]
        hidden = [pk for pk, draft in pairs if draft.record.active is False]
        calls = [*self._columns(pairs), *self._categories(pairs, fresh=True)]
        calls += self.sales.calls(
            {
                pk: draft.record.price.sale
                for pk, draft in pairs
                if draft.record.price and draft.record.price.sale
            }
        )
        if shown:
            calls.append(Call("products.show", {"ids": shown}))
        if hidden:
            calls.append(Call("products.switch", {"status": 0, "ids": hidden}))
        calls += [Call("texts.write", {"rows": texts}), self._fill([pk for pk, _draft in pairs])]
        self.setup.gateway.run(calls)

    # Update

    def update(self, records: Sequence[ArticleRecord]) -> list[Result]:
        results: dict[int, Result] = {}
        drafts = self._drafts(records, results)
        pairs = [(numbers([draft.record.remote_id])[0], draft) for draft in drafts.values()]
        if pairs:
            self.setup.gateway.run(self._changes(pairs))
        return self._answers(records, results, {p: records[p].remote_id for p in drafts})

    def _changes(self, pairs: list[tuple[int, Draft]]) -> list[Call]:
        named = [
            (pk, draft) for pk, draft in pairs if draft.name is not None or draft.description is not None
        ]
        calls = [*self._columns(pairs), *self._categories(pairs, fresh=False)]
        if named:
            ids = [pk for pk, _draft in named]
            written = {
                "language": self.setup.language,
                "ids": ids,
                "names": [(pk, draft.name) for pk, draft in named if draft.name is not None],
                "descriptions": [(pk, d.description) for pk, d in named if d.description is not None],
            }
            # Where our language has no row yet, it gets one first: an update alone would find nothing.
            calls += [self._fill(ids), Call("texts.update", written)]
        for status in (1, 0):
            ids = [pk for pk, draft in pairs if draft.record.active is bool(status)]
            if ids:
                calls.append(Call("products.switch", {"status": status, "ids": ids}))
        return calls

    # What both have

    def _columns(self, pairs: list[tuple[int, Draft]]) -> list[Call]:
        """One statement for those of whose own row something changes."""

        def cases(name: str) -> list[tuple[int, Any]]:
            return [(pk, value) for pk, draft in pairs if (value := getattr(draft, name)) is not None]

        columns = {
            "quantities": cases("quantity"),
            "models": cases("sku"),
            "prices": cases("price"),
            "weights": cases("weight"),
            "tax_classes": cases("tax_class"),
            "producers": cases("producer"),
        }
        touched = sorted({pk for changed in columns.values() for pk, _value in changed})
        return [Call("products.update", {"ids": touched, **columns})] if touched else []

    def _categories(self, pairs: list[tuple[int, Draft]], *, fresh: bool) -> list[Call]:
        """New places first, then the old ones go: in between the article is in more, never in none."""
        wanted = {
            pk: [int(category) for category in draft.record.category_ids or ()] or [0]
            for pk, draft in pairs
            if fresh or draft.record.category_ids is not None
        }
        if not wanted:
            return []
        rows = [(pk, category) for pk, categories in wanted.items() for category in categories]
        return [
            Call("links.add", {"rows": rows}),
            Call("links.trim", {"ids": list(wanted), "rows": rows}),
        ]

    def _fill(self, ids: list[int]) -> Call:
        spoken = {"language": self.setup.language, "fallback": self.setup.fallback}
        return Call("texts.fill", {"ids": ids, **spoken})

    def _answers(
        self, records: Sequence[ArticleRecord], results: dict[int, Result], ids: dict[int, str]
    ) -> list[Result]:
        """What the shop has now, read once for all."""
        page = self.reader.products("article", "of", ids=numbers(ids.values())) if ids else Page(records=())
        seen = {record.remote_id: record for record in page.records}
        bad = {one.remote_id: one.error for one in page.bad}
        carried: dict[str, list[Record]] = {}
        for kind in ("stock", "price", "image"):
            for record in page.carried.get(kind, ()):
                carried.setdefault(record.remote_id.partition(":")[0], []).append(record)
        for position, pk in ids.items():
            error: KontorError | None = bad.get(pk)
            if pk not in seen and error is None:
                error = gone()
            results[position] = Result(pk, seen.get(pk), tuple(carried.get(pk, ())), error)
        return [results[position] for position in range(len(records))]

    # Delete

    def delete(self, records: Sequence[Record]) -> list[Result]:
        """With everything that hangs on them; lines of orders stay. What is gone already counts as done."""
        ids = numbers(record.remote_id for record in records)
        pictures = self._own_pictures(ids)
        keys = {"keys": [str(pk) for pk in ids], "ids": ids}
        self.setup.plain.run([Call(name, keys) for name in DELETIONS])
        if pictures:
            drop_unused(self.setup, pictures)
        return [Result(remote_id=record.remote_id) for record in records]

    def _own_pictures(self, ids: list[int]) -> list[str]:
        if self.setup.plain.files is None:
            return []
        page = self.reader.products("image", "of", ids=ids)
        names = {record.remote_id.partition(":")[2] for record in page.records}
        return sorted(name for name in names if name.startswith(OWN_FOLDER))


OWN_FOLDER: Final = "kontor/"


def drop_unused(setup: Setup, names: Sequence[str]) -> None:
    """Delete picture files of ours that no row of the shop names any more."""
    files = setup.plain.files
    own = [name for name in names if name.startswith(OWN_FOLDER)]
    if files is None or not own:
        return
    used = {values.text(row, "image") for row in setup.gateway.read("files.used", names=own)}
    if unused := [name for name in own if name not in used]:
        files.drop(unused)


def _sku_taken(sku: str, whole: list[int]) -> Refused:
    return Refused(
        _("Another product of the shop has the SKU (model) %(sku)s.") % {"sku": sku},
        cure=_("Link the two on the Mappings screen, or give one of them another SKU."),
        key="sku_taken",
        data={"holder": str(whole[0])} if len(whole) == 1 else {},
    )


def _fit(fits: Fits, table: str, column: str, value: str | None, field: Any) -> str | None:
    return None if value is None else fits.text(table, column, value, field)
