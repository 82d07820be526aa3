"""Writes groups of records, one request a group, and compares what the shop made of them with what was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused, RemoteError, UnexpectedAnswer, Unsupported
from shops.platforms.base import Result, Verb
from shops.platforms.woocommerce import complaints
from shops.platforms.woocommerce.client import Client
from shops.platforms.woocommerce.differences import (
    article_difference,
    price_difference,
    sku_held,
    stock_difference,
)
from shops.platforms.woocommerce.finding import Finder
from shops.platforms.woocommerce.mapping import articles, customers, orders, terms, values
from shops.platforms.woocommerce.mapping import writing as payloads
from shops.platforms.woocommerce.mapping.values import Malformed, Payload
from shops.platforms.woocommerce.parcels import ParcelNotes, parcel_meta
from shops.platforms.woocommerce.reading import no_brands
from shops.platforms.woocommerce.reading_products import inside_of
from shops.platforms.woocommerce.setup import Setup
from shops.records import (
    ArticleRecord,
    CategoryRecord,
    CustomerRecord,
    ImageSetRecord,
    OrderStatusChange,
    PriceRecord,
    ProducerRecord,
    Record,
    StockRecord,
)

Build = Callable[[Any], dict[str, Any]]
Outcome = Callable[[Any, Payload, Payload], Result]
# Made when a SKU stands in the shop's index although no product shows it (woocommerce.md, 9.5).
_SKU_HELD = frozenset(
    {"woocommerce_rest_product_not_created", "woocommerce_rest_product_variation_not_created"}
)
_DELETABLE = {
    "article": "",  # by its parent
    "category": "products/categories",
    "producer": "products/brands",
    "customer": "customers",
}


class Writer:
    def __init__(self, client: Client, setup: Setup, finder: Finder) -> None:
        self.client = client
        self.setup = setup
        self.finder = finder
        self._attribute_ids: dict[str, Mapping[str, int]] = {}

    def write(self, kind: str, verb: Verb, records: Sequence[Record]) -> list[Result]:
        """One request for the group, and such as are needed to understand it; a Result for each record, in order."""
        if not records:
            return []
        if verb == "delete" and kind in _DELETABLE:
            return self._delete(_DELETABLE[kind] or product_path(records), records)
        by_kind: dict[str, Callable[[Verb, Sequence[Any]], list[Result]]] = {
            "article": self._articles,
            "stock": self._stock,
            "price": self._prices,
            "image": self._images,
            "category": self._categories,
            "producer": self._producers,
            "customer": self._customers,
            "order": self._order_statuses,
        }
        return by_kind[kind](verb, records)

    # The one way to send

    def _send(
        self, path: str, verb: Verb, records: Sequence[Record], build: Build, outcome: Outcome
    ) -> list[Result]:
        """Build, send in one batch, read the answers. A record that cannot be built is refused without being sent."""
        results: dict[int, Result] = {}
        sent: list[tuple[int, dict[str, Any]]] = []
        for position, record in enumerate(records):
            try:
                payload = build(record)
            except Refused as error:
                results[position] = Result(remote_id=record.remote_id, error=error)
                continue
            sent.append((position, {"id": int(record.remote_id), **payload} if verb == "update" else payload))
        rows = self.client.batch(path, verb, [payload for _position, payload in sent])
        for (position, payload), row in zip(sent, rows, strict=True):
            results[position] = self._result(records[position], payload, row, outcome)
        return [results[position] for position in range(len(records))]

    def _result(self, record: Record, payload: Payload, row: Payload, outcome: Outcome) -> Result:
        if row_error := values.part(row, "error"):
            return Result(
                remote_id=record.remote_id, error=complaints.refusal(row_error, detail=f"{record.kind} ")
            )
        try:
            return outcome(record, payload, row)
        except Malformed as error:
            return Result(
                remote_id=str(row.get("id") or record.remote_id),
                error=UnexpectedAnswer(
                    _("The shop took it, but its answer cannot be read: the field “%(field)s”.")
                    % {"field": error.field},
                    cure=_("Read the elements of the shop again."),
                    detail=f"{record.kind} {row.get('id')}: {error.detail}",
                    key=error.key,
                ),
            )

    def _delete(self, path: str, records: Sequence[Record]) -> list[Result]:
        """For good: in a batch there is no trash. What is gone already counts as done."""
        rows = self.client.batch(path, "delete", [int(record.remote_id) for record in records])
        results = []
        for record, row in zip(records, rows, strict=True):
            complaint = values.part(row, "error")
            gone = not complaint or complaints.is_gone(str(complaint.get("code")))
            error = None if gone else complaints.refusal(complaint, detail=f"delete {record.kind} ")
            results.append(Result(remote_id=record.remote_id, error=error))
        return results

    # Articles

    def _articles(self, verb: Verb, records: Sequence[ArticleRecord]) -> list[Result]:
        path, parent_id = product_path(records), records[0].parent_id
        shop, decimals = self.setup.catalogue(), self.setup.decimals
        attribute_ids: Mapping[str, int] = {}
        if parent_id and any(record.variant is not None for record in records):
            attribute_ids = self._attributes_of(parent_id)
        present = self._present_attributes(records) if verb == "update" and not parent_id else {}

        def build(record: ArticleRecord) -> dict[str, Any]:
            if parent_id:
                return payloads.variation_payload(record, shop, attribute_ids, decimals=decimals)
            payload = payloads.product_payload(record, shop, decimals=decimals)
            return payload | self._options(verb, record, present.get(record.remote_id, ()))

        def outcome(record: ArticleRecord, payload: Payload, row: Payload) -> Result:
            row = self._row_of(row, parent_id)
            self._keep_attribute_ids(row)
            seen = articles.article(row, shop)
            pictures = articles.images(row, shop.featured)
            return Result(
                remote_id=seen.remote_id,
                record=seen,
                carried=tuple(inside_of(seen, pictures)),
                # A new article is there, whatever it lacks: the next step compares, and says what does not hold.
                error=article_difference(payload, row) if verb == "update" else None,
            )

        return self._explained(records, self._send(path, verb, records, build, outcome))

    def _options(self, verb: Verb, record: ArticleRecord, present: Sequence[Payload]) -> dict[str, Any]:
        """Type and attributes. The type is sent only where it must be: sent by the way, it would turn products over."""
        if record.options:
            return {"type": "variable", "attributes": payloads.attributes(record.options, present)}
        if verb == "create":
            return {"type": "simple"}
        if record.options is not None and any(row.get("variation") is True for row in present):
            raise Refused(
                _("In the shop this is a product with variations, in Kontor an article without variants."),
                cure=_("Change its type in the shop's panel, or unlink the two on the Mappings screen."),
                key="has_variations",
            )
        return {}

    def _present_attributes(self, records: Sequence[ArticleRecord]) -> dict[str, list[Payload]]:
        """The attributes that parents have now: a list that is sent replaces them, the colour of the lining too."""
        numbers = [record.remote_id for record in records if record.options is not None]
        if not numbers:
            return {}
        rows = self.client.get_list(
            "products", include=numbers, per_page=len(numbers), _fields="id,attributes"
        ).rows
        return {values.own_id(row): list(values.rows(row, "attributes")) for row in rows}

    def _attributes_of(self, parent_id: str) -> Mapping[str, int]:
        if parent_id not in self._attribute_ids:
            parent = self.client.find(f"products/{int(parent_id)}", _fields="id,attributes")
            if parent is None:
                raise Refused(
                    _("The parent article of these variants is no longer in the shop."),
                    cure=_("Read the articles of the shop again."),
                    detail=f"product {parent_id}",
                    key="parent_gone",
                    data={"gone_parent": parent_id},
                )
            self._keep_attribute_ids(parent)
        return self._attribute_ids.get(parent_id, {})

    def _keep_attribute_ids(self, row: Payload) -> None:
        """Attributes that the whole shop shares are named by number, a product's own ones by name."""
        if articles.is_variation(row):
            return
        self._attribute_ids[values.own_id(row)] = {
            values.name(attribute): int(values.identity(attribute) or 0)
            for attribute in values.rows(row, "attributes")
        }

    def _explained(self, records: Sequence[ArticleRecord], results: list[Result]) -> list[Result]:
        """Refusals for a SKU that nobody shows: mostly a product in the trash keeps it (one more request)."""
        held = [
            position
            for position, result in enumerate(results)
            if isinstance(result.error, RemoteError) and result.error.data.get("code") in _SKU_HELD
        ]
        if not held:
            return results
        try:
            trashed = self.finder.trashed(records[position].sku or "" for position in held)
        except RemoteError:
            return results  # what was written counts more than why the rest was not
        for position in held:
            sku = records[position].sku or ""
            before = cast(RemoteError, results[position].error)
            results[position] = Result(
                remote_id=results[position].remote_id, error=sku_held(sku, trashed.get(sku, ""), before)
            )
        return results

    # What is inside articles

    def _stock(self, _verb: Verb, records: Sequence[StockRecord]) -> list[Result]:
        return self._inside(records, payloads.stock_payload, articles.stock, stock_difference)

    def _prices(self, _verb: Verb, records: Sequence[PriceRecord]) -> list[Result]:
        decimals = self.setup.decimals
        return self._inside(
            records, lambda record: payloads.price_payload(record, decimals), articles.price, price_difference
        )

    def _inside(
        self,
        records: Sequence[Any],
        build: Build,
        mapping: Callable[[Payload], Record | None],
        difference: Callable[[Payload, Payload], KontorError | None],
    ) -> list[Result]:
        parent_id = records[0].parent_id

        def outcome(record: Record, payload: Payload, row: Payload) -> Result:
            row = self._row_of(row, parent_id)
            return Result(remote_id=values.own_id(row), record=mapping(row), error=difference(payload, row))

        return self._send(product_path(records), "update", records, build, outcome)

    def _images(self, _verb: Verb, records: Sequence[Record]) -> list[Result]:
        sets = [record for record in records if isinstance(record, ImageSetRecord)]
        if len(sets) != len(records):
            raise Unsupported(
                _("WooCommerce takes the pictures of an article together, not one by one."), key="image_sets"
            )
        parent_id = sets[0].parent_id

        def outcome(record: ImageSetRecord, payload: Payload, row: Payload) -> Result:
            row = self._row_of(row, parent_id)
            pictures = articles.images(row, {} if payload.get("image") else self.setup.featured)
            seen = ImageSetRecord(remote_id=record.remote_id, parent_id=parent_id, images=pictures)
            error = None
            if not parent_id and len(pictures) != len(record.images):
                error = Refused(
                    _("The shop shows %(got)d of %(sent)d pictures.")
                    % {"got": len(pictures), "sent": len(record.images)},
                    cure=_("Synchronise the pictures of this article again."),
                    key="images_missing",
                )
            return Result(remote_id=record.remote_id, record=seen, carried=pictures, error=error)

        return self._send(product_path(sets), "update", sets, payloads.image_payload, outcome)

    # The rest

    def _categories(self, verb: Verb, records: Sequence[CategoryRecord]) -> list[Result]:
        def outcome(record: CategoryRecord, payload: Payload, row: Payload) -> Result:
            seen = terms.category(row)
            error = None
            if "parent" in payload and seen.parent_id != (record.parent_id or ""):
                # Under its own descendant the shop would close a circle: it answers 200 and makes it a root.
                error = Refused(
                    _("The shop put “%(name)s” at another place of the tree.") % {"name": seen.name or ""},
                    cure=_("Check that the category is not placed under one of its own subcategories."),
                    key="category_loop",
                )
            return Result(remote_id=seen.remote_id, record=seen, error=error)

        return self._send("products/categories", verb, records, terms.category_payload, outcome)

    def _producers(self, verb: Verb, records: Sequence[ProducerRecord]) -> list[Result]:
        def outcome(_record: ProducerRecord, _payload: Payload, row: Payload) -> Result:
            seen = terms.producer(row)
            return Result(remote_id=seen.remote_id, record=seen)

        try:
            return self._send("products/brands", verb, records, terms.producer_payload, outcome)
        except RemoteError as error:
            if error.data.get("code") == complaints.NO_ROUTE:
                raise no_brands() from error
            raise

    def _customers(self, verb: Verb, records: Sequence[CustomerRecord]) -> list[Result]:
        keys = self.setup.vat_keys

        def outcome(_record: CustomerRecord, _payload: Payload, row: Payload) -> Result:
            seen = customers.customer(row, keys)
            return Result(remote_id=seen.remote_id, record=seen)

        results = self._send(
            "customers", verb, records, lambda record: customers.customer_payload(record, keys), outcome
        )
        for record, result in zip(records, results, strict=True):
            taken = (
                isinstance(result.error, Refused) and result.error.key == "registration-error-email-exists"
            )
            if taken and (holder := self._account(record.email or "")):
                cast(Refused, result.error).data["holder"] = holder
        return results

    def _account(self, email: str) -> str:
        try:
            return self.finder.account(email)
        except RemoteError:
            return ""  # the refusal stands without it

    def _order_statuses(self, _verb: Verb, records: Sequence[Record]) -> list[Result]:
        def build(record: Record) -> dict[str, Any]:
            if not isinstance(record, OrderStatusChange):
                raise Unsupported(_("Of an order, only the status can be written."), key="order_status_only")
            if record.status_id is not None and record.status_id not in self.setup.order_statuses:
                # In a batch the shop would take it, and make the order "pending" (woocommerce.md, 9.1).
                raise Refused(
                    _("The shop has no order status “%(status)s”.") % {"status": record.status_id},
                    cure=_("Map the status to another one on the Mappings screen."),
                    key=f"order_status:{record.status_id}",
                )
            meta = parcel_meta(record)
            return orders.status_payload(record) | ({"meta_data": meta} if meta else {})

        def outcome(record: OrderStatusChange, _payload: Payload, row: Payload) -> Result:
            status = values.text(row, "status")
            error: KontorError | None = None
            if record.status_id is not None and status != record.status_id:
                error = Refused(
                    _("The shop gave the order the status “%(status)s” instead.") % {"status": status},
                    cure=_("Look at the order in the shop: a plug-in may have changed it."),
                    key="order_status_changed",
                )
            seen = OrderStatusChange(
                remote_id=record.remote_id,
                status_id=status,
                modified_at=values.moment(row, "date_modified_gmt"),
            )
            return Result(remote_id=record.remote_id, record=seen, error=error)

        results = self._send("orders", "update", records, build, outcome)
        return [self._with_notes(record, result) for record, result in zip(records, results, strict=True)]

    def _with_notes(self, record: Record, result: Result) -> Result:
        """What the shop refuses of one order's note does not keep the others back."""
        if result.error is not None or not isinstance(record, OrderStatusChange) or not record.parcels:
            return result
        try:
            ParcelNotes(self.client).write(record)
        except Refused as error:
            return replace(result, error=error)
        return result

    @staticmethod
    def _row_of(row: Payload, parent_id: str) -> Payload:
        return {**row, "parent_id": int(parent_id)} if parent_id else row


def product_path(records: Sequence[Any]) -> str:
    """Variations are written under their parent; a product route refuses them (woocommerce.md, 9.15)."""
    parents = {record.parent_id for record in records}
    if len(parents) != 1:
        raise ValueError("a group holds products, or the variations of one parent: see Platform.batches")
    parent_id = parents.pop()
    return f"products/{int(parent_id)}/variations" if parent_id else "products"
