"""Customers: find, create and update them, in batches. Keys: e-mail in small letters, then a well-formed VAT id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.drafts import AddressDraft, CustomerDraft
from orders.models import Address, Customer
from orders.services.cleaning import clean_address, fit, usable_email
from orders.services.vat_ids import check_vat_id

_AT_ONCE = 500
_TEXTS = ("first_name", "last_name", "company", "phone", "language")
_ADDRESSES = ("billing", "delivery")
_ADDRESS_FIELDS = [f.name for f in fields(AddressDraft)]
_CUSTOMER_FIELDS = [
    "kind", *_TEXTS, "vat_id", "vat_id_checked", "email", "billing", "delivery", "changed_at",
]  # fmt: skip


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """customer_id and customer None only where outcome is failed; message says why, and cure what to do."""

    customer_id: int | None
    outcome: Outcome
    message: str = ""
    cure: str = ""
    customer: Customer | None = field(default=None, compare=False)


def upsert_customers(drafts: Sequence[CustomerDraft]) -> list[Result]:
    """Create or update, one result for each draft, in their order. At most a dozen queries for 500 drafts.

    Two drafts with the same key meet in one customer, the later one wins. One draft that fails does not stop others.
    """
    results: list[Result] = []
    for start in range(0, len(drafts), _AT_ONCE):
        chunk = drafts[start : start + _AT_ONCE]
        try:
            results += _upsert_chunk(chunk)
        except (
            IntegrityError
        ):  # another worker created one of these addresses meanwhile: now it will be found
            results += _upsert_chunk(chunk)
    return results


def find_customer(email: str, vat_id: str, country: str) -> Customer | None:
    """By e-mail, else by a VAT id that is well formed and belongs to exactly one customer."""
    check = check_vat_id(vat_id, country)
    book = _Book.load([usable_email(email)], [check.number if check.well_formed else ""])
    return book.find(None, usable_email(email), check.number if check.well_formed else "")


def find_by_address(billing: AddressDraft, email: str) -> Customer | None:
    """The one customer of the same name at the same address, where not both have an e-mail address: two addresses are
    two people, whatever they are called. None also where several fit."""
    name, street = (
        _plain(billing.company or f"{billing.first_name} {billing.last_name}"),
        _plain(billing.street),
    )
    if not (name and street and billing.postcode):
        return None
    there = Customer.objects.filter(billing__postcode=billing.postcode, billing__country=billing.country)
    if email:
        there = there.filter(email="")
    same = [
        customer
        for customer in there.select_related("billing", "delivery").order_by("pk")[:_AT_ONCE]
        if _plain(customer.company or f"{customer.first_name} {customer.last_name}") == name
        and customer.billing is not None
        and _plain(customer.billing.street) == street
    ]
    return same[0] if len(same) == 1 else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@transaction.atomic
def _upsert_chunk(drafts: Sequence[CustomerDraft]) -> list[Result]:
    checks = [check_vat_id(d.vat_id or "", d.billing.country if d.billing else "") for d in drafts]
    vat_keys = [c.number if c.well_formed else "" for c in checks]
    emails = [usable_email(d.email or "") for d in drafts]
    book = _Book.load(emails, vat_keys, [d.customer_id for d in drafts if d.customer_id])
    work = _Work()
    outcomes: list[Result | tuple[Customer, Outcome]] = []
    for draft, check, email, vat_key in zip(drafts, checks, emails, vat_keys, strict=True):
        customer = book.find(draft.customer_id, email, vat_key)
        if customer and not draft.customer_id and email and customer.email not in ("", email):
            customer = None  # a second person of a known firm: each has an account of his own in the shop
        if failure := _failure(draft, customer, email, book):
            outcomes.append(failure)
            continue
        created = customer is None
        customer = customer or Customer()
        values = _values(draft, customer)
        if draft.vat_id is not None:
            values |= {"vat_id": check.number, "vat_id_checked": bool(check.well_formed)}
        if email:
            values["email"] = email
        changed = _apply(customer, values)
        changed |= work.take_addresses(customer, draft)
        is_company = bool(customer.company or customer.vat_id)
        changed |= _apply(customer, {"kind": Customer.Kind.COMPANY if is_company else Customer.Kind.PERSON})
        work.note(customer, created=created, changed=changed)
        book.add(customer)
        outcome = Outcome.CREATED if created else Outcome.UPDATED if changed else Outcome.UNCHANGED
        outcomes.append((customer, outcome))
    work.save()
    return [o if isinstance(o, Result) else Result(o[0].pk, o[1], customer=o[0]) for o in outcomes]


class _Book:
    """The customers in question, by id, e-mail and VAT id: three queries, however many drafts."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self.by_id: dict[int, Customer] = {}
        self.by_email: dict[str, Customer] = {}
        self.by_vat_id: dict[str, list[Customer]] = {}
        for customer in customers:
            self.add(customer)

    @classmethod
    def load(cls, emails: Iterable[str], vat_ids: Iterable[str], ids: Iterable[int] = ()) -> _Book:
        wanted = models.Q(pk__in=[i for i in ids if i])
        if some := {email for email in emails if email}:
            wanted |= models.Q(email__in=some)
        if some := {number for number in vat_ids if number}:
            wanted |= models.Q(vat_id__in=some)
        return cls(Customer.objects.filter(wanted).select_related("billing", "delivery").order_by("pk"))

    def add(self, customer: Customer) -> None:
        if customer.pk:
            self.by_id[customer.pk] = customer
        if customer.email:
            self.by_email[customer.email] = customer
        if customer.vat_id:
            same = self.by_vat_id.setdefault(customer.vat_id, [])
            if not any(other is customer for other in same):
                same.append(customer)

    def find(self, pk: int | None, email: str, vat_id: str) -> Customer | None:
        if pk and pk in self.by_id:
            return self.by_id[pk]
        if email and email in self.by_email:
            return self.by_email[email]
        same = self.by_vat_id.get(vat_id, []) if vat_id else []
        return same[0] if len(same) == 1 else None


