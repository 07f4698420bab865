"""From words to a mail that arrives once: render, put into the outbox, hand over after the commit."""

import logging
import smtplib
from datetime import timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from jobs.claims import Claim
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


def deliver(
    stem: str,
    *,
    to: str,
    context: dict[str, Any],
    key: str = "",
    category: str | None = None,
    user_id: int | None = None,
    time_zone: str = "UTC",
) -> OutgoingEmail | None:
    """Put the mail ``emails/<stem>`` into the outbox, in the caller's transaction; it leaves after the commit.

    A ``key`` that was used before sends nothing and returns None. With ``category`` and ``user_id`` the mail is a
    newsletter and carries the headers of one-click unsubscribing (RFC 8058).
    """
    now = timezone.now()
    headers = {"Auto-Submitted": "auto-generated"}
    context = {**context, "base_url": settings.BASE_URL, "to": to}
    if category and user_id:
        link = unsubscribe.link(user_id=user_id, category=category)
        headers |= {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        context["unsubscribe_url"] = link
    row = OutgoingEmail(kind=stem, key=key, to=to, headers=headers, created_at=now)
    row.message_id = f"<{row.uuid}@{settings.BASE_URL.partition('://')[2].partition(':')[0]}>"
    with timezone.override(ZoneInfo(time_zone)):
        _render(row, context)
    try:
        with transaction.atomic():
            row.save()
            request_job("deliver_email", subject_id=row.pk, at=now)
    except IntegrityError:
        if not key:
            raise
        return None
    return row


def _render(row: OutgoingEmail, context: dict[str, Any]) -> None:
    row.subject = _one_line(render_to_string(f"emails/{row.kind}.subject.txt", context))
    row.seal_body(
        text=render_to_string(f"emails/{row.kind}.txt", context).strip() + "\n",
        html=_inliner().inline(render_to_string(f"emails/{row.kind}.html", {**context, "subject": row.subject})),
    )


def hand_over(email_id: int, claim: Claim) -> None:
    """Give one mail of the outbox to the mail server, at most once unless its kind may repeat."""
    row = OutgoingEmail.objects.get(pk=email_id)
    if row.state == OutgoingEmail.State.HANDING_OVER and row.kind not in MAY_REPEAT:
        _end(row, claim, OutgoingEmail.State.UNKNOWN, "The worker stopped while the mail server was being asked.")
        return
    if row.state not in (OutgoingEmail.State.QUEUED, OutgoingEmail.State.HANDING_OVER):
        return
    # Written and committed before the server is contacted, so that a crash leaves a trace.
    row.state = OutgoingEmail.State.HANDING_OVER
    row.save(update_fields=["state"])
    try:
        _send(row)
    except smtplib.SMTPRecipientsRefused as problem:
        code, words = next(iter(problem.recipients.values()))
        _refused(row, claim, code, words)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError, smtplib.SMTPAuthenticationError) as problem:
        _refused(row, claim, problem.smtp_code, problem.smtp_error)
    except (smtplib.SMTPConnectError, smtplib.SMTPHeloError, ConnectionRefusedError, TimeoutError) as problem:
        # The server never had the mail.
        _later(row, claim, str(problem))
    except (smtplib.SMTPException, OSError) as problem:
        _in_doubt(row, claim, str(problem))
    else:
        row.sent_at = timezone.now()
        _end(row, claim, OutgoingEmail.State.SENT, "")


def _send(row: OutgoingEmail) -> None:
    if settings.MAIL_IS_KEPT_IN_INBOX:
        return
    message = EmailMultiAlternatives(
        row.subject,
        row.text,
        settings.DEFAULT_FROM_EMAIL,
        [row.to],
        headers={**row.headers, "Message-ID": row.message_id},
        connection=get_connection(),
    )
    message.attach_alternative(row.html, "text/html")
    message.send()


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


def erase_old_bodies() -> None:
    """Forget what mails said some days after they ended; the fact that they were sent stays."""
    old = OutgoingEmail.objects.filter(created_at__lt=timezone.now() - BODIES_KEPT)
    ended = old.exclude(state__in=[OutgoingEmail.State.QUEUED, OutgoingEmail.State.HANDING_OVER])
    ended.exclude(sealed_text="").update(sealed_text="", sealed_html="")


def _one_line(subject: str) -> str:
    """Return the subject without line breaks: what follows one would be a header of somebody else's choosing."""
    return " ".join(subject.split())[:300]


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
