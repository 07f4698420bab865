"""How an export ends: its state, its last moment, the parcels of one that is not wanted any more, the mail."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import Membership
from accounts.roles import Can
from backups.engine.parcels import end_parcel
from backups.models import Export, Parcel
from jobs.claims import Claim
from jobs.models import Job
from notifications import client_emails
from organizations.models import Organization

KIND = "export"
KEPT_FOR = timedelta(days=7)
DRAFTS_KEPT = timedelta(days=1)
_State = Export.State
_BROKE_OFF = "Preparing it broke off several times and was given up. Nothing in the backup changed; ask for it again."


def may_still(export: Export) -> bool:
    """Return whether the person who asked may have the client's data today."""
    mine = Membership.objects.filter(user=export.person_id, partner=export.organization.partner_id).usable()
    return any(
        one.may(Can.EXPORT_DATA) and Organization.objects.visible_to(one).filter(pk=export.organization_id).exists()
        for one in mine.select_related("partner")
    )


@transaction.atomic
def complete(export: Export, claim: Claim, *, now: datetime) -> None:
    """End an export that is written to its end; from now on it can be fetched for a week."""
    export = _locked(export)
    if not export.is_open:
        claim.finish()
        return
    export.expires_at = now + KEPT_FOR
    Parcel.objects.filter(pk__in=export.volumes.values("parcel")).update(expires_at=export.expires_at)
    problem = ""
    if export.objects_failed:
        problem = f"{export.objects_failed:,} could not be given out; the list in each volume names them and says why."
    _end(export, _State.PARTIAL if export.objects_failed else _State.DONE, now, problem=problem)
    claim.finish()


@transaction.atomic
def fail(export: Export, reason: str, *, now: datetime, claim: Claim | None = None) -> None:
    """End an export that cannot be given out; nothing of it can be fetched."""
    export = _locked(export)
    if export.is_open:
        _throw_away(export)
        _end(export, _State.FAILED, now, problem=reason)
    if claim is not None:
        claim.finish()


@transaction.atomic
def cancel(export: Export, *, now: datetime, claim: Claim | None = None) -> None:
    """End an export that was called off; nobody is written to, and nothing of it stays."""
    export = _locked(export)
    if export.is_open:
        _throw_away(export)
        export.state, export.ended_at = _State.CANCELLED, now
        export.save(update_fields=["state", "ended_at"])
    if claim is not None:
        claim.finish()


@transaction.atomic
def withdraw(export: Export, reason: str, *, now: datetime) -> None:
    """Take an export back whose data must not be had any more, whatever its state: nothing of it can be fetched."""
    export = _locked(export)
    if export.state == _State.DRAFT:
        export.delete()
    elif export.is_open:
        fail(export, reason, now=now)
    elif export.is_ready:
        _throw_away(export)
        export.state, export.problem = _State.EXPIRED, reason[:300]
        export.save(update_fields=["state", "problem"])


def end_exports(now: datetime) -> None:
    """End what is over: exports nobody goes on with, those whose week is over, selections nobody confirmed."""
    working = Job.objects.filter(kind=KIND, subject_id=OuterRef("pk"), state__in=[Job.State.QUEUED, Job.State.RUNNING])
    for export in Export.objects.open().filter(~Exists(working)):
        if export.cancel_asked_at:
            cancel(export, now=now)
        else:
            fail(export, _BROKE_OFF, now=now)
    over = Export.objects.filter(state__in=[_State.DONE, _State.PARTIAL], expires_at__lte=now)
    for export in over:
        _throw_away(export)
    over.update(state=_State.EXPIRED)
    Export.objects.filter(state=_State.DRAFT, requested_at__lte=now - DRAFTS_KEPT).delete()


def _locked(export: Export) -> Export:
    return Export.objects.select_for_update(of=("self",)).select_related("organization", "person").get(pk=export.pk)


def _throw_away(export: Export) -> None:
    for parcel in Parcel.objects.filter(pk__in=export.volumes.values("parcel")):
        end_parcel(parcel)


def _end(export: Export, state: str, now: datetime, *, problem: str) -> None:
    export.state, export.ended_at, export.problem = state, now, problem[:300]
    export.save(update_fields=["state", "ended_at", "problem", "expires_at"])
    if export.person is None:
        return
    address = reverse("backups:export_detail", args=[export.organization.uuid, export.uuid])
    told = {
        "to": export.person.email,
        "name": export.person.full_name,
        "organization": export.organization.name,
        "what": export.what,
        "problem": export.problem,
        "export_url": f"{settings.BASE_URL}{address}",
        "time_zone": export.person.time_zone or export.organization.partner.time_zone,
    }
    if export.is_ready:
        client_emails.export_ready(**told, expires_at=export.expires_at)
    else:
        client_emails.export_failed(**told)
