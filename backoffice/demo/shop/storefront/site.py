"""Routes the storefront's addresses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from backoffice.demo.shop.wire import Reply

if TYPE_CHECKING:
    from backoffice.demo.shop.api import Api


class Site:
    def __init__(self, api: "Api"):
        self.api = api

    def answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        if path.startswith("/wp-content/uploads/"):
            return self.upload(path.removeprefix("/wp-content/uploads/"))
        return Reply(raw=b"<!DOCTYPE html><title>Shop</title>", content_type="text/html; charset=UTF-8")

    def upload(self, file: str) -> Reply:
        for number, image in list(self.api.state.images.items()):
            if image["file"] == file:
                return Reply(raw=self.api.state.files.get(number, b""), content_type=image["type"])
        return Reply(raw=b"", status=404, content_type="text/html; charset=UTF-8")
