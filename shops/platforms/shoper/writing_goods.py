"""Writes articles, variants, stock and prices: 25 calls a request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused, UnexpectedAnswer
from shops.platforms.base import Result
from shops.platforms.shoper.client import Call, Client, listing
from shops.platforms.shoper.mapping import articles, offers, values
from shops.platforms.shoper.mapping import writing as payloads
from shops.platforms.shoper.mapping.values import Payload
from shops.platforms.shoper.options import Options
from shops.platforms.shoper.reading import Reader
from shops.platforms.shoper.sending import deleted, failed, new_id, send
from shops.platforms.shoper.setup import Setup
from shops.records import ArticleRecord, PriceRecord, Record, Sale, StockRecord


class GoodsWriter:
    def __init__(self, client: Client, setup: Setup, reader: Reader, default_category: str) -> None:
        self.client = client
        self.setup = setup
        self.reader = reader
        self.default_category = default_category
        self.options = Options(client, setup)
        self._groups: dict[str, str] = {}  # product: its group of options

    # Articles

    def create_articles(self, records: Sequence[ArticleRecord]) -> list[Result]:
        """Products, or variants, of one group; read back, since the shop answers with an id alone."""
        if records[0].parent_id:
            return self._create_variants(records)
        shop = self.setup.catalogue()

        def build(record: ArticleRecord) -> Call:
            body = payloads.new_product_payload(record, shop, self.default_category)
            if record.options:
                body["group_id"] = int(self.options.group_for([option.name for option in record.options]))
            return Call("POST", "products", body)

        results = send(self.client, records, build, _created)
        ids = [result.remote_id for result in results if result.error is None]
        page = self.reader.read_some("article", ids)
        there = {record.remote_id: record for record in page.records}
        return self._with_sales(records, [_read_back(result, there) for result in results])

    def _create_variants(self, records: Sequence[ArticleRecord]) -> list[Result]:
        shop = self.setup.catalogue()
        chosen = self._chosen_options(records)

        def build(record: ArticleRecord) -> Call:
            options = chosen[id(record)]
            if isinstance(options, Refused):
                raise options
            body = payloads.new_variant_payload(record, shop)
            return Call(
                "POST", "product-stocks", {"product_id": int(record.parent_id), "options": options, **body}
            )

        def outcome(record: ArticleRecord, body: Any) -> Result:
            return Result(remote_id=articles.variant_id(record.parent_id, new_id(body)))

        results = send(self.client, records, build, outcome)
        ids = [int(articles.stock_id_of(result.remote_id)) for result in results if result.error is None]
        rows = self.client.rows(listing("product-stocks", filters={"stock_id": {"IN": ids}})) if ids else []
        there: dict[str, Record] = {}
        for row in rows:
            record = articles.variant(row, shop)
            there[record.remote_id] = record
        return self._with_sales(records, [_read_back(result, there) for result in results])

    def _chosen_options(self, records: Sequence[ArticleRecord]) -> dict[int, list[dict[str, int]] | Refused]:
        """{id(record): options of its row, or why it cannot have any}."""
        self._learn_groups({record.parent_id for record in records})
        by_group: dict[str, list[ArticleRecord]] = {}
        found: dict[int, list[dict[str, int]] | Refused] = {}
        for record in records:
            try:
                by_group.setdefault(self._group_of(record), []).append(record)
            except Refused as error:
                found[id(record)] = error
        for group_id, members in by_group.items():
            chosen = self.options.chosen(group_id, members)
            found |= {id(record): chosen[position] for position, record in enumerate(members)}
        return found

    def _learn_groups(self, product_ids: set[str]) -> None:
        unknown = sorted(int(one) for one in product_ids if not self._groups.get(one))
        if unknown:
            for row in self.client.rows(listing("products", filters={"product_id": {"IN": unknown}})):
                self._groups[values.own_id(row, "product_id")] = values.identity(row, "group_id")

    def _group_of(self, variant: ArticleRecord) -> str:
        """The group of the variant's product; one that has none is given the one that fits. Raises Refused."""
        product_id = variant.parent_id
        if product_id not in self._groups:
            raise Refused(
                _("The parent article of these variants is no longer in the shop."),
                cure=_("Read the articles of the shop again."),
                key="parent_gone",
                data={"gone_parent": product_id},
            )
        if not self._groups[product_id]:
            group_id = self.options.group_for([name for name, _value in variant.variant or ()])
            self.client.call(Call("PUT", f"products/{int(product_id)}", {"group_id": int(group_id)}))
            row = self.client.find(f"products/{int(product_id)}") or {}
            if values.identity(row, "group_id") != group_id:
                # Whether it may be set from outside nobody knows; a shop that does not let it ignores it.
                raise Refused(
                    _("The shop does not let the product's group of options be chosen from outside."),
                    cure=_(
                        "Choose the group of options on the product in Shoper's panel, then synchronise again."
                    ),
                    key="group_not_taken",
                )
            self._groups[product_id] = group_id
        return self._groups[product_id]

    def update_articles(self, records: Sequence[ArticleRecord]) -> list[Result]:
        shop = self.setup.catalogue()
        mains = self._main_categories([record for record in records if record.category_ids is not None])

        def build(record: ArticleRecord) -> Call:
            if stock_id := articles.stock_id_of(record.remote_id):
                return Call("PUT", f"product-stocks/{int(stock_id)}", payloads.variant_payload(record, shop))
            if record.category_ids == () and self.default_category:
                record = replace(record, category_ids=(self.default_category,))
            body = payloads.product_payload(record, shop, main_category=mains.get(record.remote_id, ""))
            return Call("PUT", f"products/{int(record.remote_id)}", body)

        # Which options a product has follows from its variants: there is nothing to write for them.
        written = [record for record in records if _has_fields(record)]
        done = dict(zip(map(id, written), send(self.client, written, build, _as_stored), strict=True))
        return [done.get(id(record), Result(remote_id=record.remote_id)) for record in records]

    def _main_categories(self, records: Sequence[ArticleRecord]) -> dict[str, str]:
        """The main category of each product, which is to stay: addresses of the shop's pages hang on it."""
        ids = [int(record.remote_id) for record in records if record.remote_id.isdigit()]
        if not ids:
            return {}
        rows = self.client.rows(listing("products", filters={"product_id": {"IN": ids}}))
        return {values.own_id(row, "product_id"): values.identity(row, "category_id") for row in rows}

    def delete_articles(self, records: Sequence[ArticleRecord]) -> list[Result]:
        variants = [articles.stock_id_of(record.remote_id) for record in records]
        if variants[0]:
            return deleted(self.client, "product-stocks", records, variants)
        return deleted(self.client, "products", records, [record.remote_id for record in records])

    # Stock

    def update_stock(self, records: Sequence[StockRecord]) -> list[Result]:
        def build(record: StockRecord) -> Call:
            if record.quantity is None:
                raise Refused(_("There is no quantity to send."), key="no_quantity")
            return Call(
                "PUT", f"product-stocks/{int(record.remote_id)}", {"stock": values.number(record.quantity)}
            )

        return send(self.client, records, build)

    # Prices: the price of the row, and the sale as an offer beside it

    def update_prices(self, records: Sequence[PriceRecord]) -> list[Result]:
        refused = {position: error for position, record in enumerate(records) if (error := _wrong(record))}
        good = [record for position, record in enumerate(records) if position not in refused]
        offers_of = self._offers([record for record in good if record.sale is not None])
        calls: list[Call] = []
        counts: list[int] = []
        for record in good:
            own = [_price_call(record), *self._offer_calls(record, offers_of)]
            calls += own
            counts.append(len(own))
        bodies = iter(self.client.bulks(calls, repeatable=False))
        done = iter(
            [
                _worst(record, [next(bodies) for _n in range(n)])
                for record, n in zip(good, counts, strict=True)
            ]
        )
        return [
            Result(remote_id=record.remote_id, error=refused[position]) if position in refused else next(done)
            for position, record in enumerate(records)
        ]

    def _offers(self, records: Sequence[PriceRecord]) -> dict[str, list[Payload]]:
        """{product: its offers}, one request."""
        ids = sorted({int(_product_of(record)) for record in records})
        if not ids:
            return {}
        found: dict[str, list[Payload]] = {}
        for row in self.client.rows(listing("specialoffers", filters={"product_id": {"IN": ids}})):
            found.setdefault(values.identity(row, "product_id"), []).append(row)
        return found

    def _offer_calls(self, record: PriceRecord, offers_of: Mapping[str, Sequence[Payload]]) -> Iterator[Call]:
        """What makes the sale of this row what it shall be; nothing when it is to be left alone."""
        if record.sale is None:
            return
        assert record.regular is not None
        product_id, stock_id = _product_of(record), int(record.remote_id)
        own = _own_offer(record, offers_of.get(product_id, ()))
        rows = [int(values.identity({"": one}, "")) for one in values.items(own or {}, "stocks")]
        shared = bool(own) and len(rows) > 1 and bool(record.parent_id)
        path = f"specialoffers/{values.own_id(own, 'promo_id')}" if own else ""
        if shared:
            # The offer stays for the other variants in it.
            yield Call("PUT", path, {"stocks": [one for one in rows if one != stock_id]})
        if record.sale.price is None:
            if own and not shared:
                yield Call("DELETE", path)
            return
        body = offers.offer_payload(record.sale, record.regular, self.setup.zone)
        if own and not shared:
            yield Call("PUT", path, body)
            return
        kind = offers.CHOSEN_ROWS if record.parent_id else offers.WHOLE_PRODUCT
        yield Call(
            "POST",
            "specialoffers",
            {"product_id": int(product_id), "condition_type": kind, "stocks": [stock_id], **body},
        )

    def _with_sales(self, records: Sequence[ArticleRecord], results: list[Result]) -> list[Result]:
        """Offers for new articles that come with a sale price. One that does not succeed is seen by the prices' step."""
        wanted: dict[int, PriceRecord] = {}
        for position, (record, result) in enumerate(zip(records, results, strict=True)):
            there = next((one for one in result.carried if isinstance(one, PriceRecord)), None)
            sale = record.price.sale if record.price is not None else None
            if there is not None and sale is not None and sale.price is not None:
                wanted[position] = replace(there, sale=sale)
        sold = self.update_prices(list(wanted.values())) if wanted else []
        for (position, price), result in zip(wanted.items(), sold, strict=True):
            if result.error is None:
                others = tuple(one for one in results[position].carried if not isinstance(one, PriceRecord))
                results[position] = replace(results[position], carried=(*others, price))
        return results


