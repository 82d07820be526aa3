"""Orders that were marked as paid before payments were rows: they get the payment that their mark meant, and the sums.

In batches: what is done is not looked at again, so that it may be stopped and begun anew. The shop's own word comes with the
id by which a later read finds it (orders.services.payments), so that nothing is booked twice.
"""

from decimal import Decimal

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

AT_ONCE = 500


def book(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    Order, Payment = apps.get_model("orders", "Order"), apps.get_model("orders", "Payment")
    marked = Order.objects.using(editor.connection.alias).filter(paid_state="unpaid", payments=None)
    while orders := list(marked.filter(paid_at__isnull=False)[:AT_ONCE]):
        Payment.objects.using(editor.connection.alias).bulk_create(
            [payment for order in orders for payment in _payments(Payment, order)]
        )
        for order in orders:
            order.received = max(order.total, Decimal(0))
            whole = order.refunded and order.refunded >= order.received
            order.paid_state = "refunded" if whole else "paid"
        Order.objects.using(editor.connection.alias).bulk_update(orders, ["received", "paid_state"])
    # What cost nothing was never open.
    marked.filter(paid_at=None, total=0, refunded=0).update(paid_state="paid")


def _payments(model: type, order: object) -> list[object]:
    shared = {"order": order, "currency": order.currency, "at": order.paid_at}
    sums = [(order.total, "paid", order.payment_name), (-order.refunded, "refund:1", "")]
    return [
        model(amount=amount, source_id=key if order.source else "", method=method, **shared)
        for amount, key, method in sums
        if amount and (amount > 0) == (key == "paid")
    ]


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_proforma_then_invoice")]

    operations = [migrations.RunPython(book, migrations.RunPython.noop)]
