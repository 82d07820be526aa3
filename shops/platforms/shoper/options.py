"""The options by which variants differ: found by their names, made where they are missing (shoper.md, 4).

A product has one group of options; a variant names a value of each of the group's stock options.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from backoffice.lib.errors import KontorError, Refused, UnexpectedAnswer
from shops.platforms.shoper.client import Call, Client, listing
from shops.platforms.shoper.mapping import values
from shops.platforms.shoper.mapping.articles import Axis
from shops.platforms.shoper.sending import new_id
from shops.platforms.shoper.setup import Setup
from shops.records import ArticleRecord

Pairs = Sequence[tuple[str, str]]


class Options:
    def __init__(self, client: Client, setup: Setup) -> None:
        self.client = client
        self.setup = setup

    def group_for(self, names: Sequence[str]) -> str:
        """The group whose stock options have just these names; made when there is none. Raises Refused."""
        wanted = sorted(name.casefold() for name in names)
        axes = self.setup.axes
        for group_id in sorted({axis.group_id for axis in axes.values()}, key=int):
            if sorted(axis.name.casefold() for axis in axes.of_group(group_id)) == wanted:
                return group_id
        return self._make_group(names)

    def _make_group(self, names: Sequence[str]) -> str:
        """A group of this name may be left over from an attempt that was cut off: what it lacks is added."""
        title = ", ".join(names)
        rows = self.client.rows(listing("option-groups"))
        groups = [row for row in rows if values.name(self._words(row)).casefold() == title.casefold()]
        try:
            group_id = (
                values.own_id(groups[0], "group_id")
                if groups
                else new_id(
                    self.client.call(Call("POST", "option-groups", {"translations": self._text(name=title)}))
                )
            )
            there = {axis.name.casefold() for axis in self.setup.axes.of_group(group_id)}
            missing = [
                Call(
                    "POST",
                    "options",
                    {
                        "group_id": int(group_id),
                        "type": "select",
                        "required": True,
                        "stock": True,
                        "order": place,
                        "translations": self._text(name=name),
                    },
                )
                for place, name in enumerate(names, start=1)
                if name.casefold() not in there
            ]
            _raise_first(self.client.bulks(missing))
        except (Refused, UnexpectedAnswer) as error:
            raise Refused(
                _("The shop has no group of options “%(names)s”, and does not let it be made from outside.")
                % {"names": title},
                cure=_("Make the group in Shoper's panel, with these options ticked as affecting the stock."),
                detail=error.detail,
                key=f"option_group:{title.casefold()}",
            ) from error
        self._forget()
        return group_id

    def chosen(
        self, group_id: str, records: Sequence[ArticleRecord]
    ) -> dict[int, list[dict[str, int]] | Refused]:
        """{position: options of the row} of variants of products with this group; missing values are made."""
        axes = self.setup.axes.of_group(group_id)
        missing: dict[tuple[str, str], Call] = {}
        for record in records:
            for axis, text in _pairs(axes, record.variant or ()):
                if _value_of(axis, text) is None:
                    missing[axis.option_id, text.casefold()] = Call(
                        "POST",
                        "option-values",
                        {
                            "option_id": int(axis.option_id),
                            "order": len(axis.values) + len(missing) + 1,
                            "translations": self._text(value=text),
                        },
                    )
        if missing:
            _raise_first(self.client.bulks(list(missing.values())))
            self._forget()
            axes = self.setup.axes.of_group(group_id)
        return {position: self._row(axes, record) for position, record in enumerate(records)}

    @staticmethod
    def _row(axes: Sequence[Axis], record: ArticleRecord) -> list[dict[str, int]] | Refused:
        pairs = list(_pairs(axes, record.variant or ()))
        if len(pairs) != len(axes) or len(pairs) != len(record.variant or ()):
            return Refused(
                _("In the shop the variants of this product differ by %(theirs)s, here by %(ours)s.")
                % {
                    "theirs": ", ".join(axis.name for axis in axes) or _("nothing"),
                    "ours": ", ".join(name for name, _value in record.variant or ()),
                },
                cure=_("Name the options alike on both sides."),
                key="other_options",
            )
        return [
            {"option_id": int(axis.option_id), "value_id": int(_value_of(axis, text) or 0)}
            for axis, text in pairs
        ]

    def _forget(self) -> None:
        self.setup.__dict__.pop("axes", None)

    def _text(self, **texts: str) -> dict[str, Any]:
        return {self.setup.locale: texts}

    def _words(self, row: values.Payload) -> values.Payload:
        return values.words(row, self.setup.locale)


def _pairs(axes: Sequence[Axis], chosen: Pairs) -> list[tuple[Axis, str]]:
    """The chosen texts with their options, by name; what the group does not have is left out."""
    by_name = {axis.name.casefold(): axis for axis in axes}
    return [(by_name[name.casefold()], text) for name, text in chosen if name.casefold() in by_name]


def _value_of(axis: Axis, text: str) -> str | None:
    return next((pk for pk, known in axis.values.items() if known.casefold() == text.casefold()), None)


def _raise_first(bodies: Sequence[Any]) -> None:
    for body in bodies:
        if isinstance(body, KontorError):
            raise body
