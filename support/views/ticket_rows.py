"""Tickets and what was said on them as pages show them: plain values, without a query of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from notifications.markdown import as_html
from organizations.views.figure_words import moment_words
from support.models import Attachment, Message, Ticket
from support.models.ticket import State

STATE_ICONS = {
    State.OPEN: "clock",
    State.WAITING_FOR_PARTNER: "chat",
    State.WAITING_FOR_SUPPORT: "clock",
    State.SOLVED: "check",
    State.CLOSED: "lock",
}


@dataclass(frozen=True)
class TicketRow:
    """What the list prints of one ticket."""

    number: int
    url: str
    subject: str
    about: str
    state: str
    state_icon: str
    is_yours: bool
    priority: str
    asked_by: str
    role: str
    last_word: str
    last_word_at: datetime


@dataclass(frozen=True)
class FileRow:
    """A file of a message."""

    name: str
    size: str
    url: str


@dataclass(frozen=True)
class PostRow:
    """One entry of a thread. ``kind`` is the stored code."""

    kind: str
    author: str
    role: str
    is_of_staff: bool
    is_by_mail: bool
    html: SafeString | str
    sentence: str
    when: str
    at: datetime
    files: list[FileRow]


def ticket_row(ticket: Ticket, *, now: datetime) -> TicketRow:
    """Return the row of a ticket that was read with its organization."""
    about = ticket.get_topic_display()
    return TicketRow(
        number=ticket.number,
        url=ticket.get_absolute_url(),
        subject=ticket.subject,
        about=f"{about} · {ticket.organization.name}" if ticket.organization else about,
        state=ticket.get_state_display(),
        state_icon=STATE_ICONS[ticket.state],
        is_yours=ticket.state == State.WAITING_FOR_PARTNER,
        priority=ticket.get_priority_display(),
        asked_by=ticket.requester_name,
        role=ticket.get_requester_role_display(),
        last_word=moment_words(ticket.last_word_at, now),
        last_word_at=ticket.last_word_at,
    )


def post_row(message: Message, *, now: datetime, file_url: Callable[[Attachment], str]) -> PostRow:
    """Return the entry of a message whose attachments were read; ``file_url`` makes a file's address."""
    is_event = message.kind == Message.Kind.EVENT
    return PostRow(
        kind=message.kind,
        author=message.author_name,
        role=message.role,
        is_of_staff=message.is_of_staff,
        is_by_mail=message.is_by_mail,
        html="" if is_event else as_html(message.body),
        sentence=message.body if is_event else "",
        when=moment_words(message.created_at, now),
        at=message.created_at,
        files=[FileRow(one.name, file_size(one.size), file_url(one)) for one in message.attachments.all()],
    )


def file_size(size: int) -> str:
    """Return the size of a small file: "812 B", "12 KB", "3.4 MB"."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} KB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"
