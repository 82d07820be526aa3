"""What the shop made of a write, held against what was sent: it drops and ignores much, and answers 200. Pure."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused, RemoteError
from shops.platforms.woocommerce.mapping import values
from shops.platforms.woocommerce.mapping.values import Payload


def stock_difference(payload: Payload, row: Payload) -> KontorError | None:
    """The shop answers 200 and ignores a quantity while its stock management is off (woocommerce.md, 9.3)."""
    if "stock_quantity" not in payload:
        return None
    if row.get("manage_stock") is not True:
        return Refused(
            _("The shop does not count its stock: it took the quantity and ignored it."),
            cure=_("Tick “Enable stock management” under WooCommerce > Settings > Products > Inventory."),
            detail=f"manage_stock is {row.get('manage_stock')!r}",
            key="stock_off",
        )
    if (shown := values.decimal(row, "stock_quantity")) != payload["stock_quantity"]:
        return Refused(
            _("The shop shows a stock of %(shown)s after %(sent)s was sent.")
            % {
                "shown": "?" if shown is None else values.number_text(shown),
                "sent": payload["stock_quantity"],
            },
            cure=_(
                "Check that stock management is on under WooCommerce > Settings > Products > Inventory; "
                "else a plug-in of the shop manages this stock."
            ),
            key="stock_differs",
        )
    return None


def price_difference(payload: Payload, row: Payload) -> KontorError | None:
    """The shop blanks a sale price that is not below the regular one, without a word (woocommerce.md, 5)."""
    for field in ("regular_price", "sale_price"):
        if field not in payload:
            continue
        sent = Decimal(payload[field]) if payload[field] else None
        shown = values.decimal(row, field)
        if shown == sent:
            continue
        if field == "sale_price" and shown is None:
            return Refused(
                _(
                    "The sale price %(sale)s is not below the regular price %(regular)s, so the shop dropped it."
                )
                % {"sale": payload[field], "regular": values.text(row, "regular_price") or "?"},
                cure=_("Correct one of the two price lists."),
                key="sale_not_lower",
            )
        return Refused(
            _("The shop shows the price %(shown)s after %(sent)s was sent.")
            % {"shown": "–" if shown is None else values.number_text(shown), "sent": payload[field] or "–"},
            cure=_("A plug-in of the shop may set this price; ask the shop's provider."),
            detail=f"{field} {row.get(field)!r}",
            key="price_differs",
        )
    return None


def article_difference(payload: Payload, row: Payload) -> KontorError | None:
    """What the shop drops without a word: unknown categories, and the wish to have no brand (woocommerce.md, 9.6)."""
    wanted = {str(category["id"]) for category in payload.get("categories") or ()}
    if missing := wanted - {values.identity(category) for category in values.rows(row, "categories")}:
        return Refused(
            _("A category of the article is no longer in the shop; the rest was written."),
            cure=_("Read the categories of the shop again, then synchronise the article."),
            detail=f"categories {sorted(missing)}",
            key="category_gone",
        )
    if "brands" in payload and "brands" in row:
        brands = {values.identity(brand) for brand in values.rows(row, "brands")}
        if not payload["brands"] and brands:
            return Refused(
                _(
                    "WooCommerce lets nobody take a producer off an article from outside; the rest was written."
                ),
                cure=_("Remove the brand from the product in the shop's panel."),
                key="brand_stays",
            )
        if not {str(brand["id"]) for brand in payload["brands"]} <= brands:
            return Refused(
                _("The producer of the article is no longer in the shop; the rest was written."),
                cure=_("Read the producers of the shop again, then synchronise the article."),
                key="brand_gone",
            )
    return stock_difference(payload, row) or price_difference(payload, row)


def sku_held(sku: str, product_id: str, before: RemoteError) -> Refused:
    if product_id:
        return Refused(
            _("A product in the shop's trash has the SKU %(sku)s.") % {"sku": sku},
            cure=_("Restore it in the shop under Products > Trash, or delete it there for good."),
            detail=before.detail,
            key="sku_in_trash",
            status=before.status,
            data={**before.data, "trashed": product_id},
        )
    return Refused(
        _("The shop's index of products has the SKU %(sku)s, though no product shows it.") % {"sku": sku},
        cure=_(
            "Click WooCommerce > Status > Tools > “Product lookup tables: Regenerate” in the shop, then try again."
        ),
        detail=before.detail,
        key="sku_in_index",
        status=before.status,
        data=before.data,
    )
