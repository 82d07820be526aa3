"""Pictures towards the shop: a shop replaces the whole set of an article, so all changes of one article go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from django.db import transaction

from backoffice.lib.errors import KontorError, NotYet, Refused
from backoffice.lib.points import passing
from shops.content import content_print, to_content
from shops.models import Change, RemoteElement
from shops.platforms.base import Result
from shops.records import ImageRecord, ImageSetRecord, Record
from shops.sync.local.images import plain_name
from shops.sync.plan import refuse
from shops.sync.read import absorb
from shops.sync.settle import save_changes
from shops.sync.write import Writer

Set = tuple[str, list[Change]]


class ImageWriter(Writer):
    """Like Writer, but one record is the set of an article, and one batch may hold creates, updates and deletions."""

    def work(self, changes: Sequence[Change]) -> list[tuple[Change, NotYet]]:
        records = self._ours(changes)
        waiting: list[tuple[Change, NotYet]] = []
        by_article: dict[str, list[Change]] = {}
        for change in changes:
            record = records.get(change.pk)
            if isinstance(record, NotYet):
                waiting.append((change, record))
            elif record is None or isinstance(record, KontorError):
                refuse(change, record or Refused("", key="gone"), self.problems, Change.State.NOT_POSSIBLE)
                self.close([change])
            else:
                by_article.setdefault(cast(ImageRecord, record).article_id, []).append(change)
        sets = [self._set(article, parts, records) for article, parts in by_article.items()]
        if any(change.state == Change.State.SENDING for change in changes):
            self._look(list(by_article.items()), sets)
            by_article = {
                article: open_parts
                for article, parts in by_article.items()
                if (open_parts := [c for c in parts if c.state != Change.State.DONE])
            }
            sets = [self._set(article, parts, records) for article, parts in by_article.items()]
        pairs = list(by_article.items())
        for number, group in enumerate(self.side.platform.batches("image", "update", sets)):
            if number and self.budget.out():
                break
            self._send_sets([pairs[i] for i in group], [sets[i] for i in group])
        return waiting

    def _ours(self, changes: Sequence[Change]) -> dict[int, Record | KontorError]:
        """{change: our picture}; for a deletion the picture that the shop has."""
        ids = [change.local_id for change in changes if change.local_id is not None]
        ours = self.local.records(ids, for_create=True)
        elements = RemoteElement.objects.in_bulk(
            [change.element_id for change in changes if change.element_id]
        )
        found: dict[int, Record | KontorError] = {}
        for change in changes:
            if change.verb == Change.Verb.DELETE_SHOP:
                element = elements.get(change.element_id or 0)
                if element is not None:
                    article_id = element.natural_key.partition("/")[0]
                    found[change.pk] = ImageRecord(remote_id=element.remote_id, article_id=article_id)
            elif (record := ours.get(change.local_id or 0)) is not None:
                found[change.pk] = record
        return found

    def _set(
        self, article_id: str, changes: Sequence[Change], records: dict[int, Record | KontorError]
    ) -> ImageSetRecord:
        """What the article shall show: what it shows now, less deletions, with updates and new pictures, in order."""
        elements = list(
            RemoteElement.objects.of(self.run.shop, "image")
            .present()
            .filter(natural_key__startswith=f"{article_id}/")
        )
        deleted = {change.element_id for change in changes if change.verb == Change.Verb.DELETE_SHOP}
        updated = {change.element_id: change for change in changes if change.verb == Change.Verb.UPDATE_SHOP}
        images: list[ImageRecord] = []
        for element in elements:
            if element.pk in deleted:
                continue
            there = ImageRecord(
                remote_id=element.remote_id,
                article_id=article_id,
                alt=element.content.get("alt"),
                position=element.content.get("position"),
            )
            change = updated.get(element.pk)
            ours = records.get(change.pk) if change is not None else None
            if isinstance(ours, ImageRecord):
                there = replace(there, alt=ours.alt, position=ours.position)
            images.append(there)
        images += [
            cast(ImageRecord, records[change.pk])
            for change in changes
            if change.verb == Change.Verb.CREATE_SHOP
        ]
        # At one place our own new picture goes before the one that was there.
        images.sort(
            key=lambda image: (image.position if image.position is not None else 999, bool(image.remote_id))
        )
        article = RemoteElement.objects.of(self.run.shop, "article").filter(remote_id=article_id).first()
        return ImageSetRecord(
            remote_id=article_id, parent_id=article.parent_id if article else "", images=tuple(images)
        )

    def _look(self, pairs: Sequence[Set], sets: Sequence[ImageSetRecord]) -> None:
        """After an unanswered write: what does the article show now? Pictures that are there are linked, not sent again."""
        found = self.side.platform.lookup("image", list(sets))
        for (_article, changes), there in zip(pairs, found, strict=True):
            with transaction.atomic():
                absorb(self.run, self.local, there)
                self._link_new(changes)
                self.close([change for change in changes if change.state == Change.State.DONE])

    def _send_sets(self, pairs: Sequence[Set], sets: Sequence[ImageSetRecord]) -> None:
        changes = [change for _article, parts in pairs for change in parts]
        Change.objects.filter(pk__in=[change.pk for change in changes]).update(state=Change.State.SENDING)
        try:
            results = self.side.platform.update("image", list(sets))
        except Refused as error:
            if len(sets) > 1:
                middle = len(sets) // 2
                self._send_sets(pairs[:middle], sets[:middle])
                self._send_sets(pairs[middle:], sets[middle:])
                return
            results = [Result(error=error)]
        passing("write.answered")
        for (_article, parts), result in zip(pairs, results, strict=True):
            self._settle_set(parts, result)
        passing("write.settled")

    def _settle_set(self, changes: Sequence[Change], result: Result) -> None:
        with transaction.atomic():
            if result.error is not None:
                for change in changes:
                    refuse(change, result.error, self.problems)
                self.close(changes)
                return
            absorb(self.run, self.local, result.carried)
            self._link_new(changes)
            for change in changes:
                if change.verb == Change.Verb.DELETE_SHOP:
                    RemoteElement.objects.filter(pk=change.element_id or 0).update(
                        state=RemoteElement.State.GONE, local_id=None
                    )
                change.state = Change.State.DONE
            self.close(changes)

    def _link_new(self, changes: Sequence[Change]) -> None:
        """Link each new picture with the one of the same name that the article shows now, and note both sides."""
        ours = self.local.records([c.local_id for c in changes if c.local_id is not None])
        named = self.local.records([c.local_id for c in changes if c.local_id is not None], for_create=True)
        for change in changes:
            record, full = ours.get(change.local_id or 0), named.get(change.local_id or 0)
            if change.verb == Change.Verb.DELETE_SHOP or not isinstance(full, ImageRecord):
                continue
            key = f"{full.article_id}/{plain_name(full.name or '')}"[:300]
            there = RemoteElement.objects.of(self.run.shop, "image").present()
            element = there.filter(local_id=change.local_id).first()
            if element is None:
                element = there.unlinked().filter(natural_key=key).order_by("-pk").first()
            if element is None:
                continue
            element.local_id, change.element, change.remote_id = change.local_id, element, element.remote_id
            if isinstance(record, Record):
                element.synced_here_print = content_print(to_content(record))
                element.synced_shop_print = element.content_print
            element.save()
            change.state = Change.State.DONE
        save_changes(changes)
