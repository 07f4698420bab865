"""Every email about support tickets is one function here: plain values in, one row in the outbox out.

``number`` and ``case_id`` name the ticket: the number stands in every subject, and mail programs put the mails of one
``case_id`` together. ``reply_to`` is the address whose mails become comments, or None where answers are given in the
portal only. Each mail is sent once for its ``key``.
"""

from typing import Any

from django.conf import settings

from notifications.delivery import deliver, message_domain

# Whatever language a mail program quotes in, it quotes this line.
REPLY_MARK = "-- Write your answer above this line --"


def ticket_created(
    *, to: str, name: str, number: int, case_id: str, subject: str, topic: str, priority: str, author: str, said: str,
    files: list[str], ticket_url: str, reply_to: str | None, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Confirm to whoever asked, and to those who watch, that a ticket was opened."""
    context = {"name": name, "subject": subject, "topic": topic, "priority": priority, "author": author, "said": said,
               "files": files, "ticket_url": ticket_url}  # fmt: skip
    _deliver("ticket_created", to, number, case_id, reply_to, time_zone, key, context)


def ticket_commented(
    *, to: str, name: str, number: int, case_id: str, subject: str, author: str, role: str, said: str,
    files: list[str], state: str, ticket_url: str, reply_to: str | None, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Bring what a colleague or somebody of support said on a ticket."""
    context = {"name": name, "subject": subject, "author": author, "role": role, "said": said, "files": files,
               "state": state, "ticket_url": ticket_url}  # fmt: skip
    _deliver("ticket_commented", to, number, case_id, reply_to, time_zone, key, context)


def ticket_state_changed(
    *, to: str, name: str, number: int, case_id: str, subject: str, author: str, state: str, is_ended: bool,
    ticket_url: str, reply_to: str | None, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell that a ticket was solved, closed or opened again without a word."""
    context = {"name": name, "subject": subject, "author": author, "state": state, "is_ended": is_ended,
               "ticket_url": ticket_url}  # fmt: skip
    _deliver("ticket_state_changed", to, number, case_id, reply_to, time_zone, key, context)


def ticket_needs_support(
    *, to: str, number: int, case_id: str, subject: str, is_new: bool, partner: str, organization: str, author: str,
    role: str, priority: str, said: str, files: list[str], desk_url: str, key: str, state: str = "",
) -> None:  # fmt: skip
    """Tell the platform's staff what a partner asked or said, by whom and with which role; or, with ``state``, to what
    one of the partner's people set it without a word.
    """
    context = {"subject": subject, "is_new": is_new, "partner": partner, "organization": organization,
               "author": author, "role": role, "priority": priority, "said": said, "files": files,
               "desk_url": desk_url, "state": state}  # fmt: skip
    _deliver("ticket_needs_support", to, number, case_id, None, "UTC", key, context)


def _deliver(
    stem: str, to: str, number: int, case_id: str, reply_to: str | None, time_zone: str, key: str,
    context: dict[str, Any],
) -> None:  # fmt: skip
    headers = {
        "From": settings.SUPPORT_FROM_EMAIL,
        "References": f"<case-{case_id}@{message_domain()}>",
        # Asks Exchange not to answer with an absence note, which would become a comment.
        "X-Auto-Response-Suppress": "All",
    }
    if reply_to:
        headers["Reply-To"] = reply_to
    deliver(
        stem,
        to=to,
        key=key,
        time_zone=time_zone,
        headers=headers,
        context={**context, "number": number, "reply_mark": REPLY_MARK if reply_to else ""},
    )
