"""/customers: accounts of the shop. There is no "modified since" here; the parameter is ignored."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.resources.base import Call, Resource, item_links
from backoffice.demo.shop.state import ShopState
from backoffice.demo.shop.text import slug
from backoffice.demo.shop.wire import ApiError

ADDRESS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "postcode",
    "country",
    "state",
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+$")


def new_customer(state: ShopState, email: str, *, username: str = "", customer_id: int = 0) -> dict[str, Any]:
    """An account without addresses, in the shape it is stored."""
    number = customer_id or state.next("user")
    state.seen("user", number)
    return {
        "id": number, "email": email, "username": username or free_username(state, email), "role": "customer",
        "first_name": "", "last_name": "", "created": state.now(), "modified": state.now(),
        "billing": dict.fromkeys((*ADDRESS[:9], "email", "phone"), ""),
        "shipping": dict.fromkeys((*ADDRESS[:9], "phone"), ""),
        "is_paying_customer": False,
        "meta_data": [],
    }  # fmt: skip


def free_username(state: ShopState, email: str) -> str:
    taken = {row["username"] for row in state.customers.values()}
    base = slug(email.split("@")[0].replace(".", "")) or "customer"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    return found


class Customers(Resource):
    base, subject = "/customers", "customer"
    list_schema = args.CUSTOMER_LIST
    write_schema = args.CUSTOMER_WRITE
    delete_schema = args.CUSTOMER_DELETE

    def rows(self, call: Call) -> list[dict[str, Any]]:
        params, found = call.params, list(self.state.customers.values())
        if params.get("role", "customer") != "all":
            found = [row for row in found if row["role"] == params.get("role", "customer")]
        if params.get("email"):
            found = [row for row in found if row["email"].lower() == str(params["email"]).lower()]
        if params.get("include"):
            found = [row for row in found if row["id"] in params["include"]]
        if params.get("exclude"):
            found = [row for row in found if row["id"] not in params["exclude"]]
        if params.get("search"):
            text = str(params["search"]).lower()
            found = [
                r
                for r in found
                if text in f"{r['username']} {r['email']} {r['first_name']} {r['last_name']}".lower()
            ]
        keys: dict[str, Any] = {"id": lambda r: r["id"], "registered_date": lambda r: (r["created"], r["id"])}
        key = keys.get(params.get("orderby", "name"), lambda r: (r["username"].lower(), r["id"]))
        return sorted(found, key=key, reverse=params.get("order") == "desc")

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        state = self.state
        digest = hashlib.sha256(item["email"].strip().lower().encode()).hexdigest()
        row = {
            "id": item["id"],
            "date_created": state.local(item["created"]),
            "date_created_gmt": state.gmt(item["created"]),
            "date_modified": state.local(item["modified"]),
            "date_modified_gmt": state.gmt(item["modified"]),
            "email": item["email"], "first_name": item["first_name"], "last_name": item["last_name"],
            "role": item["role"], "username": item["username"],
            "billing": item["billing"], "shipping": item["shipping"],
            "is_paying_customer": item["is_paying_customer"],
            "avatar_url": f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g",
            # Keys that start with an underscore are stored but never shown.
            "meta_data": [m for m in item["meta_data"] if not m["key"].startswith("_")],
        }  # fmt: skip
        return row | {"_links": item_links(self.api.home, self.base, item["id"])}

    def find(self, call: Call, number: int, action: str) -> dict[str, Any]:
        if number not in self.state.customers:
            raise ApiError(
                "woocommerce_rest_invalid_id", "Invalid resource ID.", 400 if action == "edit" else 404
            )
        return self.state.customers[number]

    def _refuse_email(self, email: str, own: int) -> None:
        if not _EMAIL.match(email):
            raise ApiError("customer_invalid_email", "Invalid email address", 400)
        if any(r["email"].lower() == email.lower() and r["id"] != own for r in self.state.customers.values()):
            raise ApiError(
                "registration-error-email-exists",
                f"An account is already registered with {email}. Please log in or use a different email address.",
                400,
            )

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        email, username = str(data.get("email") or ""), str(data.get("username") or "")
        if not _EMAIL.match(email):
            raise ApiError("customer_invalid_email", "Invalid email address", 400)
        self._refuse_email(email, 0)
        if username and any(row["username"] == username for row in self.state.customers.values()):
            raise ApiError(
                "registration-error-username-exists",
                "An account is already registered with that username. Please choose another.",
                400,
            )
        row = new_customer(self.state, email, username=username)
        if not data.get("password"):
            row["meta_data"] = [
                {"id": self.state.next("usermeta"), "key": "default_password_nag", "value": "1"}
            ]
        self.state.customers.put(row["id"], self._written(row, data))
        self.state.emit("customer.created", row["id"])
        return self.state.customers[row["id"]]

    def _written(self, row: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(row)
        for name in ("first_name", "last_name", "email"):
            if data.get(name) is not None:
                changed[name] = str(data[name])
        for name in ("billing", "shipping"):
            if isinstance(data.get(name), dict):
                known = {k: str(v) for k, v in data[name].items() if k in changed[name] and v is not None}
                changed[name] = changed[name] | known
        if isinstance(data.get("meta_data"), list):
            changed["meta_data"] = self.api.rules.merged_meta(changed["meta_data"], data["meta_data"])
        return changed

    def update_one(self, call: Call, item: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        if data.get("username") and data["username"] != item["username"]:
            raise ApiError("woocommerce_rest_customer_invalid_argument", "Username isn't editable.", 400)
        if data.get("email"):
            self._refuse_email(str(data["email"]), item["id"])
        changed = self._written(item, data) | {"modified": self.state.now()}
        self.state.customers.put(item["id"], changed)
        self.state.emit("customer.updated", item["id"])
        return changed

    def delete_one(self, call: Call, item: dict[str, Any], force: bool) -> None:
        if not force:
            raise ApiError("woocommerce_rest_trash_not_supported", "Customers do not support trashing.", 501)
        self.state.customers.drop(item["id"])
        self.state.emit("customer.deleted", item["id"])
