"""The calendars and events of a new mailbox."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Kind, Person
from simulators.microsoft365.outlook.content import corpora
from simulators.microsoft365.outlook.content.meetings import set_times
from simulators.microsoft365.outlook.generator.sizes import load_of
from simulators.microsoft365.outlook.models import Folder, Item, Mailbox

_RECIPES = {"single": 30, "meeting": 25, "invited": 15, "online": 10, "all_day": 8, "files": 4, "weekly": 8}
# Every calendar has these first.
_ALWAYS = ("weekly", "files")
_ZONES = ("W. Europe Standard Time", "GMT Standard Time", "Eastern Standard Time", "UTC")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_PAST_DAYS, _AHEAD_DAYS = 400, 200
_NASTY = ("odd_zone", "clock_change", "right_to_left", "emoji", "old", "endless", "weekly_files")


def calendars(mailbox: Mailbox, owner, dice: Random) -> dict[str, Folder]:
    """Return the calendars by a key."""
    made = {"calendar": _calendar(mailbox, "calendar", "Calendar", well_known="calendar")}
    if mailbox.is_group or owner.kind in (Kind.ROOM, Kind.EQUIPMENT) or owner.created_seq:
        return made
    made["own"] = _calendar(mailbox, "own", dice.choice(("Private", "Projects", "Rota")))
    tenant = mailbox.tenant
    if owner.id == tenant.admin_id:
        made["fragile"] = _calendar(mailbox, "fragile", "Works council", values={"fragile": True})
    elif owner.id == tenant.ordinary_id:
        admin = Person.objects.filter(id=tenant.admin_id).first()
        if admin:
            shared = {"shared_from": str(admin.id), "owner": {"name": admin.display_name, "address": admin.mail}}
            made["shared"] = _calendar(mailbox, "shared", admin.display_name, values=shared)
    return made


def events(mailbox: Mailbox, owner, folders: dict[str, Folder], dice: Random) -> Iterator[Item]:
    """Yield the events; the administrator's calendar has the nasty ones as well."""
    planner = _Planner(mailbox, dice)
    real = len(corpora.events()) if mailbox.tenant.size.get("corpora") else 0
    places = [folder for key, folder in folders.items() if key != "shared"]
    for number in range(_amount(mailbox, owner)):
        folder = places[0] if number < len(_ALWAYS) or dice.random() < 0.75 else dice.choice(places)
        drawn = dice.choices(list(_RECIPES), list(_RECIPES.values()))[0]
        item = planner.event(_ALWAYS[number] if number < len(_ALWAYS) else drawn, folder)
        if real:
            item.facts["corpus"] = dice.randrange(real)
        yield item
    if not mailbox.is_group and owner.id == mailbox.tenant.admin_id:
        for recipe in _NASTY:
            yield planner.nasty(recipe, folders["calendar"])
        for _ in range(12):
            yield planner.event("single", folders["fragile"])


def _amount(mailbox: Mailbox, owner) -> int:
    count = load_of(mailbox.tenant).events
    if owner.created_seq:
        return 0
    if mailbox.is_group or owner.kind in (Kind.ROOM, Kind.EQUIPMENT, Kind.SHARED, Kind.DISABLED):
        return count // 2
    return count


def _calendar(mailbox: Mailbox, key: str, name: str, **facts) -> Folder:
    folder_id = derived_id(mailbox.id, "calendar", key)
    return Folder(id=folder_id, mailbox=mailbox, kind=Folder.Kind.CALENDAR, name=name, **facts)


class _Planner:
    """Makes one event after the other."""

    def __init__(self, mailbox: Mailbox, dice: Random) -> None:
        self.mailbox, self.dice, self.count = mailbox, dice, 0
        self.midnight = mailbox.born_at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

    def event(self, recipe: str, folder: Folder) -> Item:
        """Return the next event."""
        dice = self.dice
        day = self.midnight + timedelta(days=dice.randrange(-_PAST_DAYS, _AHEAD_DAYS))
        start = day + timedelta(minutes=30 * dice.randrange(14, 36))
        facts = {"start": start.isoformat(), "zone": dice.choice(_ZONES), "minutes": dice.choice((30, 45, 60, 120))}
        if recipe == "all_day":
            facts = {"start": day.isoformat(), "zone": "UTC", "minutes": 1440, "all_day": True}
        elif recipe == "weekly":
            facts |= self._series(day)
        return self._item(recipe, folder, facts)

    def nasty(self, recipe: str, folder: Folder) -> Item:
        """Return one of those that break careless software."""
        start = self.midnight + timedelta(days=7, hours=9)
        facts = {"start": start.isoformat(), "zone": "W. Europe Standard Time", "minutes": 60}
        if recipe == "odd_zone":
            facts["zone"] = "tzone://Microsoft/Custom"
        elif recipe == "old":
            facts["start"] = "1995-12-31T23:30:00"
        elif recipe in ("clock_change", "endless", "weekly_files"):
            # Half a year of weeks crosses the day the clocks change, wherever it begins.
            first = self.midnight - timedelta(days=30)
            pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [first.strftime("%A").lower()]}
            until = {"type": "noEnd"} if recipe == "endless" else {"type": "numbered", "numberOfOccurrences": 40}
            facts |= _recurrence(first, pattern | {"firstDayOfWeek": "monday"}, until)
            facts["start"] = (first + timedelta(hours=9)).isoformat()
            self._disturb(facts, first, (7, 35), 14)
        return self._item(recipe, folder, facts)

    def _series(self, day) -> dict:
        dice = self.dice
        names = sorted({day.strftime("%A").lower(), dice.choice(_WEEKDAYS)})
        pattern = dice.choice(
            (
                {"type": "weekly", "interval": dice.choice((1, 1, 2)), "daysOfWeek": names, "firstDayOfWeek": "monday"},
                {"type": "daily", "interval": dice.choice((1, 7))},
                {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": day.day},
            )
        )
        facts = _recurrence(day, pattern, {"type": "numbered", "numberOfOccurrences": dice.randrange(6, 30)})
        self._disturb(facts, day, (), 0)
        return facts

    def _disturb(self, facts: dict, first, exceptions: tuple[int, ...], cancelled: int) -> None:
        facts["cancelled"] = [(first + timedelta(days=cancelled)).date().isoformat()] if cancelled else []
        facts["exceptions"] = {}
        for offset in exceptions:
            moved = first + timedelta(days=offset, hours=15)
            facts["exceptions"][(first + timedelta(days=offset)).date().isoformat()] = {
                "at": moved.isoformat() + "+00:00",
                "minutes": 90,
                "values": {"subject": f"Moved: {offset}"},
            }

    def _item(self, recipe: str, folder: Folder, facts: dict) -> Item:
        self.count += 1
        made_at = self.mailbox.born_at - timedelta(days=self.dice.randrange(1, 60))
        item = Item(
            id=derived_id(self.mailbox.id, "event", self.count),
            mailbox=self.mailbox,
            kind=Item.Kind.EVENT,
            folder_id=folder.id,
            recipe=recipe,
            facts=facts,
            created_at=made_at,
            modified_at=made_at,
        )
        set_times(item)
        return item


def _recurrence(first, pattern: dict, until: dict) -> dict:
    bounds = {"startDate": first.date().isoformat(), "endDate": "0001-01-01", "numberOfOccurrences": 0}
    whole = {"month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"} | pattern
    return {
        "recurrence": {"pattern": whole, "range": bounds | {"recurrenceTimeZone": "W. Europe Standard Time"} | until}
    }
