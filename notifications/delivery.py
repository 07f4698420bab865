"""From words to a mail that arrives once: render, put into the outbox, hand over after the commit."""

import logging
import smtplib
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.utils import timezone

from jobs.claims import Claim
from jobs.models import Job
from jobs.requests import request_job
from notifications import unsubscribe
from notifications.models import OutgoingEmail

log = logging.getLogger(__name__)

# A second copy of these does no harm, a lost one does; of all others a second copy is never sent.
MAY_REPEAT = frozenset(
    {"invitation", "added_to_partner", "organization_invitation", "added_to_organization", "password_reset"}
)
BODIES_KEPT = timedelta(days=7)
_WAITS = (1, 5, 15, 60)
_HOURLY_TRIES = 24
_JOB = "deliver_email"
_OPEN = (OutgoingEmail.State.QUEUED, OutgoingEmail.State.HANDING_OVER)


class _NeverHadIt(Exception):
    """The mail server was not reached, or let us in no further than its door."""


def deliver(
    stem: str,
    *,
    to: str,
    context: dict[str, Any],
    key: str = "",
    category: str | None = None,
    user_id: int | None = None,
    time_zone: str = "UTC",
    headers: dict[str, str] | None = None,
    bodies_kept: timedelta = BODIES_KEPT,
) -> OutgoingEmail | None:
    """Put the mail ``emails/<stem>`` into the outbox, in the caller's transaction; it leaves after the commit.

    A ``key`` that was used before sends nothing and returns None. With ``category`` and ``user_id`` the mail is a
    newsletter and carries the headers of one-click unsubscribing (RFC 8058). ``headers`` are added to our own; their
    values must not hold anything that people typed. What the mail says is forgotten after ``bodies_kept``.
    """
    link = unsubscribe.link(user_id=user_id, category=category) if category and user_id else ""
    row = draft(stem, to=to, context={**context, "unsubscribe_url": link}, time_zone=time_zone)
    row.headers |= headers or {}
    if link:
        row.headers |= {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    row.key, row.erase_at = key, row.created_at + bodies_kept
    try:
        with transaction.atomic():
            row.save()
            request_job(_JOB, subject_id=row.pk, at=row.created_at)
    except IntegrityError:
        if not key:
            raise
        return None
    return row


def draft(stem: str, *, to: str, context: dict[str, Any], time_zone: str = "UTC") -> OutgoingEmail:
    """Return the mail ``emails/<stem>`` as `deliver` would put it into the outbox, without putting it there."""
    row = OutgoingEmail(kind=stem, to=to, headers={"Auto-Submitted": "auto-generated"}, created_at=timezone.now())
    row.message_id = f"<{row.uuid}@{message_domain()}>"
    with timezone.override(_zone(time_zone)):
        _render(row, {**context, "base_url": settings.BASE_URL, "to": to})
    return row


def _zone(name: str) -> ZoneInfo:
    """Return a zone; UTC for one that the database of zones does not know any more: the mail matters more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.warning("The zone %r is not known; a mail tells its times in UTC.", name)
        return ZoneInfo("UTC")


def message_domain() -> str:
    """Return what stands behind the @ in the Message-ID of every mail of ours."""
    return settings.BASE_URL.partition("://")[2].partition(":")[0]


def _render(row: OutgoingEmail, context: dict[str, Any]) -> None:
    row.subject = _one_line(render_to_string(f"emails/{row.kind}.subject.txt", context))
    row.seal_body(
        text=render_to_string(f"emails/{row.kind}.txt", context).strip() + "\n",
        html=_inliner().inline(render_to_string(f"emails/{row.kind}.html", {**context, "subject": row.subject})),
    )


def hand_over(email_id: int, claim: Claim) -> None:
    """Give one mail of the outbox to the mail server, at most once unless its kind may repeat."""
    row = _taken_in_hand(email_id, claim)
    if row is None:
        return
    try:
        _send(row)
    except smtplib.SMTPRecipientsRefused as problem:
        code, words = next(iter(problem.recipients.values()))
        _refused(row, claim, code, words)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as problem:
        _refused(row, claim, problem.smtp_code, problem.smtp_error)
    except _NeverHadIt as problem:
        _later(row, claim, str(problem))
    except (smtplib.SMTPException, OSError) as problem:
        _in_doubt(row, claim, str(problem))
    else:
        row.sent_at = timezone.now()
        _end(row, claim, OutgoingEmail.State.SENT, "")


def _taken_in_hand(email_id: int, claim: Claim) -> OutgoingEmail | None:
    """Return the mail if it may be given to the server now. Raises `LeaseLost`.

    That is written and committed before the server is contacted, so that a crash leaves a trace; and under the lock of
    the row by whoever holds the lease, so that a worker who is late does not send what another one has in hand.
    """
    with transaction.atomic():
        row = OutgoingEmail.objects.select_for_update().get(pk=email_id)
        claim.renew()
        if row.state == OutgoingEmail.State.HANDING_OVER and row.kind not in MAY_REPEAT:
            _end(row, claim, OutgoingEmail.State.UNKNOWN, "The worker stopped while the mail server was being asked.")
            return None
        if row.state not in _OPEN:
            return None
        row.state = OutgoingEmail.State.HANDING_OVER
        row.save(update_fields=["state"])
    return row


def _send(row: OutgoingEmail) -> None:
    if settings.MAIL_IS_KEPT_IN_INBOX:
        return
    connection = get_connection()
    message = EmailMultiAlternatives(
        row.subject,
        row.text,
        settings.DEFAULT_FROM_EMAIL,
        [row.to],
        headers={**row.headers, "Message-ID": row.message_id},
        connection=connection,
    )
    message.attach_alternative(row.html, "text/html")
    try:
        _open(connection)
        message.send()
    finally:
        # How the server takes our goodbye changes nothing about the mail.
        with suppress(smtplib.SMTPException, OSError):
            connection.close()


def _open(connection: BaseEmailBackend) -> None:
    """Reach the server and be let in, whatever it takes: up to here it cannot have the mail."""
    try:
        connection.open()
        if isinstance(connection, SmtpBackend):
            connection.connection.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as problem:
        raise _NeverHadIt(str(problem) or type(problem).__name__) from problem


def _refused(row: OutgoingEmail, claim: Claim, code: int, words: bytes | str) -> None:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    if 400 <= code < 500:
        _later(row, claim, f"{code} {said}")
    else:
        _end(row, claim, OutgoingEmail.State.FAILED, f"{code} {said}")


def _in_doubt(row: OutgoingEmail, claim: Claim, words: str) -> None:
    if row.kind in MAY_REPEAT:
        _later(row, claim, words)
    else:
        _end(row, claim, OutgoingEmail.State.UNKNOWN, words)


def _later(row: OutgoingEmail, claim: Claim, words: str) -> None:
    tries = claim.postponements
    if tries >= len(_WAITS) + _HOURLY_TRIES:
        _end(row, claim, OutgoingEmail.State.FAILED, f"Given up after a day: {words}")
        return
    minutes = _WAITS[tries] if tries < len(_WAITS) else 60
    with transaction.atomic():
        row.state, row.failure = OutgoingEmail.State.QUEUED, words[:300]
        row.save(update_fields=["state", "failure"])
        claim.try_again(after=timedelta(minutes=minutes), because=words)


def _end(row: OutgoingEmail, claim: Claim, state: str, words: str) -> None:
    with transaction.atomic():
        row.state, row.failure = state, words[:300]
        row.save(update_fields=["state", "failure", "sent_at"])
        claim.finish()
    if words:
        log.warning("Mail %s (%s) ended as %s: %s", row.pk, row.kind, state, words[:200])


def end_abandoned() -> None:
    """End the mails whose job was given up, because every worker that took it died: none waits for ever unseen."""
    given_up = Job.objects.filter(kind=_JOB, subject_id=OuterRef("pk"), state=Job.State.QUARANTINED)
    left = OutgoingEmail.objects.filter(Exists(given_up))
    words = "Every worker that took it stopped."
    left.filter(state=OutgoingEmail.State.QUEUED).update(state=OutgoingEmail.State.FAILED, failure=words)
    left.filter(state=OutgoingEmail.State.HANDING_OVER).update(state=OutgoingEmail.State.UNKNOWN, failure=words)


def erase_old_bodies() -> None:
    """Forget what mails said once they ended and their time is over; the fact that they were sent stays."""
    old = OutgoingEmail.objects.filter(erase_at__lte=timezone.now())
    old.exclude(state__in=_OPEN).update(sealed_text="", sealed_html="", erase_at=None)


def _one_line(subject: str) -> str:
    """Return the subject without line breaks: what follows one would be a header of somebody else's choosing."""
    return " ".join(subject.split())[:300]


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
