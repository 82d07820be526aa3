"""What people decide about plans: approve, leave out, release, discard, undo; and causes: try again, leave out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.lib.errors import Conflict
from backoffice.lib.fingerprint import fingerprint
from shops.content import aside_print, content_print, to_content
from shops.files.mirror.holding import is_of_mirror, leave_there
from shops.models import Change, Hold, Problem, RemoteElement, Run, Shop
from shops.records import Record
from shops.services.journal import note_decision
from shops.services.links import LOCAL_MODELS, ignore
from shops.sync.aside import our_records
from shops.sync.doorbell import ring
from shops.sync.undo import KEPT

# A preview ages: after a day both sides have moved on too far.
FRESH = timedelta(hours=24)
CHUNK = 500


def rules_print(shop: Shop) -> str:
    """The matrix and the settings a plan depends on, in one mark."""
    rules = shop.rules.order_by("kind").values_list(
        "kind", "linked", "import_here", "export_there", "delete_there"
    )
    return fingerprint(
        [[list(rule) for rule in rules], shop.owners, shop.scope, shop.price_list_id, shop.link_by]
    )


def why_not_approvable(run: Run) -> str:
    """Why this plan cannot be carried out (any more), as a sentence; "" = it can."""
    if run.mode != Run.Mode.PREVIEW or not run.is_finished or run.state == Run.State.FAILED:
        return _("Only a finished preview can be approved.")
    # What was released apart from the rest is no reason to leave the rest.
    whole = run.carried_out_by.exclude(state=Run.State.CANCELLED).exclude(options__has_key="hold")
    if whole.exclude(job=Run.Job.UNDO).exists():
        return _("This plan has been carried out already.")
    if run.finished_at is None or timezone.now() - run.finished_at > FRESH:
        return _("This plan is older than a day. Make it anew.")
    if run.job != Run.Job.UNDO and run.options.get("rules") not in (None, rules_print(run.shop)):
        return _("The rules of the shop were changed since. Make the plan anew.")
    if not run.changes.filter(state=Change.State.PLANNED).exists():
        return _("There is nothing to carry out.")
    return ""


def approve_plan(run: Run, *, by: User | None = None) -> Run:
    """Carry out exactly the planned changes of a preview. Raises Conflict with the reason when that is not possible."""
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)  # of two who click at once the second is told
        if why := why_not_approvable(run):
            raise Conflict(why, cure=_("Start a new preview on the shop's page."), key="plan")
        note_decision(run, {"plan": ("preview", "approved")}, by=by)
        return _carry_out(run, by=by, options={})


def _carry_out(run: Run, *, by: User | None, options: dict[str, Any]) -> Run:
    with transaction.atomic():
        began = run.steps.exclude(read_began_at=None).order_by("read_began_at").first()
        since = (began.read_began_at if began is not None else None) or run.started_at or run.created_at
        carrier = Run.objects.create(
            shop=run.shop,
            job=Run.Job.APPLY,
            lane=run.lane if run.lane != Run.Lane.FILES else Run.Lane.CATALOGUE,
            trigger=Run.Trigger.PERSON if by else Run.Trigger.COMMAND,
            by=by,
            plan=run,
            options={**options, "read_since": since.isoformat()},
        )
        ring(carrier)
    return carrier


def leave_out(changes: Collection[int], run: Run, *, by: User | None = None) -> int:
    """Untick planned changes of a preview: they are not carried out this time. How many were unticked.

    The cure is what tells them from changes that an undo has to leave as they are.
    """
    who = str(by) if by else _("the command line")
    return run.changes.filter(pk__in=changes, state=Change.State.PLANNED).update(
        state=Change.State.HELD,
        message=_("Left out by %(who)s.") % {"who": who},
        cure=_("Tick it to take it in again."),
    )


def take_in(changes: Collection[int], run: Run) -> int:
    """Tick again what a person has unticked."""
    left_out = run.changes.filter(pk__in=changes, state=Change.State.HELD, hold=None).exclude(cure="")
    return left_out.update(state=Change.State.PLANNED, message="", cure="")


def can_be_left_out_always(change: Change) -> bool:
    """Only what exists only in the shop: what is linked has its rule, what exists only here its article groups."""
    verbs = (Change.Verb.CREATE_HERE, Change.Verb.DELETE_SHOP)
    return change.verb in verbs and change.kind in LOCAL_MODELS and change.element_id is not None


def leave_out_always(change: Change, *, by: User) -> None:
    """Neither import nor delete this element, now and in future: it is ignored until it is taken back under Mappings.

    Raises Conflict when it is not open to that, or has been linked or removed meanwhile.
    """
    with transaction.atomic():
        element = RemoteElement.objects.filter(pk=change.element_id or 0, local_id=None).first()
        open_states = (Change.State.PLANNED, Change.State.HELD)
        if element is None or not can_be_left_out_always(change) or change.state not in open_states:
            raise Conflict(
                _("This cannot be left out always: it is linked, has gone, or was carried out already."),
                cure=_("Look at the list again."),
                key="plan",
            )
        ignore(element)
        change.run.changes.filter(pk=change.pk).update(
            state=Change.State.HELD,
            message=_("Left out always by %(who)s. To take it back: Mappings, Ignored.") % {"who": by},
            cure="",
        )


def release_hold(hold: Hold, *, by: User, reason: str) -> Run:
    """Let the held changes be done, checked once more against both sides. Raises Conflict when decided already."""
    with transaction.atomic():
        _decide(hold, Hold.State.RELEASED, by, reason)
        if is_of_mirror(hold):
            return _mirror_again(hold, by=by)
        return _carry_out(hold.run, by=by, options={"hold": hold.pk})


def discard_hold(hold: Hold, *, by: User, reason: str) -> int:
    """Not to be done: the elements are set aside until something changes. How many."""
    with transaction.atomic():
        _decide(hold, Hold.State.DISCARDED, by, reason)
        discarded = leave_there(hold) if is_of_mirror(hold) else 0
        ids = list(hold.changes.exclude(element=None).values_list("element_id", flat=True))
        for start in range(0, len(ids), CHUNK):
            _set_aside(hold.run.shop, hold.kind, ids[start : start + CHUNK])
        hold.changes.update(
            message=_("Discarded by %(who)s: %(reason)s") % {"who": by, "reason": reason[:200]}, cure=""
        )
    return len(ids) + discarded


def _mirror_again(hold: Hold, *, by: User | None) -> Run:
    """The mirror once more, which may delete what was held: it looks again at everything before it does."""
    carrier = Run.objects.create(
        shop=hold.run.shop,
        job=Run.Job.SYNC_ATTACHMENTS,
        lane=Run.Lane.FILES,
        trigger=Run.Trigger.PERSON if by else Run.Trigger.COMMAND,
        by=by,
        plan=hold.run,
        options={"hold": hold.pk},
    )
    ring(carrier)
    return carrier


def _decide(hold: Hold, state: str, by: User, reason: str) -> None:
    if not reason.strip():
        raise Conflict(_("A decision needs a reason."), cure=_("Write in a few words why."), key="reason")
    changed = Hold.objects.filter(pk=hold.pk, state=Hold.State.OPEN).update(
        state=state, decided_by=by, decided_at=timezone.now(), reason=reason.strip()[:300]
    )
    if not changed:
        raise Conflict(
            _("Somebody else has decided about these changes already."),
            cure=_("Reload the page."),
            key="decided",
        )
    hold.refresh_from_db()
    note_decision(hold, {"state": (Hold.State.OPEN, state), "reason": ("", hold.reason)}, by=by)


def _set_aside(shop: Shop, kind: str, element_ids: Collection[int]) -> None:
    """Mark both sides as they are, so that the planner leaves these elements alone until one of them changes."""
    elements = list(RemoteElement.objects.filter(pk__in=element_ids))
    records = our_records(shop, kind, [row.local_id for row in elements if row.local_id is not None])
    for element in elements:
        record = records.get(element.local_id or 0)
        here = content_print(to_content(record)) if isinstance(record, Record) else ""
        RemoteElement.objects.filter(pk=element.pk).update(
            problem_print=aside_print(here, element.content_print)
        )


def undo_run(run: Run, *, by: User | None = None) -> Run:
    """Plan the way back of a run's updates in the shop; the plan is looked at and approved like every other.

    Raises Conflict when the run is older than 30 days or changed nothing in the shop.
    """
    if run.finished_at is None or timezone.now() - run.finished_at > KEPT:
        raise Conflict(
            _("Only runs of the last %(days)d days can be undone.") % {"days": KEPT.days},
            cure=_("Correct the articles here and synchronise."),
            key="undo_old",
        )
    if not run.changes.filter(verb=Change.Verb.UPDATE_SHOP, state=Change.State.DONE).exists():
        raise Conflict(
            _("This run changed nothing in the shop that could be taken back."), key="undo_nothing"
        )
    with transaction.atomic():
        plan = Run.objects.create(
            shop=run.shop,
            job=Run.Job.UNDO,
            lane=Run.Lane.CATALOGUE,
            mode=Run.Mode.PREVIEW,
            trigger=Run.Trigger.PERSON if by else Run.Trigger.COMMAND,
            by=by,
            plan=run,
        )
        ring(plan)
    return plan


def try_again(problem: Problem, *, by: User | None = None) -> int:
    """Forget that the elements of a cause were refused: the next run sends them again. How many."""
    with transaction.atomic():
        elements = RemoteElement.objects.filter(problem=problem)
        n = elements.count()
        elements.filter(state=RemoteElement.State.FAILED).delete()
        elements.update(problem=None, problem_print="")
        Problem.objects.filter(pk=problem.pk).update(state=Problem.State.RETRYING, cured_by=by)
    return n


def leave_out_until_changed(problem: Problem, *, by: User | None = None) -> None:
    """Take a cause off the list of what needs a person; its elements wait until they change."""
    Problem.objects.filter(pk=problem.pk).update(state=Problem.State.LEFT_OUT, cured_by=by)
