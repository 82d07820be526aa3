"""What bodies of the stand-in may hold, and its words of refusal (shoper.md, 4, 5, 7)."""

from __future__ import annotations

from collections.abc import Mapping

from tests.peers.shoper.wire import Failure

# Fields that a body may have. What is not here is refused: the stand-in is stricter than the shop on purpose.
FIELDS: Mapping[str, frozenset[str]] = {
    resource: frozenset(names.split())
    for resource, names in {
        "units": "floating_point translations",
        "categories": "parent_id order translations",
        "producers": "name web translations",
        "products": "category_id categories code ean pkwiu tax_id unit_id producer_id currency_id group_id stock "
        "translations dimension_w dimension_h dimension_l",
        "product-stocks": "product_id code ean options price price_type price_wholesale price_special stock weight "
        "weight_type active warn_level availability_id delivery_id gfx_id",
        "product-images": "product_id url content hidden translations order",
        "specialoffers": "product_id discount discount_type condition_type stocks date_from date_to "
        "discount_wholesale discount_special",
        "option-groups": "translations",
        "options": "group_id type required stock order translations",
        "option-values": "option_id order color translations",
        "users": "email firstname lastname password active comment discount group_id lang_id",
        "user-addresses": "user_id address_name company_name tax_identification_number pesel firstname lastname "
        "street_1 street_2 zip_code city state country country_code phone default shipping_default",
        "orders": "status_id notes_priv notes_pub paid",
        "parcels": "order_id shipping_id shipping_code send sent products notes weight",
        "webhooks": "url format active secret events",
    }.items()
}
NESTED_STOCK = frozenset("price price_wholesale price_special stock stock_relative weight warn_level availability_id delivery_id".split())  # fmt: skip
WORDS: Mapping[str, frozenset[str]] = {
    "products": frozenset(
        "name short_description description active seo_title seo_description seo_url order".split()
    ),
    "units": frozenset({"name"}),
    "categories": frozenset({"name", "description", "active"}),
    "producers": frozenset({"description"}),
    "product-images": frozenset({"name", "description"}),
    "option-groups": frozenset({"name"}),
    "options": frozenset({"name"}),
    "option-values": frozenset({"value"}),
}
EVENTS = frozenset(
    f"{thing}.{verb}"
    for thing, verbs in {
        "order": "create edit paid status delete",
        "client": "create edit delete",
        "product": "create edit delete",
        "category": "create edit delete",
        "parcel": "create dispatch delete send",
        "specialoffer": "create edit delete",
        "subscriber": "create edit delete",
    }.items()
    for verb in verbs.split()
)


def invalid(*said: str) -> Failure:
    return Failure(400, "invalid_request", "; ".join(said))


def required(*names: str) -> Failure:
    return invalid(*(f"Wartość pola '{name}' jest niepoprawna: Pole wymagane" for name in names))
