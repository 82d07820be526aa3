"""/webhooks: registrations. Secrets are never shown again; the delivery itself is in webhooks.py above."""

import secrets as random_secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from backoffice.demo.shop import arguments as args
from backoffice.demo.shop.resources.base import Call, Resource, Route, item_links
from backoffice.demo.shop.webhooks import HOOKS, topic_is_valid
from backoffice.demo.shop.wire import ApiError


class Webhooks(Resource):
    base, subject = "/webhooks", "webhook"
    list_schema = args.WEBHOOK_LIST
    write_schema = args.WEBHOOK_WRITE

    def routes(self) -> list[Route]:
        """The running shop does not list delivery_url for changes, though it takes it."""
        routes = super().routes()
        for route in routes[1:]:
            for endpoint in route.endpoints:
                endpoint.schema = args.without(dict(endpoint.schema), "delivery_url")
        return routes

    def rows(self, call: Call) -> list[dict[str, Any]]:
        params, found = call.params, list(self.state.webhooks.values())
        if params.get("status", "all") != "all":
            found = [row for row in found if row["status"] == params["status"]]
        if params.get("include"):
            found = [row for row in found if row["id"] in params["include"]]
        if params.get("search"):
            found = [row for row in found if str(params["search"]).lower() in row["name"].lower()]
        return sorted(found, key=lambda row: row["id"], reverse=params.get("order") == "desc")

    def show(self, item: dict[str, Any], call: Call, context: str) -> dict[str, Any]:
        resource, _, event = item["topic"].partition(".")
        state = self.state
        row = {
            "id": item["id"], "name": item["name"], "status": item["status"], "topic": item["topic"],
            "resource": resource, "event": event, "hooks": HOOKS.get(item["topic"], [event]),
            "delivery_url": item["delivery_url"],
            "date_created": state.local(item["created"]), "date_created_gmt": state.gmt(item["created"]),
            "date_modified": state.local(item["modified"]), "date_modified_gmt": state.gmt(item["modified"]),
        }  # fmt: skip
        return row | {"_links": item_links(self.api.home, self.base, item["id"])}

    def find(self, call: Call, number: int, action: str) -> dict[str, Any]:
        if number not in self.state.webhooks:
            status = 400 if action == "edit" else 404
            raise ApiError("woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.", status)
        return self.state.webhooks[number]

    def _checked(self, data: Mapping[str, Any], *, new: bool) -> None:
        topic, url = data.get("topic"), data.get("delivery_url")
        if (new or topic is not None) and not topic_is_valid(str(topic or "")):
            raise ApiError(
                "woocommerce_rest_shop_webhook_invalid_topic",
                "Webhook topic is required and must be valid.",
                400,
            )
        if new or url is not None:
            parts = urlsplit(str(url or ""))
            if parts.scheme not in ("http", "https") or not parts.netloc:
                text = "Webhook delivery URL must be a valid URL starting with http:// or https://."
                raise ApiError("woocommerce_rest_shop_webhook_invalid_delivery_url", text, 400)

    def create_one(self, call: Call, data: Mapping[str, Any]) -> dict[str, Any]:
        self._checked(data, new=True)
        state, number = self.state, self.state.next("webhook")
        row = {
            "id": number, "name": str(data.get("name") or f"Webhook created on {state.local(state.now())}"),
            "status": data.get("status") or "active", "topic": str(data["topic"]),
            "delivery_url": str(data["delivery_url"]), "secret": str(data.get("secret") or random_secrets.token_urlsafe(37)),
            "created": state.now(), "modified": None, "failures": 0, "user_id": 1,
        }  # fmt: skip
        state.webhooks.put(number, row)
        shown = dict(row)
        # The answer to the creation still says null; the ping that follows sets the date.
        state.webhooks.put(number, row | {"modified": state.now()})
        if row["status"] == "active":
            state.emit("ping", number)
        return shown

    def update_one(self, call: Call, item: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        self._checked(data, new=False)
        changed = dict(item)
        for name in ("name", "status", "topic", "delivery_url", "secret"):
            if data.get(name) is not None:
                changed[name] = str(data[name])
        changed["modified"] = self.state.now()
        return self.state.webhooks.put(item["id"], changed)

    def delete_one(self, call: Call, item: dict[str, Any], force: bool) -> None:
        if not force:
            raise ApiError("woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.", 501)
        self.state.webhooks.drop(item["id"])
