"""Providers' records as people read them, and as the search index wants them.

A record is the JSON that a connector keeps of an object, ``facts`` are the few values beside it; both are described in
`backups.connectors.contract`. Nothing that stands in them raises here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from backups.content.event_records import event_described
from backups.content.file_records import file_described
from backups.content.outlook_records import contact_described, mail_described
from backups.content.pages import LONGEST_TEXT
from backups.content.sheet import Described, Sheet, name_in
from backups.content.team_records import team_described

__all__ = ["Described", "Words", "described", "words_of"]

_DESCRIBED: dict[str, Callable[[dict[str, Any], dict[str, Any]], Described]] = {
    "MAIL": mail_described,
    "CALENDAR": event_described,
    "CONTACTS": contact_described,
    "ONEDRIVE": file_described,
    "SHAREPOINT": file_described,
    "TEAMS": team_described,
}
# Say when and how, not what: nobody looks for them.
_NOT_SEARCHED = frozenset(
    "Type Read Draft Flag Importance Sent Received Written Edited Deleted Changed Created Size Format Reminder".split()
)


class Words(NamedTuple):
    """The plain texts of an object for the index; ``people`` are ``Name <address>``."""

    subject: str
    people: tuple[str, ...]
    file_names: tuple[str, ...]
    body: str


def described(kind: str, record: dict[str, Any], facts: dict[str, Any]) -> Described:
    """Return an object of a kind, such as ``MAIL``, as people read it; also a folder, a calendar, a library, …

    The text of a message is in its MIME (`mails.read_mail`), that of a file in its content (`documents`).
    """
    record, facts = (value if isinstance(value, dict) else {} for value in (record, facts))
    describe = _DESCRIBED.get(kind)
    # Of some things that hold others nothing is known but their name.
    return describe(record, facts) if describe and record else _unknown(record, facts)


def words_of(kind: str, record: dict[str, Any], facts: dict[str, Any]) -> Words:
    """Return the words an object is found by; the body has 1,000,000 characters at most."""
    found = described(kind, record, facts)
    said = [value for label, value in found.fields if label not in _NOT_SEARCHED]
    body = "\n".join(filter(None, [found.text, *said]))
    return Words(found.title, found.people, found.file_names, body[:LONGEST_TEXT])


def _unknown(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    return Sheet(name_in(record, facts, "displayName", "name", "title", otherwise="Without a name")).described()
