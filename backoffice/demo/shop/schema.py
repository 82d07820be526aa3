"""Arguments of the REST routes: written as one line each, checked as WordPress checks them.

A line reads `name:type`, with what applies of: `(a,b)` the allowed words, `=x` the default, `!` required,
`~date-time` a format, `@1..100` the bounds. Types may be joined by `|`; `array<integer>` names the item type,
`object{address}` and `array<{meta}>` a shape of SHAPES. `$name` as a word stands for words of the running shop.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backoffice.demo.shop.wire import ApiError

Words = Callable[[str], list[str]]
ANYTHING = ("null", "object", "string", "number", "boolean", "integer", "array")

_ADDRESS = dict.fromkeys(
    "first_name last_name company address_1 address_2 city state postcode country".split(), ("string",)
)
SHAPES: dict[str, dict[str, tuple[str, ...]]] = {
    "billing": {**_ADDRESS, "email": ("string", "null"), "phone": ("string",)},
    "customer_billing": {**_ADDRESS, "email": ("string",), "phone": ("string",)},
    "shipping": dict(_ADDRESS),
    "customer_shipping": {**_ADDRESS, "phone": ("string",)},
    "size": {"length": ("string",), "width": ("string",), "height": ("string",)},
    "meta": {"id": ("integer",), "key": ("string",), "value": ANYTHING},
    "setting": dict.fromkeys("id label description type value default tip placeholder".split(), ("string",)),
    "term": {"id": ("integer",), "name": ("string",), "slug": ("string",)},
    "image": {
        "id": ("integer",),
        **{
            f"date_{what}{zone}": ("null", "string")
            for what in ("created", "modified")
            for zone in ("", "_gmt")
        },
        "src": ("string",),
        "name": ("string",),
        "alt": ("string",),
    },
    "attribute": {
        "id": ("integer",),
        "name": ("string",),
        "position": ("integer",),
        "visible": ("boolean",),
        "variation": ("boolean",),
        "options": ("array",),
    },
    "option": {"id": ("integer",), "name": ("string",), "option": ("string",)},
    "download": {"id": ("string",), "name": ("string",), "file": ("string",)},
    "line": {
        "id": ("integer",),
        "name": ANYTHING,
        "parent_name": ("string",),
        "product_id": ANYTHING,
        "variation_id": ("integer",),
        "quantity": ("integer",),
        **dict.fromkeys(("tax_class", "subtotal", "subtotal_tax", "total", "total_tax"), ("string",)),
        "taxes": ("array",),
        "meta_data": ("array",),
        "sku": ("string",),
        "global_unique_id": ("string",),
        "price": ("number",),
        "image": ("object",),
    },
    "shipping_line": {
        "id": ("integer",),
        "method_title": ANYTHING,
        "method_id": ANYTHING,
        "instance_id": ("string",),
        "total": ("string",),
        "total_tax": ("string",),
        "taxes": ("array",),
        "meta_data": ("array",),
    },
    "fee_line": {
        "id": ("integer",),
        "name": ANYTHING,
        **dict.fromkeys(("tax_class", "tax_status", "total", "total_tax"), ("string",)),
        "taxes": ("array",),
        "meta_data": ("array",),
    },
    "coupon_line": {
        "id": ("integer",),
        "code": ANYTHING,
        **dict.fromkeys(("discount", "discount_tax", "discount_type"), ("string",)),
        "nominal_amount": ("number",),
        "free_shipping": ("boolean",),
        "meta_data": ("array",),
    },
}

_LINE = re.compile(
    r"(?P<name>\w+):(?P<types>[a-z|]+)(?:<(?P<item>[^>]+)>|\{(?P<shape>\w+)\})?(?:\((?P<words>[^)]*)\))?"
    r"(?:=(?P<default>[^\s!~@]*))?(?P<required>!)?(?:~(?P<format>[a-z-]+))?(?:@(?P<low>\d+)?\.\.(?P<high>\d+)?)?$"
)


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    types: tuple[str, ...]
    words: tuple[str, ...] = ()
    default: Any = None
    has_default: bool = False
    required: bool = False
    format: str = ""
    minimum: int | None = None
    maximum: int | None = None
    item: str = ""
    item_words: tuple[str, ...] = ()
    shape: str = ""

    def describe(self, words: Words) -> dict[str, Any]:
        """The argument as the public route index lists it."""
        found: dict[str, Any] = {"description": self.name.replace("_", " ").capitalize() + "."}
        found["type"] = self.types[0] if len(self.types) == 1 else list(self.types)
        if self.has_default:
            found["default"] = self.default
        if self.words:
            found["enum"] = resolve(self.words, words)
        if self.format:
            found["format"] = self.format
        if self.minimum is not None:
            found["minimum"] = self.minimum
        if self.maximum is not None:
            found["maximum"] = self.maximum
        if self.shape:
            properties = {
                n: {"type": t[0] if len(t) == 1 else list(t)} for n, t in SHAPES[self.shape].items()
            }
            if self.types == ("array",):
                found["items"] = {"type": "object", "properties": properties}
            else:
                found["properties"] = properties
        elif self.item:
            found["items"] = {"type": self.item}
            if self.item_words:
                found["items"]["enum"] = resolve(self.item_words, words)
        found["required"] = self.required
        return found


def resolve(listed: tuple[str, ...], words: Words) -> list[str]:
    out: list[str] = []
    for word in listed:
        out.extend(words(word[1:]) if word.startswith("$") else [word])
    return out


def _default(text: str, types: tuple[str, ...]) -> Any:
    if text == "[]":
        return []
    if text == "null":
        return None
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    if types == ("integer",):
        return int(text)
    return text


def arguments(lines: str) -> dict[str, Argument]:
    """Read argument lines (see the module's text); order is kept, as error messages name them in order."""
    found: dict[str, Argument] = {}
    for token in lines.split():
        match = _LINE.match(token)
        if match is None:
            raise ValueError(f"unreadable argument {token!r}")
        types = tuple(match["types"].split("|"))
        item, shape, item_words = match["item"] or "", match["shape"] or "", ()
        words = tuple(w for w in (match["words"] or "").split(",") if w)
        if item.startswith("{"):
            item, shape = "", item.strip("{}")
        if types == ("array",) and words:
            item_words, words = words, ()
        has_default = match["default"] is not None
        found[match["name"]] = Argument(
            name=match["name"],
            types=types,
            words=words,
            default=_default(match["default"], types) if has_default else None,
            has_default=has_default,
            required=bool(match["required"]),
            format=match["format"] or "",
            minimum=int(match["low"]) if match["low"] else None,
            maximum=int(match["high"]) if match["high"] else None,
            item=item,
            item_words=item_words,
            shape=shape,
        )
    return found


@dataclass
class Problems:
    """What is wrong with a request, per argument, in the order of the schema."""

    found: dict[str, tuple[str, str, Any]] = field(default_factory=dict)

    def add(self, name: str, code: str, message: str, data: Any = None) -> None:
        self.found.setdefault(name, (code, message, data))

    def raise_any(self) -> None:
        if self.found:
            raise ApiError(
                "rest_invalid_param",
                "Invalid parameter(s): " + ", ".join(self.found),
                400,
                {
                    "params": {name: message for name, (_, message, _) in self.found.items()},
                    "details": {
                        name: {"code": code, "message": message, "data": data}
                        for name, (code, message, data) in self.found.items()
                    },
                },
            )


def validated(values: Mapping[str, Any], schema: Mapping[str, Argument], words: Words) -> dict[str, Any]:
    """Check a single call's parameters, cast them, and fill in defaults. Unknown names pass untouched.

    Raises ApiError rest_missing_callback_param or rest_invalid_param (400).
    """
    missing = [name for name, arg in schema.items() if arg.required and values.get(name) is None]
    if missing:
        raise ApiError(
            "rest_missing_callback_param",
            "Missing parameter(s): " + ", ".join(missing),
            400,
            {"params": missing},
        )
    problems = Problems()
    out = dict(values)
    for name, arg in schema.items():
        if name not in values:
            if arg.has_default:
                out[name] = arg.default
            continue
        check(values[name], arg, name, words, problems)
        if name not in problems.found:
            out[name] = cast(values[name], arg)
    problems.raise_any()
    return out


def check(value: Any, arg: Argument, name: str, words: Words, problems: Problems) -> None:
    if not any(fits(value, kind) for kind in arg.types):
        kinds = arg.types[0] if len(arg.types) == 1 else ",".join(arg.types)
        problems.add(name, "rest_invalid_type", f"{name} is not of type {kinds}.", {"param": name})
        return
    if arg.words:
        allowed = resolve(arg.words, words)
        if value not in allowed:
            problems.add(name, "rest_not_in_enum", f"{name} is not one of {_listed(allowed)}.")
    if arg.item or arg.item_words:
        allowed = resolve(arg.item_words, words)
        for index, item in enumerate(split(value)):
            if arg.item and not fits(item, arg.item):
                _report(
                    problems, name, "rest_invalid_type", f"{name}[{index}] is not of type {arg.item}.", index
                )
            elif allowed and item not in allowed:
                problems.add(name, "rest_not_in_enum", f"{name}[{index}] is not one of {_listed(allowed)}.")
    if arg.shape:
        _check_shape(value, arg, name, problems)
    if arg.format and isinstance(value, str) and value:
        _check_format(value, arg.format, name, problems)
    _check_bounds(value, arg, name, problems)


def _report(problems: Problems, name: str, code: str, message: str, index: int) -> None:
    problems.add(name, code, message, {"param": f"{name}[{index}]"})


def _check_shape(value: Any, arg: Argument, name: str, problems: Problems) -> None:
    shape = SHAPES[arg.shape]
    items = (
        [(f"{name}[{i}]", item) for i, item in enumerate(value)]
        if isinstance(value, list)
        else [(name, value)]
    )
    for path, item in items:
        if not isinstance(item, dict):
            problems.add(name, "rest_invalid_type", f"{path} is not of type object.", {"param": path})
            continue
        for key, kinds in shape.items():
            if key in item and not any(fits(item[key], kind) for kind in kinds):
                text = f"{path}[{key}] is not of type {','.join(kinds)}."
                problems.add(name, "rest_invalid_type", text, {"param": f"{path}[{key}]"})


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?(?:\d{2})?)?$")


