"""Finding the calendar that events are put back into, and making it where it is missing.

As with folders it is looked for first, by one thread at a time, and Exchange refuses a second one of the same name.
"""

import threading
from typing import Any

from backups.connectors.base import CannotBeRestored, NotThere, Obstacle, OutcomeUnclear
from backups.connectors.contract import Feed
from backups.connectors.microsoft365.exchange import quoted
from backups.connectors.microsoft365.restore_folders import named, tamed
from backups.connectors.microsoft365.restore_mailbox import Mailbox, entries
from backups.connectors.restoring import Assignment

_TRIES = 3


class Calendars:
    """The calendars of mailboxes that are restored into. Safe for several threads."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def known_place_of(self, mailbox: Mailbox, assignment: Assignment, feed: Feed) -> str | None:
        """Return the id of the calendar that events of ``feed`` are put into if it is there; makes nothing."""
        known = assignment.places.get(_place(feed))
        return known or self.standing(mailbox, name_of(feed, assignment.folder))

    def put_into(self, mailbox: Mailbox, assignment: Assignment, feed: Feed, body: dict[str, Any]) -> dict[str, Any]:
        """Make an event in the calendar of ``feed`` and return what the server says of it.

        Raises what `place_of` and `Mailbox.post` raise.
        """
        calendar = self.place_of(mailbox, assignment, feed)
        try:
            return mailbox.post(f"calendars/{quoted(calendar)}/events", body)
        except NotThere:
            # Somebody deleted the calendar meanwhile.
            calendar = self.place_of(mailbox, assignment, feed, anew=True)
            return mailbox.post(f"calendars/{quoted(calendar)}/events", body)

    def place_of(self, mailbox: Mailbox, assignment: Assignment, feed: Feed, *, anew: bool = False) -> str:
        """Return the id of the calendar that events of ``feed`` are put into, made where it is missing."""
        with self._one_at_a_time:
            known = assignment.places.get(_place(feed))
            if known and not anew:
                return known
            name = name_of(feed, assignment.folder)
            found = self.standing(mailbox, name) or self._make(mailbox, feed, name)
            assignment.places.set(_place(feed), found)
            return found

    def standing(self, mailbox: Mailbox, name: str) -> str | None:
        """Return the id of the mailbox's own calendar with a name, of the default one for ""; None without one."""
        if not name:
            try:
                return mailbox.get("calendar?$select=id")["id"]
            except NotThere:
                return None
        wanted = {name.lower(), tamed(name).lower()}
        for entry in entries(mailbox, "calendars?$select=id,name,canEdit&$top=100"):
            if str(entry.get("name", "")).lower() in wanted and entry.get("canEdit") is not False:
                return entry["id"]
        return None

    def _make(self, mailbox: Mailbox, feed: Feed, name: str) -> str:
        if not name:
            raise CannotBeRestored("There is no calendar to put this into.", obstacle=Obstacle.TARGET_GONE)
        body = {"name": name} | ({"color": feed.record["color"]} if feed.record.get("color") else {})
        for _ in range(_TRIES):
            try:
                return mailbox.post("calendars", body)["id"]
            except OutcomeUnclear:
                pass
            except CannotBeRestored as problem:
                if problem.obstacle != Obstacle.REFUSED:
                    raise
                body = {"name": tamed(name)}
            if found := self.standing(mailbox, name):
                return found
        raise CannotBeRestored(f"Microsoft does not take a calendar “{name}”.", obstacle=Obstacle.NAME_REFUSED)


def name_of(feed: Feed, folder: str) -> str:
    """Return the name of the calendar that a feed is put into, "" for the one that everybody has."""
    is_default = feed.record.get("isDefaultCalendar") is True
    if not folder:
        return "" if is_default else named(feed.name)
    return named(folder) if is_default else named(f"{folder} {feed.name}")


def _place(feed: Feed) -> str:
    return f"calendars {feed.id}"
