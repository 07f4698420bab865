"""What a message holds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from random import Random

from simulators.microsoft365.outlook.content import words
from simulators.microsoft365.outlook.content.parts import Part

Address = tuple[str, str]
TEXT, HTML = "text", "html"


@dataclass
class Mail:
    """A message without its flags."""

    subject: str
    sender: Address
    to: list[Address]
    cc: list[Address]
    # The text, or how to make one that is too long to be made in vain.
    text: str | Callable[[], str]
    body_type: str
    sent_at: datetime
    message_id: str
    conversation: str
    bcc: list[Address] = field(default_factory=list)
    reply_to: list[Address] = field(default_factory=list)
    importance: str = "normal"
    headers: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    # The class of an encrypted or signed message, whose only part is the sealed one.
    sealed: str = ""
    is_invitation: bool = False

    @property
    def body(self) -> str:
        """The text."""
        return self.text if isinstance(self.text, str) else self.text()

    @body.setter
    def body(self, text: str) -> None:
        self.text = text


def letter(item, dice: Random) -> Mail:
    """Return an ordinary letter, from or to the owner of the mailbox."""
    mailbox = item.mailbox
    owner = (mailbox.owner_name, mailbox.owner_address)
    domain = mailbox.owner_address.rpartition("@")[2]
    other = words.outsider(dice) if dice.random() < 0.6 else words.colleague(dice, domain)
    is_own = item.is_draft or item.recipe == "sent" or bool(item.facts.get("sent"))
    sender, to = (owner, other) if is_own else (other, owner)
    more = [words.colleague(dice, domain) for _ in range(dice.choice((0, 0, 0, 1, 3)))]
    conversation = item.facts.get("conversation") or item.id.hex
    return Mail(
        subject=words.subject(dice),
        sender=sender,
        to=[to],
        cc=more,
        text="\r\n\r\n".join(words.letter(dice, to[0], sender[0])),
        body_type=TEXT,
        sent_at=item.at - timedelta(seconds=dice.randrange(1, 90)) if item.at.year > 1601 else item.at,
        message_id=f"<{item.id.hex}@{sender[1].rpartition('@')[2]}>",
        conversation=conversation,
        headers=[("X-Mailer", dice.choice(("Portable Mail 7", "Webmail 2.1")))] if dice.random() < 0.3 else [],
    )


def as_html(text: str) -> str:
    """Return a text as the page a mail program would make of it."""
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\r\n\r\n"))
    return f'<html><head><meta charset="utf-8"></head><body>{paragraphs}</body></html>'.replace("\r\n", "<br>\r\n")
