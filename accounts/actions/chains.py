"""Computing audit chains anew by the clock, so that pages can say when one was found whole."""

import logging
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Exists, F, OuterRef, Q

from accounts import audit
from accounts.models import AuditChain
from jobs.models import Job
from jobs.requests import request_job

log = logging.getLogger(__name__)

KIND = "verify_chain"
EVERY = timedelta(hours=1)
# A chain of millions takes minutes; a day is often enough for it.
LONG, EVERY_LONG = 200_000, timedelta(days=1)
_AT_ONCE, _NAMED = 20, 3


def request_due_verifications(now: datetime) -> int:
    """Ask for chains to be computed anew whose last time is too long ago, and return how many were asked for."""
    is_old = Q(verified_at=None) | Q(verified_at__lt=now - EVERY_LONG)
    is_old |= Q(verified_at__lt=now - EVERY, length__lt=LONG)
    # One whose job was given up is asked for again after the hour like any other.
    asked = Job.objects.filter(kind=KIND, subject_id=OuterRef("pk"), requested_at__gt=now - EVERY)
    due = AuditChain.objects.filter(is_old, ~Exists(asked), length__gt=0)
    due = due.order_by(F("verified_at").asc(nulls_first=True), "pk")
    return sum(
        request_job(KIND, subject_id=pk, at=now, key=f"{KIND}:{pk}") is not None
        for pk in due.values_list("pk", flat=True)[:_AT_ONCE]
    )


def verify_one(chain_id: int, *, now: datetime) -> None:
    """Compute one chain anew and note whether it holds. Doing it twice equals doing it once."""
    length = AuditChain.objects.values_list("length", flat=True).get(pk=chain_id)
    found = [f"Entry {one.number} {one.problem}." for one in islice(audit.verify_chain(chain_id), _NAMED)]
    if found:
        # The platform's own chain stands on no page.
        log.error("Audit chain %s does not hold: %s", chain_id, " ".join(found))
    AuditChain.objects.filter(pk=chain_id).update(
        verified_at=now, verified_length=length, verified_problem=" ".join(found)[:300]
    )
