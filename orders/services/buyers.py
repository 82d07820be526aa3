"""The customer of an incoming order: found, created from the order, or the collective one (O2)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from orders.drafts import AddressDraft, CustomerDraft, IntakeRules, OrderDraft
from orders.errors import UnknownCustomer
from orders.models import Address, Customer
from orders.services.cleaning import usable_email
from orders.services.content import ADDRESS_FIELDS
from orders.services.customers import find_by_address, find_customer, upsert_customers


def customer_of(draft: OrderDraft, rules: IntakeRules) -> tuple[Customer | None, bool]:
    """(customer, was it created). Call inside transaction.atomic, with a cleaned draft.

    A known customer keeps what stands here; only what is empty is filled from the order.
    None = the order names nobody (some marketplaces hide their buyers). Raises UnknownCustomer.
    """
    email, billing = usable_email(draft.email), draft.billing
    known = known_customer(draft)
    if known is not None:
        _fill_gaps(known, draft)
        return known, False
    if not (email or billing.first_name or billing.last_name or billing.company):
        return None, False
    if rules.customers == "collective":
        collective = Customer.objects.filter(pk=rules.collective_customer_id).first()
        if collective is None:
            raise _unknown(draft, email)
        return collective, False
    if rules.customers == "park":
        raise _unknown(draft, email)
    return create_customer(draft), True


def known_customer(draft: OrderDraft) -> Customer | None:
    """By the source's own link or a person's word, e-mail, VAT id, then name with address."""
    if draft.customer_id:
        linked = Customer.objects.select_related("billing", "delivery").filter(pk=draft.customer_id).first()
        if linked is not None:
            return linked
    email = usable_email(draft.email)
    return find_customer(email, draft.vat_id, draft.billing.country) or find_by_address(draft.billing, email)


def create_customer(draft: OrderDraft) -> Customer:
    """A customer with what the order says of him. Raises UnknownCustomer where that is not enough for one."""
    email = usable_email(draft.email)
    [result] = upsert_customers([_as_customer(draft, email)])
    if result.customer is None:
        raise _unknown(draft, email)
    return result.customer


def buyer_key(draft: OrderDraft) -> str:
    """What tells this buyer from others, for the cause of an unknown one: the e-mail address, else the name."""
    return usable_email(draft.email) or buyer_name(draft).casefold()


def buyer_name(draft: OrderDraft) -> str:
    billing = draft.billing
    return " ".join(part for part in (billing.first_name, billing.last_name, billing.company) if part)


def _as_customer(draft: OrderDraft, email: str) -> CustomerDraft:
    billing = draft.billing
    return CustomerDraft(
        email=email,
        first_name=billing.first_name,
        last_name=billing.last_name,
        company=billing.company,
        vat_id=draft.vat_id,
        phone=billing.phone,
        language=draft.language,
        billing=billing,
        delivery=draft.delivery,
    )


def _fill_gaps(customer: Customer, draft: OrderDraft) -> None:
    """One query when nothing is missing: none."""
    given = _as_customer(draft, "")
    names: tuple[str, ...] = ("first_name", "last_name", "company", "vat_id", "phone", "language")
    # Never a second person's name beside the first one's: a name is filled as a whole.
    if customer.first_name or customer.last_name or customer.company:
        names = ("vat_id", "phone", "language")
    gaps: dict[str, Any] = {
        name: value for name in names if not getattr(customer, name) and (value := getattr(given, name))
    }
    email = usable_email(draft.email)
    if email and not customer.email and not Customer.objects.filter(email=email).exists():
        gaps["email"] = email
    if not _has_address(customer.billing):
        gaps["billing"] = draft.billing
    if gaps.get("billing") == AddressDraft():
        del gaps["billing"]
    if gaps:
        upsert_customers([CustomerDraft(customer_id=customer.pk, **gaps)])


def _has_address(address: Address | None) -> bool:
    return address is not None and any(getattr(address, name) for name in ADDRESS_FIELDS)


def _unknown(draft: OrderDraft, email: str) -> UnknownCustomer:
    who, billing = buyer_name(draft) or email, draft.billing
    return UnknownCustomer(
        _("Order %(number)s is from a customer who is not known here: %(name)s (%(email)s).")
        % {"number": draft.number, "name": who, "email": email or "–"},
        cure=_(
            "Create the customer under Customers with this e-mail address,"
            " or let the shop's order rules create customers from orders."
        ),
        detail=f"source={draft.source} id={draft.source_id}",
        key=f"customer_unknown:{email or who}",
        data={
            "key": buyer_key(draft),
            "name": buyer_name(draft),
            "email": email,
            "vat_id": draft.vat_id,
            "place": " ".join(part for part in (billing.postcode, billing.city, billing.country) if part),
        },
    )
