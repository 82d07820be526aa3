"""Customers and orders as tables: customers in and out as CSV and XLSX, orders out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.tables import Column, DecimalCell, MomentCell, TableResource, TextCell
from orders.models import Address, Customer, Document, Order
from orders.services.vat_ids import check_vat_id

_BATCH = 1000
_PARTS = ("billing", "delivery")
_ADDRESS_COLUMNS = (
    "company",
    "first_name",
    "last_name",
    "street",
    "street2",
    "postcode",
    "city",
    "state",
    "country",
    "phone",
)


class EmailCell(TextCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return super().clean(value, row, **kwargs).lower()


class CountryCell(TextCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return super().clean(value, row, **kwargs).upper()


class AddressColumn(Column):
    """A field of an address in the customer's row: "billing_city"."""

    def __init__(self, part: str, name: str) -> None:
        cell = CountryCell() if name == "country" else TextCell()
        super().__init__(f"{part}_{name}", cell, attribute=f"{part}__{name}")
        self.part, self.name = part, name

    def get_value(self, instance: Any, **kwargs: Any) -> str:
        address = getattr(instance, self.part)
        return getattr(address, self.name) if address else ""

    def save(self, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        value = self.clean(row, **kwargs)
        address = getattr(instance, self.part)
        if address is None:
            if not value:
                return
            address = Address()
            setattr(instance, self.part, address)
        setattr(address, self.name, value)


class CustomerResource(TableResource):
    """Customers are found by their e-mail address. Empty cells clear, missing columns leave alone."""

    email = Column("email", EmailCell())
    first_name = Column("first_name", TextCell())
    last_name = Column("last_name", TextCell())
    company = Column("company", TextCell())
    vat_id = Column("vat_id", TextCell())
    phone = Column("phone", TextCell())
    language = Column("language", TextCell())
    note = Column("note", TextCell())
    for _part in _PARTS:
        for _name in _ADDRESS_COLUMNS:
            locals()[f"{_part}_{_name}"] = AddressColumn(_part, _name)
    del _part, _name

    key_columns = ("email",)

    class Meta(TableResource.Meta):
        model = Customer
        fields = (
            "email", "first_name", "last_name", "company", "vat_id", "phone", "language", "note",
            *(f"{part}_{name}" for part in _PARTS for name in _ADDRESS_COLUMNS),
        )  # fmt: skip

    def get_queryset(self) -> QuerySet[Customer]:
        return super().get_queryset().select_related("billing", "delivery")

    def for_export(self, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        return queryset.select_related("billing", "delivery")

    def existing(self, keys: Sequence[tuple[Any, ...]]) -> Iterable[tuple[tuple[Any, ...], Customer]]:
        rows = self.get_queryset().filter(email__in=[key[0] for key in keys])
        return (((customer.email,), customer) for customer in rows)

    def import_instance(self, instance: Customer, row: dict[str, Any], **kwargs: Any) -> None:
        super().import_instance(instance, row, **kwargs)
        if {"vat_id", "company"} & self._file_columns:
            check = check_vat_id(instance.vat_id, instance.billing.country if instance.billing else "")
            instance.vat_id, instance.vat_id_checked = check.number, bool(check.well_formed)
            is_company = bool(instance.company or instance.vat_id)
            instance.kind = Customer.Kind.COMPANY if is_company else Customer.Kind.PERSON

    def check_instance(self, instance: Customer, *, is_new: bool) -> dict[str, list[str]]:
        errors: dict[str, list[str]] = {}
        if not instance.email:
            errors["email"] = [_("customers are found by their e-mail address. Enter one.")]
        for part in _PARTS:
            address = getattr(instance, part)
            if address is None:
                continue
            try:
                address.clean_fields(exclude=["email"])
            except ValidationError as error:
                errors |= {f"{part}_{name}": texts for name, texts in error.message_dict.items()}
        return errors

    def bulk_create(self, using_transactions: bool, dry_run: bool, raise_errors: bool, **kwargs: Any) -> None:
        if self.create_instances and (using_transactions or not dry_run):
            _save_addresses(self.create_instances)
        super().bulk_create(using_transactions, dry_run, raise_errors, **kwargs)

    def write_updates(self, instances: list[Customer]) -> None:
        _save_addresses(instances)
        super().write_updates(instances)

    def _update_fields(self) -> list[str]:
        names = super()._update_fields()
        if {"vat_id", "company"} & self._file_columns:
            names += [name for name in ("kind", "vat_id", "vat_id_checked") if name not in names]
        return names + [part for part in _PARTS if any(c.startswith(f"{part}_") for c in self._file_columns)]


class OrderResource(TableResource):
    """One row for each order, to calculate with elsewhere; orders are not imported from tables."""

    number = Column("number", TextCell())
    shop = Column("shop", TextCell(), attribute="source")
    number_in_shop = Column("number_in_shop", TextCell(), attribute="source_number")
    placed = Column("placed", MomentCell(), attribute="placed_at")
    state = Column("state", TextCell())
    status = Column("status", TextCell(), attribute="status__name")
    company = Column("company", TextCell(), attribute="billing__company")
    first_name = Column("first_name", TextCell(), attribute="billing__first_name")
    last_name = Column("last_name", TextCell(), attribute="billing__last_name")
    city = Column("city", TextCell(), attribute="billing__city")
    country = Column("country", TextCell(), attribute="billing__country")
    email = Column("email", TextCell())
    vat_id = Column("vat_id", TextCell())
    total = Column("total", DecimalCell())
    vat = Column("vat", DecimalCell(), attribute="total_vat")
    currency = Column("currency", TextCell())
    payment_method = Column("payment_method", TextCell(), attribute="payment_method__name")
    payment = Column("payment", TextCell(), attribute="paid_state")
    received = Column("received", DecimalCell())
    refunded = Column("refunded", DecimalCell())
    shipping_method = Column("shipping_method", TextCell(), attribute="shipping_method__name")
    documents = Column("documents", TextCell(), attribute="document_numbers")

    key_columns = ("number",)

    class Meta(TableResource.Meta):
        model = Order
        fields = (
            "number", "shop", "number_in_shop", "placed", "state", "status", "company", "first_name", "last_name",
            "city", "country", "email", "vat_id", "total", "vat", "currency", "payment_method", "payment", "received",
            "refunded", "shipping_method", "documents",
        )  # fmt: skip

    def for_export(self, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.select_related("status", "billing", "payment_method", "shipping_method")

    def attach(self, instances: list[Any]) -> None:
        numbers: dict[int, list[str]] = defaultdict(list)
        documents = Document.objects.filter(order__in=[order.pk for order in instances]).closed()  # type: ignore[attr-defined]
        for order, number in documents.order_by("pk").values_list("order", "number"):
            numbers[order].append(number)
        for order in instances:
            order.document_numbers = ", ".join(numbers[order.pk])


def _save_addresses(customers: list[Customer]) -> None:
    addresses = [address for customer in customers for part in _PARTS if (address := getattr(customer, part))]
    Address.objects.bulk_create([a for a in addresses if a.pk is None], batch_size=_BATCH)
    known = [a for a in addresses if not a._state.adding]
    Address.objects.bulk_create(
        known,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=list(_ADDRESS_COLUMNS),
        batch_size=_BATCH,
    )
    for customer in customers:
        customer.changed_at = timezone.now()
        for part in _PARTS:
            setattr(customer, part, getattr(customer, part))  # now with its id
