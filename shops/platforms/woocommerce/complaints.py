"""What the shop's refusals mean, by their code: one sentence why and one what to do. Pure.

The shop's own message is in the shop's language and decides nothing (woocommerce.md, 2); it is quoted where the code
is not among the known ones, and kept in `detail`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.lib.errors import BadCredentials, MissingPermission, Refused, RemoteError, WrongAddress
from backoffice.lib.text import extract, strip_tags
from shops.elements import Text

_KNOWN: dict[str, tuple[Text, Text]] = {
    "product_invalid_sku": (
        gettext_lazy("Another product of the shop has this SKU."),
        gettext_lazy("Link the two on the Mappings screen, or give one of them another SKU."),
    ),
    "product_invalid_global_unique_id": (
        gettext_lazy("Another product of the shop has this EAN, or the EAN is not valid."),
        gettext_lazy("Correct the EAN of the article, or remove it from the other product in the shop."),
    ),
    "term_exists": (
        gettext_lazy("The shop has an entry with this name in the same place."),
        gettext_lazy("Link the two on the Mappings screen, or rename one of them."),
    ),
    "registration-error-email-exists": (
        gettext_lazy("Another customer account of the shop has this e-mail address."),
        gettext_lazy("Link the two on the Mappings screen, or correct the address."),
    ),
    "registration-error-username-exists": (
        gettext_lazy("The user name that the shop made from the e-mail address is taken."),
        gettext_lazy("Create this customer in the shop's panel, then read the customers again."),
    ),
    "customer_invalid_email": (
        gettext_lazy("The shop does not accept this e-mail address."),
        gettext_lazy("Correct the customer's e-mail address."),
    ),
    "woocommerce_product_image_upload_error": (
        gettext_lazy("The shop could not fetch one of the pictures, so it left all of them as they were."),
        gettext_lazy("Check that Kontor's media address can be reached from the internet, then try again."),
    ),
    "woocommerce_rest_cannot_edit": (
        gettext_lazy("The key may not change this element."),
        gettext_lazy("Make a key for a user who is an administrator of the shop."),
    ),
    "woocommerce_rest_cannot_delete": (
        gettext_lazy("The shop does not let this element be deleted, or the key may not do it."),
        gettext_lazy("Delete it in the shop's panel, or untick Delete for this type."),
    ),
    "woocommerce_rest_invalid_product_id": (
        gettext_lazy("In the shop this is a variation, but Kontor took it for a product."),
        gettext_lazy("Read the articles of the shop again."),
    ),
}
_KNOWN["woocommerce_variation_image_upload_error"] = _KNOWN["woocommerce_product_image_upload_error"]
NO_ROUTE = "rest_no_route"
_GONE = frozenset({"woocommerce_rest_term_invalid", "woocommerce_rest_already_trashed"})


def is_gone(code: str) -> bool:
    """Whether the code says that the element does not exist (any more)."""
    return code.endswith("_invalid_id") or code in _GONE


def refusal(complaint: Mapping[str, Any], *, status: int | None = None, detail: str = "") -> Refused:
    """The error of one element: complaint is {"code", "message", "data"}, data being a mapping, a number or null.

    data of the result: "code" always; "holder" (the remote id that has the SKU, the name or the e-mail already);
    "ean_holder"; "gone" = "1" when the element no longer exists.
    """
    code, said, data = read(complaint)
    holder = data.get("resource_id")
    facts = {"code": code}
    if holder is not None:
        facts["ean_holder" if code == "product_invalid_global_unique_id" else "holder"] = str(holder)
    if is_gone(code):
        facts["gone"] = "1"
        message: Text = _("The element is no longer in the shop.")
        cure: Text = _("Nothing needs to be done: the next complete read will notice.")
    elif code in _KNOWN:
        message, cure = _KNOWN[code]
    else:
        message = _("The shop refused it: “%(said)s”") % {"said": extract(said, 300) or code}
        cure = _("Change the element accordingly, or leave it out until it changes.")
    own_status = data.get("status")
    return Refused(
        str(message),
        cure=str(cure),
        detail=f"{detail}{code}: {extract(said, 500)}",
        key=code,
        status=own_status if isinstance(own_status, int) else status,
        data=facts,
    )


def access(status: int, complaint: Mapping[str, Any], *, secure: bool, detail: str) -> RemoteError:
    """The error of an answer of 401 or 403 that came as JSON. secure: it was asked over https."""
    code, said, _data = read(complaint)
    detail = f"{detail}{code}: {extract(said, 300)}"
    if status == 403 and code.startswith("woocommerce_"):
        return MissingPermission(
            _("The key belongs to a user who may not do this in the shop."),
            cure=_(
                "Make a key for an administrator: WooCommerce > Settings > Advanced > REST API > Add key, "
                "permissions “Read/Write”."
            ),
            detail=detail,
            key="weak_role",
            status=status,
            data={"code": code},
        )
    if code == "woocommerce_rest_authentication_error":
        message = (
            _("The shop knows the consumer key, but not this secret; or the key may not read or write.")
            if secure
            else _("The shop refuses the signature: key, secret, address or clock does not fit.")
        )
        key = "wrong_secret"
    elif code.startswith("woocommerce_"):
        message = _("The shop does not recognise the consumer key.")
        key = "unknown_key"
    else:
        return closed(status, detail, code)
    return BadCredentials(
        message,
        cure=_("Click “Test settings” on the shop's page: it finds out which of them it is."),
        detail=detail,
        key=key,
        status=status,
        data={"code": code},
    )


def closed(status: int, detail: str, code: str = "") -> RemoteError:
    """401, 403 or 406 that WooCommerce did not say itself: a security plug-in, a firewall, a protected site."""
    return MissingPermission(
        _(
            "Something in front of the shop keeps Kontor out: a firewall, a security plug-in or a site password."
        ),
        cure=_(
            "Ask the shop's provider to let this server reach the addresses that begin with /wp-json/wc/."
        ),
        detail=detail,
        key="closed",
        status=status,
        data={"code": code},
    )


def no_api(address: str, detail: str, status: int, code: str = "") -> WrongAddress:
    """404: nothing there, or (code NO_ROUTE) a shop too old, too new or without WooCommerce."""
    return WrongAddress(
        _("There is no WooCommerce at %(address)s.") % {"address": address},
        cure=_(
            "Click “Test settings” on the shop's page: it says whether address, permalinks or plug-in is the cause."
        ),
        detail=f"{detail}{code}",
        key="no_api",
        status=status,
        data={"code": code},
    )


def read(complaint: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """(code, message without tags, data as a mapping) of an error body; data may come as number or null."""
    data = complaint.get("data")
    return (
        str(complaint.get("code") or ""),
        strip_tags(str(complaint.get("message") or "")),
        data if isinstance(data, Mapping) else {},
    )