class _Work:
    """What is to be written, each row once, however many drafts met in it."""

    def __init__(self) -> None:
        self.created: dict[int, Customer] = {}
        self.changed: dict[int, Customer] = {}
        self.new_addresses: dict[int, Address] = {}
        self.changed_addresses: dict[int, Address] = {}
        self.orphans: list[int] = []

    def note(self, customer: Customer, *, created: bool, changed: bool) -> None:
        if created:
            self.created[id(customer)] = customer
        elif changed and customer.pk:
            self.changed[id(customer)] = customer

    def take_addresses(self, customer: Customer, draft: CustomerDraft) -> bool:
        """True where the customer's own row changes with it."""
        changed = False
        for name in _ADDRESSES:
            given = getattr(draft, name)
            if given is None:
                continue
            given = clean_address(given)
            address = getattr(customer, name)
            if given == AddressDraft():
                if address is not None:
                    self._drop(address)
                    setattr(customer, name, None)
                    changed = True
                continue
            if address is None:
                address = Address()
                setattr(customer, name, address)
                self.new_addresses[id(address)] = address
                changed = True
            if _apply(address, {field: getattr(given, field) for field in _ADDRESS_FIELDS}) and address.pk:
                self.changed_addresses[id(address)] = address
                changed = True
        return changed

    def save(self) -> None:
        Address.objects.bulk_create(self.new_addresses.values())
        _upsert(Address, list(self.changed_addresses.values()), _ADDRESS_FIELDS)
        # In one order, so that two workers never wait for each other in a ring.
        Customer.objects.bulk_create(sorted(self.created.values(), key=lambda customer: customer.email))
        _upsert(Customer, list(self.changed.values()), _CUSTOMER_FIELDS)
        if self.orphans:
            Address.objects.filter(pk__in=self.orphans).delete()

    def _drop(self, address: Address) -> None:
        if address.pk:
            self.orphans.append(address.pk)
            self.changed_addresses.pop(id(address), None)
        else:
            self.new_addresses.pop(id(address), None)


def _failure(draft: CustomerDraft, found: Customer | None, email: str, book: _Book) -> Result | None:
    name = " ".join(part for part in (draft.first_name, draft.last_name, draft.company) if part)
    if found is None and not email and not name.strip():
        return Result(
            None,
            Outcome.FAILED,
            _("The customer has neither a name nor a usable e-mail address (“%(email)s”).")
            % {"email": draft.email or ""},
            _("Complete the customer in the shop's panel and read the customers again."),
        )
    holder = book.by_email.get(email) if email else None
    if found is not None and holder is not None and holder is not found:
        return Result(
            None,
            Outcome.FAILED,
            _("The e-mail address %(email)s already belongs to another customer, %(name)s.")
            % {"email": email, "name": holder},
            _(
                "Open both customers and give the address to the right one, or unlink one of them from the shop."
            ),
        )
    return None


def _values(draft: CustomerDraft, customer: Customer) -> dict[str, Any]:
    given = {name: getattr(draft, name) for name in _TEXTS}
    return {name: fit(Customer, name, value) for name, value in given.items() if value is not None}


def _apply(row: models.Model, values: dict[str, Any]) -> bool:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _upsert(model: type[models.Model], rows: list[Any], names: list[str]) -> None:
    """An upsert by id: ten times faster than bulk_update (ECOSYSTEM.md §7)."""
    if not rows:
        return
    if model is Customer:
        for row in rows:
            row.changed_at = timezone.now()
    model._default_manager.bulk_create(
        sorted(rows, key=lambda row: row.pk),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=names,
        batch_size=_AT_ONCE,
    )