def _created(_record: Record, body: Any) -> Result:
    return Result(remote_id=new_id(body))


def _as_stored(record: ArticleRecord, _body: Any) -> Result:
    return Result(remote_id=record.remote_id, record=articles.as_stored(record))


def _read_back(result: Result, there: Mapping[str, Record]) -> Result:
    record = there.get(result.remote_id)
    if result.error is not None:
        return result
    if not isinstance(record, ArticleRecord):
        return Result(
            remote_id=result.remote_id,
            error=UnexpectedAnswer(
                _("The shop took the article, but does not show it."),
                cure=_("Read the articles of the shop again."),
                key="not_shown",
            ),
        )
    return Result(remote_id=result.remote_id, record=record, carried=tuple(articles.inside_of(record)))


def _has_fields(record: ArticleRecord) -> bool:
    return bool(set(record.content()) - {"options", "variant", "service"})


def _product_of(record: PriceRecord) -> str:
    return record.parent_id or record.article_id


def _price_call(record: PriceRecord) -> Call:
    assert record.regular is not None
    body: dict[str, Any] = {"price": values.number(record.regular)}
    if record.parent_id:
        body["price_type"] = 1  # a price of its own, not a difference from its product's
    return Call("PUT", f"product-stocks/{int(record.remote_id)}", body)


