"""The door for mails: a small SMTP server that takes nothing but answers to our own mails.

It stands behind the mail server of the installation, which relays the mails of ``REPLY_DOMAIN`` to it. Who does not
write to a valid address is refused before a mail is transferred; what is accepted is posted before the server says so:
a mail that meets a broken database is sent again by whoever sent it.
"""

import asyncio
import logging

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connections
from django.utils import timezone

from support.actions.replies import receive_reply
from support.kinds import ALL_BYTES_AT_MOST
from support.models import ReceivedMail
from support.reply_addresses import ReplyTo, read_reply_address

log = logging.getLogger(__name__)

# Files grow by a third and a bit in a mail.
MAIL_BYTES_AT_MOST = ALL_BYTES_AT_MOST * 7 // 5
_Outcome = ReceivedMail.Outcome
_ANSWERS = {
    _Outcome.POSTED: "250 2.0.0 Posted",
    # Taken and dropped: a refusal would be answered by a program again.
    _Outcome.LOOP: "250 2.0.0 Taken",
    _Outcome.EMPTY: "550 5.6.0 There is nothing above the quoted text",
    _Outcome.STRANGER: "550 5.7.1 Answer from the address our mail was sent to, or in the portal",
    _Outcome.TOO_MANY: "450 4.7.1 Too many mails to this case; try again later",
}


class ReplyHandler:
    """What `aiosmtpd` asks about each recipient and each mail."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Take one valid reply address a mail, and nothing else."""
        if read_reply_address(address) is None:
            log.warning("Refused a mail to %r from %r: no reply address of ours.", address[:200], session.peer)
            return "550 5.1.1 No such address here"
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Post the mail, and say so only then."""
        reply_to = read_reply_address(envelope.rcpt_tos[0])
        outcome = await asyncio.to_thread(_post, envelope.original_content, reply_to, envelope.mail_from or "")
        return _ANSWERS[outcome]

    async def handle_exception(self, problem: Exception) -> str:
        """Let the sender's server keep what could not be posted and try again: whatever it was, it is our fault."""
        log.error("A mail could not be posted; its sender will try again.", exc_info=problem)
        return "451 4.3.0 Try again later"


def _post(mime: bytes, reply_to: ReplyTo, envelope_from: str) -> str:
    try:
        return receive_reply(mime=mime, reply_to=reply_to, envelope_from=envelope_from, now=timezone.now())
    finally:
        # The threads of the pool come and go; none may keep a connection.
        connections.close_all()
