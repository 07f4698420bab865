"""An event in the eyes of its reader: what its recipe makes of it, with what somebody set since.

`item.facts` hold when it is: `start` (wall clock), `zone`, `minutes`, `all_day`, and for a series the `recurrence`, the
`cancelled` days, and the `exceptions` by their day.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from simulators.microsoft365.outlook.content import corpora, words
from simulators.microsoft365.outlook.content.dice import dice_for
from simulators.microsoft365.outlook.content.letters import with_stored
from simulators.microsoft365.outlook.content.mails import as_html
from simulators.microsoft365.outlook.content.parts import Part, derived_file
from simulators.microsoft365.outlook.content.recurrences import days, last_day
from simulators.microsoft365.outlook.content.strange import STRANGE
from simulators.microsoft365.outlook.content.zones import UnknownZone, zone
from simulators.microsoft365.outlook.models import Item

_PLACES = ("Room Amber", "Room Birch", "Online", "Harbour Street 7", "Kantine")
# Recipes with attachments.
FILED = ("files", "weekly_files")


class Meeting:
    """One event or series master."""

    def __init__(self, item: Item) -> None:
        self.item = item

    @cached_property
    def derived(self) -> dict:
        """Subject, body, location, people: as the recipe makes them."""
        item, dice = self.item, dice_for(self.item.id, self.item.edition)
        owner = (item.mailbox.owner_name, item.mailbox.owner_address)
        if not item.recipe:
            return {"subject": "", "body": "", "location": "", "organizer": owner, "attendees": [], "is_own": True}
        domain = owner[1].rpartition("@")[2]
        is_own = item.recipe != "invited"
        subject, real = words.subject(dice), corpora.events() if "corpus" in item.facts else ()
        if item.recipe in STRANGE:
            subject = STRANGE[item.recipe][0]
        paragraphs = [words.paragraph(dice) for _ in range(dice.randrange(1, 3))]
        texts = real[item.facts["corpus"]] if real else {}
        people = [words.colleague(dice, domain) for _ in range(dice.randrange(1, 5))]
        return {
            "subject": texts.get("subject", subject),
            "body": as_html(texts.get("description") or "\r\n\r\n".join(paragraphs)),
            "location": texts.get("location") or dice.choice(_PLACES),
            "organizer": owner if is_own else words.outsider(dice),
            "attendees": people if item.recipe in ("meeting", "invited", "weekly", "online") else [],
            "is_own": is_own,
        }

    @cached_property
    def parts(self) -> list[Part]:
        """The attachments."""
        item = self.item
        count = 2 if item.recipe in FILED else 0
        derived = [derived_file(item.id, item.edition, number, item.created_at) for number in range(count)]
        return with_stored(item, derived)

    @property
    def is_series(self) -> bool:
        return bool(self.item.facts.get("recurrence"))

    @property
    def start(self) -> datetime:
        """When it begins, by the wall clock of its zone."""
        return datetime.fromisoformat(self.item.facts["start"])

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.item.facts["minutes"])

    def begins_on(self, day: date) -> datetime:
        """Return the moment at which a series begins on one of its days: the wall clock counts, not the hours."""
        wall = datetime.combine(day, self.start.time())
        return wall.replace(tzinfo=_zone_of(self.item)).astimezone(UTC)

    def days_between(self, begin: datetime, end: datetime) -> list[date]:
        """Return the days of a series whose occurrences touch a window, the cancelled ones left out."""
        if not self.is_series:
            return []
        cancelled = set(self.item.facts.get("cancelled", []))
        limit = min(end, datetime.max.replace(tzinfo=UTC) - timedelta(days=2)).date() + timedelta(days=1)
        found = set(days(self.item.facts["recurrence"], upto=limit))
        # One that was moved may lie in a window that its own day does not.
        found |= {date.fromisoformat(day) for day in self.item.facts.get("exceptions", {})}
        return sorted(day for day in found if day.isoformat() not in cancelled and self._touches(day, begin, end))

    def span_of(self, day: date) -> tuple[datetime, datetime]:
        """Return begin and end of the occurrence of a day, as its exception has it if there is one."""
        exception = self.item.facts.get("exceptions", {}).get(day.isoformat(), {})
        if "at" in exception:
            begin = datetime.fromisoformat(exception["at"])
            return begin, begin + timedelta(minutes=exception.get("minutes", self.item.facts["minutes"]))
        begin = self.begins_on(day)
        return begin, begin + self.length

    def has_day(self, day: date) -> bool:
        """Return whether the series takes place on a day, be it at another time by an exception."""
        facts, word = self.item.facts, day.isoformat()
        if not self.is_series or word in facts.get("cancelled", []):
            return False
        return word in facts.get("exceptions", {}) or day in days(facts["recurrence"], upto=day)

    def _touches(self, day: date, begin: datetime, end: datetime) -> bool:
        first, last = self.span_of(day)
        return first < end and last > begin


def set_times(item: Item) -> None:
    """Write into the row when an event or a series begins, and when it is over for good."""
    meeting = Meeting(item)
    item.at = meeting.start.replace(tzinfo=_zone_of(item)).astimezone(UTC)
    if not meeting.is_series:
        item.until = item.at + meeting.length
        return
    last = last_day(item.facts["recurrence"])
    item.until = meeting.begins_on(last) + meeting.length if last else None


def _zone_of(item: Item):
    try:
        return zone(item.facts["zone"])
    except UnknownZone:
        return UTC
