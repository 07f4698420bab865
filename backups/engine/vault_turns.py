"""Whose vault has its turn: each organization has a minute of the day of its own, so that the work is spread."""

from datetime import UTC, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Mod

from backups.models import VaultOrganization
from backups.vault.configured import has_store
from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Organization

_AT_ONCE = 100
_A_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60
# Prime, so that vaults made one after the other have turns far apart.
_STRIDE = 541
_ANY = Q()


def request_turns(kind: str, now: datetime, *, shift: int = 0, with_erased: bool = False, among: Q = _ANY) -> int:
    """Ask for today's job of a kind for every vault whose minute has come, and return how many were asked for.

    The minute is spread by the organization's id, ``shift`` minutes later than that of kinds without. One that was
    missed is asked for later the same day. ``among`` says of which organizations only.
    """
    if not has_store():
        return 0
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    minute = (now - today) // _A_MINUTE
    todays = Job.objects.filter(kind=kind, subject_id=OuterRef("pk"), requested_at__gte=today)
    vaults = VaultOrganization.objects.filter(organization=OuterRef("uuid"))
    if not with_erased:
        vaults = vaults.filter(erased_at=None)
    turn = Mod(F("pk") * _STRIDE + shift, Value(_MINUTES_A_DAY))
    due = Organization.objects.annotate(turn=turn).filter(among, Exists(vaults), ~Exists(todays), turn__lte=minute)
    return sum(
        request_job(kind, subject_id=pk, at=now, key=f"{kind}:{pk}") is not None
        for pk in due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
    )
