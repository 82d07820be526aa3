"""Settings, system status and payment gateways: what a client reads to get its bearings."""

from typing import Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.resources.base import WRITE, Call, Endpoint, Resource, Route
from backoffice.demo.shop.state import CURRENCIES
from backoffice.demo.shop.text import truth
from backoffice.demo.shop.wire import ApiError, Reply

_YES_NO = {"yes": "Yes", "no": "No"}
_ADDRESSES = {
    "shipping": "Customer shipping address",
    "billing": "Customer billing address",
    "base": "Shop base address",
}
_INCL = {"incl": "Including tax", "excl": "Excluding tax"}

# id -> (label, type, default, options) per group, in the order of the running shop.
GROUPS: dict[str, dict[str, tuple[str, str, str, dict[str, str] | None]]] = {
    "general": {
        "woocommerce_store_address": ("Address line 1", "text", "", None),
        "woocommerce_store_address_2": ("Address line 2", "text", "", None),
        "woocommerce_store_city": ("City", "text", "", None),
        "woocommerce_default_country": ("Country / State", "select", "US:CA", {}),
        "woocommerce_store_postcode": ("Postcode / ZIP", "text", "", None),
        "woocommerce_allowed_countries": ("Selling locations", "select", "all", {"all": "All countries"}),
        "woocommerce_all_except_countries": ("All countries except", "multiselect", "", {}),
        "woocommerce_specific_allowed_countries": ("Certain countries", "multiselect", "", {}),
        "woocommerce_ship_to_countries": ("Shipping locations", "select", "", {"": "All countries sold to"}),
        "woocommerce_specific_ship_to_countries": ("Ship to certain countries", "multiselect", "", {}),
        "woocommerce_default_customer_address": (
            "Default location",
            "select",
            "base",
            {"base": "Shop address"},
        ),
        "woocommerce_address_autocomplete_enabled": ("Address completion", "checkbox", "no", None),
        "woocommerce_calc_taxes": ("Taxes", "checkbox", "no", None),
        "woocommerce_enable_coupons": ("Coupons", "checkbox", "yes", None),
        "woocommerce_calc_discounts_sequentially": ("Sequential discounts", "checkbox", "no", None),
        "woocommerce_currency": ("Currency", "select", "USD", dict(CURRENCIES)),
        "woocommerce_currency_pos": (
            "Currency position",
            "select",
            "left",
            {"left": "Left", "right": "Right"},
        ),
        "woocommerce_price_thousand_sep": ("Thousand separator", "text", ",", None),
        "woocommerce_price_decimal_sep": ("Decimal separator", "text", ".", None),
        "woocommerce_price_num_decimals": ("Number of decimals", "number", "2", None),
    },
    "products": {
        "woocommerce_weight_unit": (
            "Weight unit",
            "select",
            "kg",
            {"kg": "kg", "g": "g", "lbs": "lbs", "oz": "oz"},
        ),
        "woocommerce_dimension_unit": ("Dimensions unit", "select", "cm", {"m": "m", "cm": "cm", "mm": "mm"}),
        "woocommerce_manage_stock": ("Manage stock", "checkbox", "yes", None),
        "woocommerce_hold_stock_minutes": ("Hold stock (minutes)", "number", "60", None),
        "woocommerce_notify_low_stock_amount": ("Low stock threshold", "number", "2", None),
        "woocommerce_notify_no_stock_amount": ("Out of stock threshold", "number", "0", None),
        "woocommerce_hide_out_of_stock_items": ("Hide what is sold out", "checkbox", "no", None),
    },
    "tax": {
        "woocommerce_prices_include_tax": ("Prices entered with tax", "radio", "no", dict(_YES_NO)),
        "woocommerce_tax_based_on": ("Calculate tax based on", "select", "shipping", _ADDRESSES),
        "woocommerce_shipping_tax_class": (
            "Shipping tax class",
            "select",
            "inherit",
            {"inherit": "As the items"},
        ),
        "woocommerce_tax_round_at_subtotal": ("Rounding", "checkbox", "no", None),
        "woocommerce_tax_classes": ("Additional tax classes", "textarea", "", None),
        "woocommerce_tax_display_shop": ("Display prices in the shop", "select", "excl", dict(_INCL)),
        "woocommerce_tax_display_cart": ("Display prices in the cart", "select", "excl", dict(_INCL)),
        "woocommerce_price_display_suffix": ("Price display suffix", "text", "", None),
        "woocommerce_tax_total_display": (
            "Tax totals",
            "select",
            "itemized",
            {"single": "One", "itemized": "Itemized"},
        ),
    },
}