def _check_format(value: str, kind: str, name: str, problems: Problems) -> None:
    if kind == "date-time" and not _MOMENT.match(value):
        problems.add(name, "rest_invalid_date", "Invalid date.")
    elif kind == "email" and not re.match(r"[^@\s]+@[^@\s]+\.[^@\s]+$", value):
        problems.add(name, "rest_invalid_email", "Invalid email address.")


def _check_bounds(value: Any, arg: Argument, name: str, problems: Problems) -> None:
    if arg.minimum is None and arg.maximum is None:
        return
    number, low, high = float(value), arg.minimum, arg.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        if low is not None and high is not None:
            text = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
        elif low is not None:
            text = f"{name} must be greater than or equal to {low}"
        else:
            text = f"{name} must be less than or equal to {high}"
        problems.add(name, "rest_out_of_bounds", text)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + ", and " + words[-1]


def split(value: Any) -> list[Any]:
    """A list as it is; text at its commas and blanks, as WordPress reads list parameters."""
    if isinstance(value, list):
        return value
    return [part for part in re.split(r"[\s,]+", str(value)) if part]


def fits(value: Any, kind: str) -> bool:
    match kind:
        case "string":
            return isinstance(value, str)
        case "integer":
            if isinstance(value, bool):
                return False
            if isinstance(value, int | float):
                return float(value).is_integer()
            return isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.0*)?", value.strip()) is not None
        case "number":
            if isinstance(value, bool):
                return False
            return isinstance(value, int | float) or (
                isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d*)?", value) is not None
            )
        case "boolean":
            return isinstance(value, bool) or value in (0, 1, "", "true", "false", "0", "1", "TRUE", "FALSE")
        case "array":
            return isinstance(value, list | str | int | float) and not isinstance(value, bool)
        case "object":
            return isinstance(value, dict) or value == ""
        case "null":
            return value is None
    return False


def cast(value: Any, arg: Argument) -> Any:
    if arg.types == ("integer",):
        return int(float(value))
    if arg.types == ("boolean",):
        return value in (True, 1, "true", "1", "TRUE")
    if arg.types == ("array",):
        parts = split(value)
        return [int(float(part)) for part in parts] if arg.item == "integer" else parts
    return value
