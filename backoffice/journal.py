"""Who changed what: of which models each saving is noted, with the person and the values before and after.

Noted are settings, the matrix, approvals and people; what is done to goods, orders and documents stands in their own
histories. Never noted: secrets, and what the workers count and remember beside the settings. Bulk writes note nothing by
themselves, so what a person decides by one is noted where it is decided (shops.services.journal).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from auditlog.middleware import AuditlogMiddleware
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Model
from django.db.models.signals import pre_save
from django.http import HttpRequest

from backoffice.clients import address

# {model: (fields left out, many-to-many fields)}
NOTED: Final[dict[str, tuple[list[str], list[str]]]] = {
    "auth.User": (["password", "last_login"], ["groups", "user_permissions"]),
    "auth.Group": ([], ["permissions"]),
    "inventory.Company": ([], []),
    "inventory.PriceList": ([], []),
    "inventory.Unit": ([], []),
    "inventory.VatRate": ([], []),
    "inventory.Warehouse": ([], []),
    "orders.MailTemplate": ([], []),
    "orders.NumberSeries": ([], []),
    "orders.OrderStatus": ([], []),
    "orders.PaymentMethod": ([], []),
    "orders.SalesChannel": ([], []),
    "orders.ShippingMethod": ([], []),
    "shops.Shop": (
        ["credentials", "facts", "check_result", "checked_at", "failures", "paused_until", "pause_reason"],
        ["warehouses", "excluded_categories"],
    ),
    "shops.Rule": (
        "linked_count only_here_count only_shop_count counted_at last_state last_counts last_text last_at".split(),
        [],
    ),
    "shops.ShopSchedule": (["armed_at", "last_at", "outcome", "run", "seen"], []),
}
# Created and changed moments say nothing that the journal does not.
_MOMENTS: Final = frozenset({"created_at", "changed_at"})


def register() -> None:
    for name, (left_out, many) in NOTED.items():
        model = apps.get_model(name)
        known = {field.name for field in model._meta.get_fields()}
        auditlog.register(model, exclude_fields=[*left_out, *sorted(_MOMENTS & known)], m2m_fields=set(many))
    pre_save.connect(
        _note_password, sender=apps.get_model("auth.User"), dispatch_uid="kontor.journal.password"
    )


def note(about: Model, what: str, before: str, after: str) -> None:
    """A line about what is no field of `about`, or none that may be shown; by whom says the request, if there is one."""
    LogEntry.objects.log_create(about, action=LogEntry.Action.UPDATE, changes={what: [before, after]})


def _note_password(
    sender: object, instance: User, raw: bool, update_fields: Collection[str] | None, **_kwargs: Any
) -> None:
    """That a password was set or taken away: by whatever way, and never what it is.

    Not when somebody logs in and Django only makes the hash of the same password stronger (then no password is set here).
    """
    if raw or instance._state.adding or (update_fields is not None and "password" not in update_fields):
        return
    usable = instance.has_usable_password()
    if usable and getattr(instance, "_password", None) is None:
        return
    before = User.objects.filter(pk=instance.pk).values_list("password", flat=True).first()
    if before not in (None, instance.password):
        note(instance, "password", "", "set anew" if usable else "none")


class JournalMiddleware(AuditlogMiddleware):
    """Notes the address by our own rule (backoffice.clients): the package's takes any client's word for its own.

    No port is noted either: it could only be a header's word, and PostgreSQL refuses one that is too long.
    """

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        return address(request) or None

    @staticmethod
    def _get_remote_port(request: HttpRequest) -> None:
        return None