class Settings(Resource):
    base, subject = "/settings", "settings"

    def routes(self) -> list[Route]:
        group, one = (
            f"{self.base}/(?P<group_id>[\\w-]+)",
            f"{self.base}/(?P<group_id>[\\w-]+)/(?P<id>[\\w-]+)",
        )
        read = args.arguments("group:string")
        return [
            Route(self.base, self.base, (Endpoint(("GET",), self.groups, {}, self.subject, "list"),)),
            Route(group, "/settings/{group}", (Endpoint(("GET",), self.group, read, self.subject, "list"),)),
            Route(
                one,
                "/settings/{group}/{id}",
                (
                    Endpoint(
                        ("GET",), self.one, args.arguments("group:string id:string"), self.subject, "read"
                    ),
                    Endpoint(WRITE, self.change, args.SETTING_WRITE, self.subject, "edit"),
                ),
            ),
        ]

    def groups(self, call: Call) -> Reply:
        rows = [
            {"id": g, "label": g.capitalize(), "description": "", "parent_id": "", "sub_groups": []}
            for g in GROUPS
        ]
        return Reply(self.trimmed(rows, call))

    def _names(self, call: Call) -> dict[str, tuple[str, str, str, dict[str, str] | None]]:
        if call.ids["group_id"] not in GROUPS:
            raise ApiError("rest_setting_setting_group_invalid", "Invalid setting group.", 404)
        return GROUPS[call.ids["group_id"]]

    def _row(self, name: str, group: str) -> dict[str, Any]:
        label, kind, default, options = GROUPS[group][name]
        value: Any = self.state.settings.get(name, default)
        row = {"id": name, "label": label, "description": "", "type": kind, "default": default}
        if options is not None:
            if name == "woocommerce_shipping_tax_class":
                classes = list(self.state.tax_classes.values())
                options = options | {"": "Standard"} | {c["slug"]: c["name"] for c in classes[1:]}
            row["options"] = options
        here = f"{self.api.home}/wp-json/wc/v3/settings/{group}"
        links = {"self": [{"href": f"{here}/{name}"}], "collection": [{"href": here}]}
        return row | {"value": value, "group_id": group, "_links": links}

    def group(self, call: Call) -> Reply:
        names, fields = self._names(call), call.fields
        rows = [self._row(name, call.ids["group_id"]) for name in names]
        return Reply(self.trimmed([r for r in rows if not fields or r], call))

    def one(self, call: Call) -> Reply:
        if call.ids["id"] not in self._names(call):
            raise ApiError("rest_setting_setting_invalid", "Invalid setting.", 404)
        return Reply(self.single(self._row(call.ids["id"], call.ids["group_id"]), call))

    def change(self, call: Call) -> Reply:
        name, names = call.ids["id"], self._names(call)
        if name not in names:
            raise ApiError("rest_setting_setting_invalid", "Invalid setting.", 404)
        value, options = str(call.params.get("value", "")), names[name][3]
        if options and name != "woocommerce_shipping_tax_class" and value not in options:
            raise ApiError("rest_setting_value_invalid", "An invalid setting value was passed.", 400)
        self.state.set(name, value)
        return Reply(self._row(name, call.ids["group_id"]))


