"""The firm, what its articles refer to, and its customers."""

from __future__ import annotations

from decimal import Decimal

from django.core.files.base import ContentFile

from backoffice.demo import catalogue
from backoffice.demo.catalogue import CATEGORIES
from backoffice.demo.people import CUSTOMERS
from backoffice.demo.pictures.logo import logo
from inventory.models import Category, Company, PriceList, Producer, Unit, VatRate, Warehouse
from orders.models import Address, Customer, OrderStatus, PaymentMethod, ShippingMethod

RETAIL, SALE = "Retail", "Sale"
WAREHOUSES = (("LJ", "Ljubljana"), ("MB", "Maribor"))
IBAN = "SI56029220087654336"


# The names that the demo shop uses, so that its own can be linked at a glance.
PAYMENT_METHODS = (
    ("Bank transfer", PaymentMethod.Kind.TRANSFER, True),
    ("Cash on delivery", PaymentMethod.Kind.DELIVERY, False),
    ("Card", PaymentMethod.Kind.CARD, True),
)
SHIPPING_METHODS = ("GLS home delivery", "Parcel locker", "Personal pick-up")
ORDER_STATUSES = (
    ("Pending payment", OrderStatus.Kind.NEW),
    ("Processing", OrderStatus.Kind.PROCESSING),
    ("On hold", OrderStatus.Kind.WAITING),
    ("Shipped", OrderStatus.Kind.SHIPPED),
    ("Completed", OrderStatus.Kind.DONE),
    ("Cancelled", OrderStatus.Kind.CANCELLED),
    ("Failed", OrderStatus.Kind.CANCELLED),
    ("Refunded", OrderStatus.Kind.RETURNED),
)


def load_company() -> None:
    company, made = Company.objects.get_or_create(
        pk=1,
        defaults={
            "name": "Lipa Dom d.o.o.",
            "street": "Lipova ulica 5",
            "postcode": "1000",
            "city": "Ljubljana",
            "country": "SI",
            "vat_id": "SI59876506",
            "registration_number": "9876543000",
            "email": "info@lipa-dom.example.com",
            "phone": "+386 1 555 01 00",
            "bank_account": IBAN,
            "bank_bic": "LJBASI2X",
            "currency": "EUR",
            "language": "en",
        },
    )
    if made:
        company.logo.save("lipa-dom.png", ContentFile(logo()))


def load_dictionaries() -> None:
    for name, symbol in catalogue.UNITS:
        Unit.objects.get_or_create(name=name, defaults={"symbol": symbol})
    for country, percent, kind, name in catalogue.VAT_RATES:
        VatRate.objects.get_or_create(
            country=country, percent=Decimal(percent), defaults={"kind": kind, "name": name}
        )
    for name in catalogue.PRODUCERS:
        Producer.objects.get_or_create(name=name)
    for code, name in WAREHOUSES:
        Warehouse.objects.get_or_create(code=code, defaults={"name": name})
    for name, kind in ((RETAIL, PriceList.Kind.NORMAL), (SALE, PriceList.Kind.SALE)):
        PriceList.objects.get_or_create(name=name, defaults={"currency": "EUR", "gross": True, "kind": kind})
    for name, kind, prepaid in PAYMENT_METHODS:
        PaymentMethod.objects.get_or_create(name=name, defaults={"kind": kind, "prepaid": prepaid})
    for name in SHIPPING_METHODS:
        ShippingMethod.objects.get_or_create(name=name)
    for position, (name, kind) in enumerate(ORDER_STATUSES, 1):
        OrderStatus.objects.get_or_create(name=name, defaults={"kind": kind, "position": position})
    load_categories()


def load_categories() -> dict[tuple[str, ...], Category]:
    found: dict[tuple[str, ...], Category] = {}
    for path in CATEGORIES:
        found[path], _made = Category.objects.get_or_create(name=path[-1], parent=found.get(path[:-1]))
    return found


def load_customers() -> None:
    known = set(Customer.objects.values_list("email", flat=True))
    for person in CUSTOMERS:
        if person.email not in known:
            Customer.objects.create(
                kind=Customer.Kind.COMPANY if person.company else Customer.Kind.PERSON,
                first_name=person.first_name,
                last_name=person.last_name,
                company=person.company,
                vat_id=person.vat_id,
                vat_id_checked=bool(person.vat_id),
                email=person.email,
                phone=person.phone,
                language=person.language,
                billing=Address.objects.create(**person.at(person.home)),
                delivery=Address.objects.create(**person.at(person.delivery)) if person.delivery else None,
            )
