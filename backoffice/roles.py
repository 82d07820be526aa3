"""The roles that come with Kontor: groups of permissions, brought up to date after every migrate.

A firm that wants something else makes a role of its own and leaves these alone: their permissions are set anew each time,
so that a right which a new release brings reaches those who need it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.apps import apps as installed
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OURS = ("inventory", "orders", "shops")


@dataclass(frozen=True, slots=True)
class Role:
    """name: of the group, in English, never changes. may: patterns of "app.codename"; never: what is taken out again."""

    name: str
    label: str | Promise
    what: str | Promise
    may: tuple[str, ...]
    never: tuple[str, ...] = ()


_SEE = tuple(f"{app}.view_*" for app in OURS)

ROLES = (
    Role(
        "Administrator",
        _("Administrator"),
        _("Everything: shops and their credentials, users, settings, and all that the others may."),
        ("inventory.*", "orders.*", "shops.*", "auth.*", "auditlog.view_*", "axes.*", "django_q.view_*"),
    ),
    Role(
        "Sales",
        _("Sales"),
        _("Orders, customers and prices; issues documents, cures what keeps orders waiting, starts runs."),
        (
            *_SEE,
            "orders.*_order",
            "orders.*_orderline",
            "orders.*_customer",
            "orders.*_address",
            "orders.*_shipment",
            "orders.*_document",
            "orders.*_documentline",
            "orders.add_documentmail",
            "inventory.*_article",
            "inventory.*_articletext",
            "inventory.*_articleimage",
            "inventory.*_attachment",
            "inventory.*_price",
            "inventory.*_setcomponent",
            "shops.run_shop",
            "shops.change_remoteelement",
            "shops.change_problem",
            "shops.change_incomingorder",
        ),
        ("orders.delete_order", "orders.correct_document", "inventory.delete_article"),
    ),
    Role(
        "Warehouse",
        _("Warehouse"),
        _("Stock, inventory counts and transfers; packs orders and issues delivery notes."),
        (
            *_SEE,
            "inventory.*_stocklevel",
            "inventory.*_stockmovement",
            "inventory.*_stockcount",
            "inventory.*_stockcountline",
            "inventory.*_stocktransfer",
            "inventory.*_stocktransferline",
            "orders.*_shipment",
            "orders.add_document",
            "orders.change_document",
            "orders.issue_delivery_note",
        ),
        ("inventory.delete_stocklevel", "inventory.*e_stockmovement"),
    ),
    Role(
        "Accounting",
        _("Accounting"),
        _("Documents, credit notes, payments, number series, VAT rates."),
        (
            *_SEE,
            "orders.*_document",
            "orders.*_documentline",
            "orders.add_documentmail",
            "orders.*_payment",
            "orders.*_numberseries",
            "orders.*_mailtemplate",
            "orders.change_customer",
            "orders.change_address",
            "inventory.*_vatrate",
        ),
    ),
    Role("Read only", _("Read only"), _("Looks at everything but credentials, changes nothing."), _SEE),
)


def granted(role: Role, known: Iterable[str]) -> set[str]:
    """Those of `known` ("app.codename") that the role has."""
    return {
        name
        for name in known
        if any(fnmatchcase(name, pattern) for pattern in role.may)
        and not any(fnmatchcase(name, pattern) for pattern in role.never)
    }


def ensure_roles(**_kwargs: Any) -> None:
    """After every migrate: each role exists with exactly the permissions above. A handful of queries."""
    from auditlog.context import disable_auditlog
    from django.contrib.auth.management import create_permissions
    from django.contrib.auth.models import Group, Permission

    for app in installed.get_app_configs():  # ours may come before theirs in the order of the signal
        if app.models_module:
            create_permissions(app, verbosity=0)
    ids = {
        f"{label}.{codename}": pk
        for pk, label, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    with disable_auditlog():  # nobody's deed: the journal is of people
        for role in ROLES:
            group, _created = Group.objects.get_or_create(name=role.name)
            wanted = {ids[name] for name in granted(role, ids)}
            if wanted != set(group.permissions.values_list("pk", flat=True)):
                group.permissions.set(wanted)
