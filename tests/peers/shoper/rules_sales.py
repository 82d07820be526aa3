"""What the stand-in makes of writes about who buys: customers, addresses, orders, parcels (shoper.md, 5, 7)."""

from __future__ import annotations

import re

from tests.peers.shoper.fields import invalid, required
from tests.peers.shoper.store import Row, Store

_ADDRESS = ("firstname", "lastname", "street_1", "city", "zip_code", "phone")


class SalesRules:
    store: Store

    # Users

    def _new_user(self, values: Row) -> Row:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(values.get("email", ""))):
            raise required("email")
        self._unique_email(values["email"], 0)
        if "password" in values and len(str(values.pop("password"))) < 12:
            raise invalid("Wartość pola 'password' jest niepoprawna: minimum 12")
        fields = {
            "firstname": "", "lastname": "", "active": 1, "comment": "", "discount": 0, "group_id": None, "lang_id": 1,
            "registered": 1, "origin": 4, "date_add": self.store.now(), "lastvisit": "0000-00-00 00:00:00",
        }  # fmt: skip
        return self.store.add("users", **(fields | values))

    def _unique_email(self, email: str, own: int) -> None:
        for row in self.store.rows("users"):
            if row["email"].casefold() == email.casefold() and row["user_id"] != own:
                raise invalid(f"Wartość pola 'email' jest niepoprawna: '{email}' już istnieje")

    def _new_address(self, values: Row) -> Row:
        missing = [name for name in _ADDRESS if not values.get(name)]
        if not (values.get("country") or values.get("country_code")):
            missing.append("country")
        if not values.get("user_id") or missing:
            raise required(*missing, *(["user_id"] if not values.get("user_id") else []))
        fields = dict.fromkeys(
            ("company_name", "tax_identification_number", "street_2", "state", "pesel"), ""
        )
        fields |= {"country": "Polska", "country_code": "PL", "default": 0, "shipping_default": 0}
        return self.store.add("user-addresses", **(fields | values))

    # Orders

    def _change_order(self, row: Row, values: Row) -> None:
        if (status_id := values.pop("status_id", None)) is not None:
            self.store.set_status(row, status_id)
        row.update(values)

    def _new_parcel(self, values: Row) -> Row:
        missing = [name for name in ("order_id", "shipping_id") if not values.get(name)]
        if missing:
            raise required(*missing)
        if self.store.tables["orders"][values["order_id"]].get("parent_order_id"):
            raise invalid("order_combined")
        values.setdefault("products", self._unsent(values["order_id"]))
        sent = bool(values.pop("send", False) or values.pop("sent", False))
        fields = {"shipping_code": "", "notes": "", "products": [], "sent": int(sent), "online": 0, **values}
        parcel = self.store.add("parcels", order_date=self.store.now(), send_date=self.store.now() if sent else "0000-00-00 00:00:00", **fields)  # fmt: skip
        name = "shopping_parcel_send_status_id" if sent else "shopping_parcel_create_status_id"
        self.store.set_status(self.store.tables["orders"][values["order_id"]], int(self.store.config[name]))
        return parcel

    def _unsent(self, order_id: int) -> list[Row]:
        """What a parcel without a list of its products holds: all that is in no other one."""
        gone = {
            one["order_product_id"]
            for row in self.store.rows("parcels", order_id=order_id)
            for one in row["products"]
        }
        lines = [row for row in self.store.rows("order-products", order_id=order_id) if row["id"] not in gone]
        return [{"order_product_id": row["id"], "quantity": row["quantity"]} for row in lines]

    def _change_parcel(self, row: Row, values: Row) -> None:
        if row["sent"] and set(values) - {"shipping_code"}:
            raise invalid("parcel_already_sent")
        if values.pop("send", False) or values.pop("sent", False):
            row["sent"], row["send_date"] = 1, self.store.now()
            status = int(self.store.config["shopping_parcel_send_status_id"])
            self.store.set_status(self.store.tables["orders"][row["order_id"]], status)
        row.update(values)
