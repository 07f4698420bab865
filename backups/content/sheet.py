"""What a record is described with: labels and values as people read them, collected without a word about bad values."""

import html as entities
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from backups.content.pages import LONGEST_HTML, text_of_html
from backups.content.plain import one_line, plain
from backups.content.record_values import inner, moment_of, person_of, shown_moment, text_of

MOST_LINES = 500
_LONGEST_VALUE = 20_000


class Described(NamedTuple):
    """An object as people read it.

    ``people`` are ``Name <address>``; ``fields`` pairs of a label and a value, which may have several lines; ``html``
    the body as it was written, never to be shown without `pages.safe_html`, or None; ``text`` the body as plain text;
    ``file_names`` what it is called as a file and what is attached to it.
    """

    title: str
    people: tuple[str, ...] = ()
    moment: datetime | None = None
    fields: tuple[tuple[str, str], ...] = ()
    html: str | None = None
    text: str = ""
    file_names: tuple[str, ...] = ()


class Sheet:
    """Collects a `Described`. What is empty or of no use is left out."""

    def __init__(self, title: str, *, type_name: str = "") -> None:
        self.title = title
        self.html: str | None = None
        self.text = ""
        self.moment: datetime | None = None
        self._people: dict[str, None] = {}
        self._fields: list[tuple[str, str]] = []
        self._file_names: dict[str, None] = {}
        self.add("Type", type_name)

    def add(self, label: str, value: Any) -> None:
        """Add a value, or the lines of a list of values."""
        if isinstance(value, (list, tuple)):
            value = "\n".join(filter(None, (text_of(one) for one in value[:MOST_LINES])))
        value = plain(value, _LONGEST_VALUE).strip() if isinstance(value, str) else text_of(value)
        if value:
            self._fields.append((label, value))

    def add_moment(self, label: str, value: Any) -> None:
        """Add a moment of the provider's."""
        self.add(label, shown_moment(moment_of(value)))

    def add_people(self, label: str, value: Any) -> None:
        """Add one person of the provider's, or a list of them; they are people of the object then."""
        people = [person_of(one) for one in (value if isinstance(value, list) else [value])[:MOST_LINES]]
        self.know(people)
        self.add(label, people)

    def add_yes(self, label: str, value: Any) -> None:
        """Add something that is so; what is not so is not said."""
        self.add(label, "Yes" if value is True else "")

    def know(self, people: Iterable[str]) -> None:
        """Add people without a field."""
        self._people |= dict.fromkeys(filter(None, people))

    def file(self, name: Any) -> None:
        """Add the name of a file."""
        if name := text_of(name):
            self._file_names[name] = None

    def body(self, value: Any) -> None:
        """Take a body of the provider's, ``{contentType, content}``, as the body of the object."""
        content, is_html = body_of(value)
        if is_html:
            self.html, self.text = content, text_of_html(content)
        else:
            self.text = plain(content, LONGEST_HTML // 2)

    def described(self) -> Described:
        """Return what was collected."""
        return Described(
            self.title,
            tuple(self._people),
            self.moment,
            tuple(self._fields),
            self.html,
            self.text,
            tuple(self._file_names),
        )


def body_of(value: Any) -> tuple[str, bool]:
    """Return the content of a body of the provider's and whether it is HTML."""
    content = inner(value, "content")
    is_html = str(inner(value, "contentType")).lower() == "html"
    return (content, is_html) if isinstance(content, str) else ("", False)


def body_text(value: Any) -> str:
    """Return a body of the provider's as plain text."""
    content, is_html = body_of(value)
    return text_of_html(content) if is_html else plain(content, LONGEST_HTML // 2)


def rich_text(value: str) -> str:
    """Return a text that may be HTML, as columns of lists hold it, as plain text."""
    if "<" in value and ("</" in value or "/>" in value or "<br" in value.lower()):
        return text_of_html(value)
    return plain(entities.unescape(value) if "&#" in value else value, LONGEST_HTML // 2)


def name_in(record: dict[str, Any], facts: dict[str, Any], *names: str, otherwise: str = "") -> str:
    """Return the first of some properties that is a text, else what the facts call the object, else ``otherwise``."""
    found = next(filter(None, (text_of(record.get(name)) for name in names)), "")
    return found or one_line(text_of(facts.get("name"))) or otherwise
