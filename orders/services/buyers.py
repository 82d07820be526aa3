"""The customer of an incoming order: found, or created from the order (O2)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from orders.drafts import AddressDraft, CustomerDraft, IntakeRules, OrderDraft
from orders.errors import UnknownCustomer
from orders.models import Address, Customer
from orders.services.cleaning import usable_email
from orders.services.content import ADDRESS_FIELDS
from orders.services.customers import find_customer, upsert_customers


def customer_of(draft: OrderDraft, rules: IntakeRules) -> tuple[Customer | None, bool]:
    """(customer, was it created). Call inside transaction.atomic, with a cleaned draft.

    A known customer keeps what stands here; only what is empty is filled from the order.
    None = the order names nobody (some marketplaces hide their buyers). Raises UnknownCustomer.
    """
    email, billing = usable_email(draft.email), draft.billing
    known = find_customer(email, draft.vat_id, billing.country)
    if known is not None:
        _fill_gaps(known, draft)
        return known, False
    if not (email or billing.first_name or billing.last_name or billing.company):
        return None, False
    if not rules.create_customers:
        raise _unknown(draft, email)
    [result] = upsert_customers([_as_customer(draft, email)])
    if result.customer_id is None:
        raise _unknown(draft, email)
    return Customer.objects.get(pk=result.customer_id), True


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
    gaps = {name: value for name in names if not getattr(customer, name) and (value := getattr(given, name))}
    if not _has_address(customer.billing):
        gaps["billing"] = draft.billing
    if gaps.get("billing") == AddressDraft():
        del gaps["billing"]
    if gaps:
        upsert_customers([CustomerDraft(customer_id=customer.pk, **gaps)])


def _has_address(address: Address | None) -> bool:
    return address is not None and any(getattr(address, name) for name in ADDRESS_FIELDS)


def _unknown(draft: OrderDraft, email: str) -> UnknownCustomer:
    billing = draft.billing
    who = " ".join(p for p in (billing.first_name, billing.last_name, billing.company) if p) or email
    return UnknownCustomer(
        _("Order %(number)s is from a customer who is not known here: %(name)s (%(email)s).")
        % {"number": draft.number, "name": who, "email": email or "–"},
        cure=_(
            "Create the customer under Customers with this e-mail address,"
            " or let the shop's order rules create customers from orders."
        ),
        detail=f"source={draft.source} id={draft.source_id}",
        key=f"customer_unknown:{email or who}",
    )
