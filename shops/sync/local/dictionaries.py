"""Our side of units, categories, producers and VAT rates."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, cast

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError, NotYet, Refused
from inventory.models import Category, Producer, Unit, VatRate
from shops.records import CategoryRecord, ProducerRecord, Record, UnitRecord, VatRateRecord
from shops.sync.local.base import Incoming, LocalType


class _Named(LocalType):
    """A dictionary whose rows are a name and nothing else."""

    record_class: type[UnitRecord] | type[ProducerRecord]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for pk, name in self.model._default_manager.values_list("pk", "name"):
            if (key := name.strip().casefold()[:300]) in keys:
                found.setdefault(key, []).append(pk)
        return found

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        rows = self.model._default_manager.filter(pk__in=ids).values_list("pk", "name")
        return {pk: self.record_class(name=name) for pk, name in rows}

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        taken = {name.casefold(): pk for pk, name in self.model._default_manager.values_list("pk", "name")}
        results: list[int | KontorError] = []
        for item in items:
            name = str(getattr(item.record, "name", "") or "").strip()
            results.append(self._apply_one(item, name, taken))
        return results

    def _apply_one(self, item: Incoming, name: str, taken: dict[str, int]) -> int | KontorError:
        if not name:
            return Refused(
                _("It has no name in the shop."), cure=_("Give it a name in the shop."), key="no_name"
            )
        holder = taken.get(name.casefold())
        if holder is not None and holder != item.local_id:
            return Conflict(
                _("Kontor already has another “%(name)s”.") % {"name": name},
                cure=_("Link the two on the Mappings page, or rename one of them."),
                key="name_taken",
            )
        if item.local_id is None:
            taken[name.casefold()] = pk = self.model._default_manager.create(name=name).pk
            return cast(int, pk)
        self.model._default_manager.filter(pk=item.local_id).update(name=name)
        return item.local_id


class Units(_Named):
    kind = "unit"
    model = Unit
    record_class = UnitRecord


class Producers(_Named):
    kind = "producer"
    model = Producer
    record_class = ProducerRecord


class VatRates(LocalType):
    """Natural key: country and percentage (DESIGN.md §3).

    Exempt and not subject to VAT ("zw.", "np.") is no percentage, though both are kept as 0: such rates, the shop's as ours,
    have no natural key. They are linked by hand, never with plain 0 %.
    """

    kind = "vat_rate"
    model = VatRate

    @staticmethod
    def _key(country: str, percent: Decimal) -> str:
        return f"{country}:{percent.normalize():f}"

    def natural_key(self, record: Record) -> str:
        rate = cast(VatRateRecord, record)
        if rate.percent is None:
            return ""
        return self._key(rate.country or self.shop.country, rate.percent)

    def label(self, record: Record) -> str:
        rate = cast(VatRateRecord, record)
        if rate.percent is None:
            named = " ".join(part for part in (rate.country, rate.name or "?") if part)
            return (_("%(rate)s (no percentage: exempt or not subject to VAT)") % {"rate": named})[:300]
        percent = f"{rate.percent.normalize():f} %"
        return " ".join(part for part in (rate.country, percent, rate.name) if part)[:300]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        rates = VatRate.objects.exclude(kind=VatRate.Kind.EXEMPT)
        for pk, country, percent in rates.values_list("pk", "country", "percent"):
            if (key := self._key(country, percent)) in keys:
                found.setdefault(key, []).append(pk)
        return found

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        return {
            rate.pk: VatRateRecord(name=rate.name or None, country=rate.country, percent=rate.percent)
            for rate in VatRate.objects.filter(pk__in=ids)
        }

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        results: list[int | KontorError] = []
        for item in items:
            rate = cast(VatRateRecord, item.record)
            country = rate.country or self.shop.country
            if rate.percent is None and rate.name and country:
                results.append(_no_percentage(rate.name))
            elif rate.percent is None or not country:
                results.append(
                    Refused(
                        _("The shop does not say for which country or how high this rate is."),
                        cure=_(
                            "Enter the shop's home country on its Connection page, or link the rate by hand."
                        ),
                        key="vat_incomplete",
                    )
                )
            elif item.local_id is None:
                row, _created = VatRate.objects.get_or_create(
                    country=country, percent=rate.percent, defaults={"name": (rate.name or "")[:60]}
                )
                results.append(_is_exempt_here(row) if row.kind == VatRate.Kind.EXEMPT else row.pk)
            else:
                VatRate.objects.filter(pk=item.local_id).update(name=(rate.name or "")[:60])
                results.append(item.local_id)
        return results


def _no_percentage(name: str) -> Refused:
    return Refused(
        _("“%(rate)s” is no percentage in the shop: goods are exempt from VAT, or not subject to it.")
        % {"rate": name},
        cure=_(
            "Link it on the Mappings page with your rate that means the same; zero per cent is something else."
        ),
        key=f"vat_no_percentage:{name}"[:200],
    )


def _is_exempt_here(rate: VatRate) -> Refused:
    return Refused(
        _("Your rate “%(rate)s” means exempt from VAT, the shop's is 0 %%.") % {"rate": rate},
        cure=_("Link the two on the Mappings page if they mean the same in this shop."),
        key="vat_exempt_here",
    )


class Categories(LocalType):
    """Natural key: the name under the parent. The parent's link must be known first, so levels are linked in turn."""

    kind = "category"
    model = Category

    def natural_key(self, record: Record) -> str:
        category = cast(CategoryRecord, record)
        name = (category.name or "").strip().casefold()
        return f"{category.parent_id or ''}/{name}"[:300] if name else ""

    def waves(self) -> list[QuerySet[Any]]:
        rows = Category.objects.with_tree_fields()
        deepest = max((row.tree_depth for row in rows), default=-1)
        missing = set(self.only_here().values_list("pk", flat=True))
        levels = []
        for depth in range(deepest + 1):
            ids = [row.pk for row in rows if row.tree_depth == depth and row.pk in missing]
            levels.append(Category.objects.without_tree_fields().filter(pk__in=ids))
        # A loop (made past the forms) is in no level: it comes last, so that each of its members is reported.
        looped = missing - {row.pk for row in rows}
        return [*levels, Category.objects.without_tree_fields().filter(pk__in=looped)]

    def find(self, keys: Collection[str]) -> dict[str, list[int]]:
        """Keys hold the parent's id in the shop, which our side knows by the parent's link."""
        self.side.forget(self.kind)
        remote_of = self.side.remote_ids(self.kind)
        found: dict[str, list[int]] = {}
        for pk, parent, name in Category.objects.without_tree_fields().values_list(
            "pk", "parent_id", Lower("name")
        ):
            if parent is not None and parent not in remote_of:
                continue
            key = f"{remote_of.get(parent, '') if parent else ''}/{name.strip().casefold()}"[:300]
            if key in keys:
                found.setdefault(key, []).append(pk)
        return found

    def describe(self, ids: Collection[int]) -> dict[int, tuple[str, str]]:
        rows = Category.objects.without_tree_fields().filter(pk__in=ids).values_list("pk", "name")
        return {pk: ("", name) for pk, name in rows}

    def records(self, ids: Collection[int], *, for_create: bool = False) -> dict[int, Record | KontorError]:
        remote_of = self.side.remote_ids(self.kind)
        records: dict[int, Record | KontorError] = {}
        for row in Category.objects.without_tree_fields().filter(pk__in=ids).select_related("parent"):
            if row.parent_id is not None and row.parent_id not in remote_of:
                records[row.pk] = NotYet(
                    _("The category above it, “%(name)s”, is not in %(shop)s yet.")
                    % {"name": row.parent.name, "shop": self.shop.name},
                    cure=_("Tick Export for categories, or link the category above it."),
                    key="category_parent",
                )
                continue
            records[row.pk] = CategoryRecord(
                name=row.name,
                parent_id=remote_of[row.parent_id] if row.parent_id is not None else "",
                description=row.description,
                position=row.position,
            )
        return records

    def apply(self, items: Sequence[Incoming]) -> list[int | KontorError]:
        self.side.forget(self.kind)
        local_of = dict(self.side.local_ids(self.kind))
        results: list[int | KontorError] = []
        for item in items:
            record = cast(CategoryRecord, item.record)
            result = self._apply_one(item, record, local_of)
            if isinstance(result, int):
                local_of[item.element.remote_id] = result
            results.append(result)
        return results

    def _apply_one(
        self, item: Incoming, record: CategoryRecord, local_of: dict[str, int]
    ) -> int | KontorError:
        name = (record.name or "").strip()
        if not name:
            return Refused(
                _("It has no name in the shop."), cure=_("Give it a name in the shop."), key="no_name"
            )
        if record.parent_id and record.parent_id not in local_of:
            return NotYet(
                _("The category above it is not here yet."),
                cure=_("Tick Import for categories, or link the category above it."),
                key="category_parent",
            )
        parent = local_of[record.parent_id] if record.parent_id else None
        if item.local_id is not None and self._is_below(parent, item.local_id):
            return Conflict(
                _("In the shop this category lies inside one of its own children."),
                cure=_("Put the categories in order in the shop, then synchronise again."),
                key="category_loop",
            )
        rival = Category.objects.filter(parent=parent, name=name).exclude(pk=item.local_id).first()
        if rival is not None:
            return Conflict(
                _("There is already a category “%(name)s” at this place here.") % {"name": name},
                cure=_("Link the two on the Mappings page, or rename one of them."),
                key="name_taken",
            )
        row = Category(pk=item.local_id) if item.local_id else Category()
        if item.local_id:
            row = Category.objects.get(pk=item.local_id)
        row.name, row.parent_id = name[:200], parent
        if record.description is not None:
            row.description = record.description
        if record.position is not None:
            row.position = record.position
        row.save()
        return cast(int, row.pk)

    @staticmethod
    def _is_below(candidate: int | None, category: int) -> bool:
        """Whether `candidate` is `category` or lies in its branch."""
        if candidate is None:
            return False
        branch = Category.objects.get(pk=category).descendants(include_self=True)
        return candidate in set(branch.values_list("pk", flat=True))
