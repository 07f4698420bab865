"""How a part of a restore and a restore end, pause, or are given up: states, a line in the log, the mail."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from backups.connectors.restoring import WORDS, Less
from backups.models import Restore, RestoreContainer
from backups.models.restore_object import rows_of
from jobs.claims import Claim
from jobs.models import Job
from jobs.requests import request_job
from notifications import client_emails
from notifications.models import WebhookEvent
from organizations.actions import schedule_log, webhook_events

KIND, COUNT_KIND = "restore", "count_restore"
PLANS_KEPT = timedelta(days=1)
_State, _Part = Restore.State, RestoreContainer.State
_MOST_REASONS = 10
_BROKE_OFF = "Restoring broke off several times and was given up."
_WORDS_OF_ENDS = {
    _State.DONE: "is done",
    _State.PARTIAL: "is not complete",
    _State.FAILED: "failed",
    _State.CANCELLED: "was cancelled",
}


def end_part(part: RestoreContainer, *, now: datetime, problem: str = "") -> None:
    """End one kind of a restore, all of whose objects are settled, or with a ``problem`` that ends it as it is."""
    part.refresh_from_db()
    if problem and not part.restored:
        part.state = _Part.FAILED
    else:
        is_whole = not problem and not part.failed
        part.state = _Part.DONE if is_whole else _Part.PARTIAL
    part.problem, part.ended_at, part.current = problem[:400], now, ""
    part.save(update_fields=["state", "problem", "ended_at", "current"])


@transaction.atomic
def complete(restore: Restore, claim: Claim, *, now: datetime) -> None:
    """End a restore all of whose parts have ended."""
    row = _locked(restore)
    if not row.has_ended:
        states = set(row.parts.values_list("state", flat=True))
        problem = "" if states <= {_Part.DONE} else _what_is_missing(row)
        state = _State.DONE if states <= {_Part.DONE} else _State.PARTIAL
        if state == _State.PARTIAL and not row.restored and not row.skipped:
            state = _State.FAILED
        _end(row, state, now, problem)
    claim.finish()


@transaction.atomic
def stop(restore: Restore, reason: str, *, now: datetime, claim: Claim | None = None) -> None:
    """End a restore before its end, for a reason that concerns all of it. What it put back stays, and is told."""
    row = _locked(restore)
    if not row.has_ended:
        row.parts.filter(ended_at=None).update(state=_Part.FAILED, ended_at=now, current="")
        _end(row, _State.PARTIAL if row.restored else _State.FAILED, now, f"{_how_far(row)}{reason}")
    if claim is not None:
        claim.finish()
    _have_closed(row, now)


@transaction.atomic
def cancel(restore: Restore, claim: Claim, *, now: datetime) -> None:
    """End a restore that was called off."""
    row = _locked(restore)
    if not row.has_ended:
        row.parts.filter(ended_at=None).update(state=_Part.CANCELLED, ended_at=now, current="")
        _end(row, _State.CANCELLED, now, f"{row.stopped_by} stopped it. {_stays(row)}".strip())
    claim.finish()
    _have_closed(row, now)


@transaction.atomic
def pause(restore: Restore, claim: Claim, *, now: datetime) -> None:
    """Note that a restore has stopped until somebody goes on."""
    row = _locked(restore)
    if not row.has_ended:
        row.state, row.pause_asked_at, row.waits_until, row.pace = _State.PAUSED, None, None, []
        row.save(update_fields=["state", "pause_asked_at", "waits_until", "pace"])
    claim.finish()
    _have_closed(row, now)


def end_restores(now: datetime) -> None:
    """End restores that no worker goes on with, and forget plans that nobody started within a day."""
    working = Job.objects.filter(
        kind__in=[KIND, COUNT_KIND], subject_id=OuterRef("pk"), state__in=[Job.State.QUEUED, Job.State.RUNNING]
    )
    for restore in Restore.objects.open().filter(~Exists(working)):
        stop(restore, f"{_BROKE_OFF} What is saved is not concerned; go on, or ask for it again.", now=now)
    Restore.objects.filter(started_at=None, requested_at__lte=now - PLANS_KEPT).delete()


def _have_closed(row: Restore, now: datetime) -> None:
    """Have what the restore left open at the target closed, by its own job, which closes what rests."""
    if row.leaves_open():
        request_job(KIND, subject_id=row.pk, at=now, key=f"{KIND}:{row.pk}")


def service_stopped(restore: Restore) -> str:
    """Return the sentences that say that the client's service does not let us write any more."""
    service = restore.connection.get_service_display()
    return f"{service} withdrew our permission to write. Authorize again, then continue; nothing is restored twice."