class SystemStatus(Resource):
    base, subject = "/system_status", "settings"

    def routes(self) -> list[Route]:
        return [
            Route(self.base, self.base, (Endpoint(("GET",), self.status, args.VIEW, self.subject, "read"),))
        ]

    def status(self, call: Call) -> Reply:
        row = {
            "environment": self._environment(),
            "database": {"wc_database_version": self.api.version, "database_prefix": "wp_"},
            "active_plugins": [
                {"plugin": "woocommerce/woocommerce.php", "name": "WooCommerce", "version": self.api.version}
            ],
            "theme": {"name": "Lipa", "version": "1.0"},
            "settings": self._settings(),
            "security": {"secure_connection": self.api.https, "hide_errors": True},
            "pages": [],
            "post_type_counts": [],
        }
        return Reply(self.trimmed([row], call)[0])

    def _environment(self) -> dict[str, Any]:
        row = {
            "home_url": self.api.home, "site_url": self.api.home, "store_id": "00000000-0000-4000-8000-0000000000de",
            "version": self.api.version, "log_directory": "/var/www/html/wp-content/uploads/wc-logs/",
            "log_directory_writable": True, "wp_version": self.api.wp_version, "wp_multisite": False,
            "wp_memory_limit": 536870912, "wp_debug_mode": False, "wp_cron": False, "wp_environment_type": "production",
            "language": "en_US", "external_object_cache": None, "server_info": "Demo shop", "server_architecture": "any",
            "php_version": "8.2.36", "php_post_max_size": 83886080, "php_max_execution_time": 300,
            "php_max_input_vars": 20000, "curl_version": "7.88.1, OpenSSL/3.0.19", "suhosin_installed": False,
            "max_upload_size": 67108864, "mysql_version": "10.11.19", "mysql_version_string": "10.11.19-MariaDB",
            "default_timezone": "UTC", "fsockopen_or_curl_enabled": True, "soapclient_enabled": False,
            "domdocument_enabled": True, "gzip_enabled": True, "mbstring_enabled": True,
            "remote_post_successful": False, "remote_post_response": False,
            "remote_get_successful": False, "remote_get_response": False,
        }  # fmt: skip
        if self.api.rows.old:
            del row["wp_environment_type"]
        return row

    def _settings(self) -> dict[str, Any]:
        state = self.state
        kinds = ("external", "grouped", "simple", "variable")
        visible = (
            "exclude-from-catalog",
            "exclude-from-search",
            "featured",
            "outofstock",
            *(f"rated-{n}" for n in range(1, 6)),
        )
        store = "Automattic\\WooCommerce\\Internal\\DataStores\\Orders\\OrdersTableDataStore"
        row = {
            "api_enabled": False, "force_ssl": False, "currency": state.currency,
            "currency_symbol": {"€": "&euro;"}.get(state.currency_symbol, state.currency_symbol),
            "currency_position": "left", "thousand_separator": state.settings["woocommerce_price_thousand_sep"],
            "decimal_separator": state.settings["woocommerce_price_decimal_sep"],
            "number_of_decimals": state.decimals, "geolocation_enabled": False,
            "taxonomies": {name: name for name in kinds},
            "product_visibility_terms": {name: name for name in visible},
            "woocommerce_com_connected": "no", "enforce_approved_download_dirs": True, "order_datastore": store,
            "HPOS_enabled": True, "HPOS_sync_enabled": False,
            "enabled_features": ["analytics", "custom_order_tables"],
        }  # fmt: skip
        return row


class Gateways(Resource):
    base, subject = "/payment_gateways", "settings"

    def routes(self) -> list[Route]:
        item = args.arguments("id:string context:string(view,edit)=view")
        return [
            Route(self.base, self.base, (Endpoint(("GET",), self.all, args.CONTEXT, self.subject, "list"),)),
            Route(
                f"{self.base}/(?P<id>[\\w-]+)",
                f"{self.base}/{{id}}",
                (
                    Endpoint(("GET",), self.one, item, self.subject, "read"),
                    Endpoint(
                        WRITE,
                        self.change,
                        args.GATEWAY_WRITE,
                        self.subject,
                        "edit",
                    ),
                ),
            ),
        ]

    def _row(self, gateway: dict[str, Any]) -> dict[str, Any]:
        row = {
            "id": gateway["id"], "title": gateway["title"], "description": gateway.get("description", ""), "order": "",
            "enabled": gateway["enabled"], "method_title": gateway["title"], "method_description": "",
            "method_supports": ["products", *(["refunds"] if gateway.get("refunds") else [])], "settings": {},
        }  # fmt: skip
        here = f"{self.api.home}/wp-json/wc/v3{self.base}"
        return row | {
            "_links": {"self": [{"href": f"{here}/{gateway['id']}"}], "collection": [{"href": here}]}
        }

    def all(self, call: Call) -> Reply:
        rows = [self._row(gateway) for gateway in self.state.gateways.values()]
        headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": "1"}
        return Reply(self.trimmed(rows, call), 200, headers)

    def _find(self, call: Call) -> tuple[int, dict[str, Any]]:
        for number, gateway in self.state.gateways.items():
            if gateway["id"] == call.ids["id"]:
                return number, gateway
        raise ApiError("woocommerce_rest_payment_gateway_invalid", "Resource does not exist.", 404)

    def one(self, call: Call) -> Reply:
        return Reply(self.single(self._row(self._find(call)[1]), call))

    def change(self, call: Call) -> Reply:
        number, gateway = self._find(call)
        changed = dict(gateway)
        for name in ("title", "description"):
            if call.params.get(name) is not None:
                changed[name] = str(call.params[name])
        if call.params.get("enabled") is not None:
            changed["enabled"] = truth(call.params["enabled"])
        self.state.gateways.put(number, changed)
        return Reply(self.single(self._row(changed), call))
