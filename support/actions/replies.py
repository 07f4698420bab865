"""Mails that answer ours: a mail to somebody's reply address becomes that person's comment.

What counts is the signed address (`reply_addresses`) and that the mail names that very person as its sender; whatever a
mail server says about signatures of domains is not asked. Mails of programs are refused by their headers (RFC 3834,
section 2, and the older ones that Exchange and lists set).
"""

import hashlib
import io
import logging
import re
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction

from accounts.models import Membership
from accounts.roles import Can
from backups.content.mail_headers import Headers
from backups.content.mails import Mail, read_mail
from backups.content.mime import MimeReader
from notifications.delivery import message_domain
from support.actions.messages import add_comment
from support.actions.trimming import trimmed
from support.files import NewFile, checked, kept_only_together
from support.kinds import FileRefused, check_all
from support.models import ReceivedMail, Ticket
from support.models.message import LONGEST_TEXT
from support.reply_addresses import ReplyTo

log = logging.getLogger(__name__)

# To one case, those that are refused too.
MAILS_AN_HOUR = 20
KEPT_FOR = timedelta(days=90)
_MASS = frozenset({"bulk", "list", "junk", "auto_reply"})
_NO_ANSWERS = frozenset({"all", "oof", "autoreply"})
_ADDRESS = re.compile(r"<([^<>]*)>\s*\Z")
Outcome = ReceivedMail.Outcome


def receive_reply(*, mime: bytes, reply_to: ReplyTo, envelope_from: str, now: datetime) -> str:
    """Post what a mail says as a comment of the person its address was made for, or note why not; return the outcome.

    ``reply_to`` is what `read_reply_address` made of the recipient. A mail that came before changes nothing and has the
    outcome it had. Beyond `MAILS_AN_HOUR` to a case, posted or not, nothing is noted: whoever sent it may send it again
    later.
    """
    headers, _ = MimeReader(mime).headers()
    message_id = headers.text("message-id", 300) or f"<{hashlib.sha256(mime).hexdigest()}@no-id>"
    with kept_only_together() as stored, transaction.atomic():
        # Locked: mails to a case come in turn, so that each is counted and is known when it comes again.
        found = Ticket.objects.select_for_update(of=("self",)).select_related("partner")
        ticket = found.filter(pk=reply_to.ticket_id).first()
        if ticket is None:
            return Outcome.STRANGER
        row = ReceivedMail(ticket=ticket, person_id=reply_to.user_id, message_id=message_id, received_at=now)
        before = ReceivedMail.objects.filter(ticket=ticket, person_id=row.person_id, message_id=message_id).first()
        if before is not None:
            return before.outcome
        row.sender = _sender_of(headers)
        has_room = _has_room(ticket, now)
        member = _member_of(ticket, reply_to)
        refusal = _refused(headers, row, member, envelope_from, has_room=has_room)
        row.outcome, row.reason = refusal or _post(mime, row, member, stored)
        if has_room:
            row.save(force_insert=True)
    if row.outcome != Outcome.POSTED:
        log.warning("A mail to case %s was not posted: %s (%s)", ticket.pk, row.outcome, row.reason)
    return row.outcome


def clear_received_mails(now: datetime) -> None:
    """Delete what is known of mails that came long ago."""
    ReceivedMail.objects.filter(received_at__lt=now - KEPT_FOR).delete()


def _has_room(ticket: Ticket, now: datetime) -> bool:
    return ticket.received_mails.filter(received_at__gt=now - timedelta(hours=1)).count() < MAILS_AN_HOUR


def _refused(
    headers: Headers, row: ReceivedMail, member: Membership | None, envelope_from: str, *, has_room: bool
) -> tuple[str, str] | None:
    """Return as what a mail is refused and why, before it is read; None for one that is not."""
    loop = _sign_of_a_program(headers, envelope_from)
    if loop:
        return Outcome.LOOP, loop
    if not has_room:
        return Outcome.TOO_MANY, f"More than {MAILS_AN_HOUR} mails within an hour."
    if member is None or not member.may(Can.WRITE_TICKETS):
        return Outcome.STRANGER, "The person has no place at this partner any more."
    if row.sender != member.user.email:
        return Outcome.STRANGER, "The sender is not the person the address was made for."
    return None


def _post(mime: bytes, row: ReceivedMail, member: Membership, stored: list[str]) -> tuple[str, str]:
    mail = read_mail(mime)
    files, refused = _files_of(mail)
    body = trimmed(mail.text)
    if len(body) > LONGEST_TEXT:
        body = body[:LONGEST_TEXT]
        refused.append(f"The mail was longer; what came after {LONGEST_TEXT:,} characters was not kept.")
    if not body and not files and not refused:
        return Outcome.EMPTY, "Above the quoted text there is nothing."
    add_comment(
        ticket=row.ticket,
        membership=member,
        body="\n\n".join([*filter(None, [body]), *(f"*{sentence}*" for sentence in refused)]),
        files=files,
        submission=uuid5(NAMESPACE_URL, f"mail:{row.ticket_id}:{row.message_id}"),
        now=row.received_at,
        is_by_mail=True,
        stored=stored,
    )
    return Outcome.POSTED, ""


def _member_of(ticket: Ticket, reply_to: ReplyTo) -> Membership | None:
    places = Membership.objects.filter(partner_id=ticket.partner_id, user_id=reply_to.user_id).of_staff().usable()
    return places.select_related("user", "partner").first()


def _sign_of_a_program(headers: Headers, envelope_from: str) -> str:
    """Return why a mail was sent by no person, "" for one that may have been."""
    if headers.value("auto-submitted") not in ("", "no"):
        return "It says Auto-Submitted."
    if headers.value("precedence") in _MASS:
        return "It says Precedence: bulk, list or junk."
    suppressed = {word.strip() for word in headers.value("x-auto-response-suppress").split(",")}
    if suppressed & _NO_ANSWERS or headers.raw("x-autoreply") or headers.raw("x-autorespond"):
        return "It says that no program shall answer it, as programs do."
    if not envelope_from.strip("<> "):
        return "It has no sender, as notes about mails that could not be delivered have."
    if headers.raw("message-id").strip().lower().endswith(f"@{message_domain()}>".lower()):
        return "It is one of our own."
    return ""


def _sender_of(headers: Headers) -> str:
    people = headers.people("from")
    # Two senders are none: nobody could say who of them wrote.
    if len(people) != 1:
        return ""
    found = _ADDRESS.search(people[0])
    return (found[1] if found else people[0]).strip().lower()[:320]


def _files_of(mail: Mail) -> tuple[list[NewFile], list[str]]:
    """Return the files of a mail that are kept, and a sentence for each that is not."""
    files: list[NewFile] = []
    refused: list[str] = []
    for one in mail.attachments:
        if one.is_inline:
            continue
        try:
            file = checked(one.name, len(one.content), io.BytesIO(one.content))
            check_all([*(kept.size for kept in files), file.size])
        except FileRefused as problem:
            refused.append(f"A file of this mail was not kept. {problem}")
        else:
            files.append(file)
    return files, refused[:10]