def _own_offer(record: PriceRecord, found: Sequence[Payload]) -> Payload | None:
    """A product's offer is the one for all of it; a variant's is one that names its row."""
    for row in found:
        whole = values.text(row, "condition_type") == str(offers.WHOLE_PRODUCT)
        if not record.parent_id and whole:
            return row
        named = {values.identity({"": one}, "") for one in values.items(row, "stocks")}
        if record.parent_id and not whole and record.remote_id in named:
            return row
    return None


def _wrong(record: PriceRecord) -> Refused | None:
    """What the shop would take without a word and show to customers."""
    if record.regular is None or record.regular < 0:
        return Refused(
            _("The price is below zero, or there is none."),
            cure=_("Correct it in the price list."),
            key="price_negative",
        )
    sale = record.sale or Sale()
    if sale.price is not None and not 0 < sale.price < record.regular:
        return Refused(
            _("The sale price %(sale)s is not below the regular price %(regular)s.")
            % {"sale": sale.price, "regular": record.regular},
            cure=_("Correct one of the two price lists."),
            key="sale_not_lower",
        )
    return None


def _worst(record: PriceRecord, bodies: Sequence[Any]) -> Result:
    for body in bodies:
        if isinstance(body, KontorError) and not (
            isinstance(body, Refused) and "gone" in body.data and body is not bodies[0]
        ):
            return failed(record, body)
    return Result(remote_id=record.remote_id, record=offers.as_stored(record))