def lacking(restore: Restore) -> list[tuple[str, int]]:
    """Return what objects came back without, in words, and how many of them, in one query."""
    counts: dict[str, int] = {}
    found = rows_of(restore).filter(state="DEGRADED").values_list("less").annotate(number=Count("pk"))
    for codes, number in found.order_by():
        for code in codes:
            counts[code] = counts.get(code, 0) + number
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(WORDS[Less(code)], number) for code, number in ordered]


def reasons(restore: Restore) -> list[tuple[str, int]]:
    """Return why objects did not come back, the most frequent reasons first, in one query."""
    found = rows_of(restore).filter(state="FAILED").values_list("problem").annotate(number=Count("pk"))
    return list(found.order_by("-number", "problem")[:_MOST_REASONS])


def _how_far(row: Restore) -> str:
    if row.started_at is None or not row.restored:
        return ""
    return f"The restore stopped after {row.restored:,} of {row.to_restore:,} items. {_stays(row)} "


def _stays(row: Restore) -> str:
    if not row.restored:
        return ""
    where = f"are in “{row.folder}”" if row.folder else "are in their places"
    return f"The {row.restored:,} {where} and stay there."


def _what_is_missing(row: Restore) -> str:
    whole = list(row.parts.exclude(problem="").values_list("problem", flat=True))
    number = f"{row.failed:,} of {row.to_restore:,} items did not come back; the list says why." if row.failed else ""
    return " ".join([*whole, number]).strip()


def _locked(restore: Restore) -> Restore:
    found = Restore.objects.select_for_update(of=("self",))
    return found.select_related("organization__partner", "connection", "person", "target").get(pk=restore.pk)


def _end(row: Restore, state: str, now: datetime, problem: str) -> None:
    row.state, row.ended_at, row.problem = state, now, problem[:400]
    row.waits_until = row.pause_asked_at = None
    row.starts_when_counted = False
    row.save(update_fields=["state", "ended_at", "problem", "waits_until", "pause_asked_at", "starts_when_counted"])
    if row.started_at is None:
        # A plan that could not be counted; whoever looks at it reads why.
        return
    details = {
        "what": row.what, "to": str(row.target), "how": row.get_state_display().lower(), "restored": row.restored,
        "skipped": row.skipped, "failed": row.failed, "reason": row.problem or "nothing is missing",
    }  # fmt: skip
    schedule_log.note("restore.ended", row.organization, details, at=now)
    _publish(row, now)
    _tell(row)


def _publish(row: Restore, now: datetime) -> None:
    facts = {
        "id": str(row.uuid), "state": row.state, "restored": row.restored, "skipped": row.skipped,
        "failed": row.failed, "started_at": row.started_at, "ended_at": now,
        "url": webhook_events.page("backups:restore_detail", row.organization, row.uuid),
    }  # fmt: skip
    webhook_events.publish(WebhookEvent.RESTORE_ENDED, row.organization, {"restore": facts}, at=now)


def _tell(row: Restore) -> None:
    if row.person is None:
        return
    address = reverse("backups:restore_detail", args=[row.organization.uuid, row.uuid])
    client_emails.restore_ended(
        to=row.person.email,
        name=row.person.full_name,
        organization=row.organization.name,
        what=row.what,
        how=_WORDS_OF_ENDS[_State(row.state)],
        target=str(row.target),
        folder=row.folder,
        as_of=row.as_of,
        figures={
            "restored": row.restored, "replaced": row.replaced, "degraded": row.degraded, "skipped": row.skipped,
            "failed": row.failed,
        },
        lacking=lacking(row),
        reasons=reasons(row),
        problem=row.problem,
        can_go_on=row.can_go_on,
        restore_url=f"{settings.BASE_URL}{address}",
        time_zone=row.person.time_zone or row.organization.partner.time_zone,
    )  # fmt: skip
