"""Phase b: link what the shop has with what is here, by natural key; ambiguous keys are reported, never guessed (M2b)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict, KontorError
from backoffice.lib.points import passing
from shops.elements import ELEMENT_TYPES
from shops.models import Change, RemoteElement, Rule, Run, Step
from shops.models.elements import RemoteElementQuerySet
from shops.sync.book import ProblemBook, count
from shops.sync.local.articles import Articles
from shops.sync.local.base import LocalType, Side
from shops.sync.read import upsert

CHUNK = 500
FOLLOWERS = 900  # within SQLite's limit of parameters
State = RemoteElement.State


class Linker:
    """Links one element type, CHUNK elements at a time."""

    def __init__(self, side: Side, run: Run, step: Step, local: LocalType, problems: ProblemBook) -> None:
        self.side = side
        self.run = run
        self.step = step
        self.local = local
        self.problems = problems
        self.spec = ELEMENT_TYPES[step.kind]
        self._reported: set[int] = set()

    def elements(self) -> RemoteElementQuerySet:
        return RemoteElement.objects.of(self.run.shop, self.step.kind)

    def start(self) -> None:
        """Mend links whose other end has gone: deleted here (a tombstone stays), or unlinked with their article."""
        if self.spec.follows:
            self._unlink_followers()
            return
        alive = self.local.model._default_manager.filter(pk=OuterRef("local_id"))
        self.elements().linked().exclude(Exists(alive)).update(local_id=None, state=State.DELETED_HERE)
        self._drop_old_reservations()

    def _unlink_followers(self) -> None:
        """Chunk by chunk: one statement over all is quadratic in a database that has no statistics of the table yet."""
        after = 0
        while rows := list(
            self.elements()
            .linked()
            .filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", "natural_key", "local_id")[:FOLLOWERS]
        ):
            articles = self.side.article_ids({key for _pk, key, _local in rows})
            loose = [pk for pk, key, local in rows if articles.get(key) != local]
            self.elements().filter(pk__in=loose).update(local_id=None)
            after = rows[-1][0]

    def _drop_old_reservations(self) -> None:
        """A reservation of a run that has ended, which a complete read did not find in the shop, created nothing."""
        if self.step.cursor.get("since") is None and self.step.cursor.get("read_done"):
            ended = self.elements().filter(state=State.CREATING).exclude(seen_run=self.run.pk)
            found = self.elements().present().filter(natural_key__in=ended.values("natural_key"))
            ended.exclude(natural_key__in=found.values("natural_key")).delete()

    def chunk(self) -> bool:
        """Link the next elements. True = none are left."""
        after = self.step.cursor.get("link_after", 0)
        unlinked = self.elements().present().unlinked().exclude(natural_key="", second_key="")
        # Categories are linked level by level, so all of them are looked at together (a few thousand at most).
        limit = None if self.step.kind == "category" else CHUNK
        waiting = list(unlinked.filter(pk__gt=after).order_by("pk")[:limit])
        with transaction.atomic():
            linked = self._link(waiting)
            if waiting:
                self.step.cursor["link_after"] = max(element.pk for element in waiting)
            self.step.save(update_fields=["cursor"])
            count(self.step, linked=linked)
            passing("link.saving")
        passing("link.saved")
        return limit is None or len(waiting) < limit

    def _link(self, waiting: Sequence[RemoteElement]) -> int:
        linked = self._by_key(waiting, "natural_key", self.local.find)
        while linked and self.step.kind == "category":
            # A category is found by its parent's link: each round links one level more.
            more = self._by_key([e for e in waiting if e.local_id is None], "natural_key", self.local.find)
            if not more:
                break
            linked += more
        if isinstance(self.local, Articles):
            rest = [element for element in waiting if element.local_id is None]
            linked += self._by_key(rest, "second_key", self.local.find_second)
        return linked

    def _by_key(
        self,
        waiting: Sequence[RemoteElement],
        key_field: str,
        find: Callable[[Collection[str]], dict[str, list[int]]],
    ) -> int:
        keys = {key for element in waiting if (key := getattr(element, key_field))}
        if not keys:
            return 0
        found = find(keys)
        twice = self._twice_in_shop(key_field, set(found))
        taken = self._taken({pk for ids in found.values() for pk in ids})
        matched: list[RemoteElement] = []
        for element in waiting:
            ids = found.get(getattr(element, key_field), [])
            if not ids:
                continue
            error = self._ambiguous(element, getattr(element, key_field), ids, twice, taken)
            if error is not None:
                self._report(element, error)
                continue
            element.local_id = ids[0]
            taken[ids[0]] = element.pk
            matched.append(element)
        upsert(matched)
        if matched:
            self.side.forget(self.step.kind)
        return len(matched)

    def _twice_in_shop(self, key_field: str, keys: Collection[str]) -> dict[str, int]:
        if self.spec.follows:
            return {}
        rows = (
            self.elements()
            .present()
            .filter(**{f"{key_field}__in": keys})
            .order_by()
            .values_list(key_field)
            .annotate(n=Count("pk"))
            .filter(n__gt=1)
        )
        return dict(rows)

    def _taken(self, local_ids: Collection[int]) -> dict[int, int]:
        """{our id: the element that already has it}. A reservation gives way to what it has become in the shop."""
        rows = self.elements().filter(local_id__in=local_ids)
        reserved = rows.filter(state__in=[State.CREATING, State.FAILED])
        adopted = self.elements().present().unlinked().filter(natural_key=OuterRef("natural_key"))
        reserved.filter(Exists(adopted)).exclude(natural_key="").delete()
        return {local: pk for local, pk in rows.values_list("local_id", "pk") if local is not None}

    def _ambiguous(
        self, element: RemoteElement, key: str, ids: list[int], twice: dict[str, int], taken: dict[int, int]
    ) -> KontorError | None:
        if key in twice:
            return Conflict(
                _("%(key)s is in %(shop)s %(n)d times, so none of them was linked.")
                % {"key": key, "shop": self.run.shop.name, "n": twice[key]},
                cure=_("Give each its own key in the shop, or link the right one on the Mappings page."),
                key=f"twice_in_shop:{key}",
            )
        if len(ids) > 1:
            return Conflict(
                _("%(key)s is here %(n)d times, so none of them was linked.") % {"key": key, "n": len(ids)},
                cure=_("Give each its own key here, or link the right one on the Mappings page."),
                key=f"twice_here:{key}",
            )
        if ids[0] in taken:
            return Conflict(
                _("%(key)s is already linked with another element of %(shop)s.")
                % {"key": key, "shop": self.run.shop.name},
                cure=_("Unlink the other one on the Mappings page if this is the right one."),
                key=f"already_linked:{key}",
            )
        return None

    def _report(self, element: RemoteElement, error: KontorError) -> None:
        if element.pk in self._reported:
            return
        self._reported.add(element.pk)
        Change.objects.create(
            run=self.run,
            kind=element.kind,
            verb=Change.Verb.LINK,
            state=Change.State.NOT_POSSIBLE,
            element=element,
            remote_id=element.remote_id,
            key=element.natural_key,
            name=element.name,
            message=str(error.message)[:500],
            cure=str(error.cure)[:500],
            problem=self.problems.of(element.kind, error),
        )
        count(self.step, failed=1)

    def finish(self) -> None:
        """The numbers of the matrix row, stored so that no screen ever counts a catalogue."""
        present = self.elements().present()
        linked = present.linked().count()
        Rule.objects.filter(shop=self.run.shop, kind=self.step.kind).update(
            linked_count=linked,
            only_shop_count=present.count() - linked,
            only_here_count=self.local.only_here().count()
            + self.elements().filter(state=State.FAILED).count(),
            counted_at=timezone.now(),
        )
