"""Canned answers as platform staff writes them."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from support.models import CannedAnswer


@transaction.atomic
def save_canned_answer(*, canned: CannedAnswer, actor: User, now: datetime) -> CannedAnswer:
    """Keep a canned answer that is new or was changed, and note in the platform's log what was changed."""
    before = CannedAnswer.objects.select_for_update().filter(pk=canned.pk).first()
    canned.save()
    details = {}
    if before is not None and before.title != canned.title:
        details["title"] = [before.title, canned.title]
    if before is not None and before.body != canned.body:
        details["text"] = [f"{len(before.body)} characters", f"{len(canned.body)} characters"]
    if before is None or details:
        _record("canned_answer.edited" if before else "canned_answer.created", canned, actor, now, details)
    return canned


@transaction.atomic
def delete_canned_answer(*, canned: CannedAnswer, actor: User, now: datetime) -> None:
    """Remove a canned answer; what was answered with it stays."""
    _record("canned_answer.deleted", canned, actor, now, {"title": canned.title})
    canned.delete()


def _record(action: str, canned: CannedAnswer, actor: User, now: datetime, details: dict) -> None:
    audit.record(action, partner_id=None, actor=actor, target=canned, at=now, details=details)
