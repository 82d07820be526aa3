"""What goes over the wire: JSON as PHP writes it, answers, and the errors of the REST API."""

import json
from dataclasses import dataclass, field
from typing import Any

NAMESPACE = "wc/v3"


def php_json(value: Any) -> bytes:
    """Encode as PHP's json_encode does by default: ASCII only, slashes escaped, no blanks."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def php_number(value: float) -> int | float:
    """PHP writes a float without a fraction as an integer (119.0 becomes 119)."""
    return int(value) if float(value).is_integer() else float(value)


@dataclass(slots=True)
class Encoded:
    """A JSON fragment that is encoded already (a cached row); only ever joined, never parsed."""

    data: bytes


def encode(body: Any) -> bytes:
    """Encode an answer whose rows may be cached fragments: one fragment, a list, or a dict of lists."""
    if isinstance(body, Encoded):
        return body.data
    if isinstance(body, list) and any(isinstance(item, Encoded) for item in body):
        return b"[" + b",".join(encode(item) for item in body) + b"]"
    if isinstance(body, dict) and any(isinstance(value, list | Encoded) for value in body.values()):
        return b"{" + b",".join(php_json(key) + b":" + encode(value) for key, value in body.items()) + b"}"
    return php_json(body)


@dataclass(slots=True)
class Reply:
    """One answer. `body` is JSON data (or Encoded); `raw` wins when it is given (HTML, images)."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json; charset=UTF-8"

    def payload(self) -> bytes:
        return self.raw if self.raw is not None else encode(self.body)


class ApiError(Exception):
    """An error of the REST API. `data` is what stands beside `status` in the answer's data object;
    an int stands there alone, as the refund controller answers (data: 500)."""

    def __init__(self, code: str, message: str, status: int = 400, data: dict[str, Any] | int | None = None):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.data = data if isinstance(data, int) else {"status": status, **(data or {})}

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "data": self.data}


def no_route() -> ApiError:
    return ApiError("rest_no_route", "No route was found matching the URL and request method.", 404)


def html_page(title: str, content: str) -> bytes:
    """The bare page that WordPress shows when it cannot go on (wp_die)."""
    return (
        "<!DOCTYPE html>\n<html dir='ltr'>\n<head>\n"
        '\t<meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />\n'
        f"\t<title>{title}</title>\n</head>\n"
        f'<body id="error-page">\n\t<div class="wp-die-message">{content}</div></body>\n</html>\n'
    ).encode()
