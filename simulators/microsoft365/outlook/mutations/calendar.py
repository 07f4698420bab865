"""Operations on calendars. Each says in ``user`` whose they are about; times and recurrences are Graph's."""

from datetime import date, datetime, timedelta

from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger
from simulators.microsoft365.outlook.graph.event_shape import day_of
from simulators.microsoft365.outlook.ids import MalformedId, read_id
from simulators.microsoft365.outlook.models import Folder, Item
from simulators.microsoft365.outlook.mutations.finding import (
    folder_answer,
    item_answer,
    mailbox_ledger,
    named_folder,
    named_item,
)
from simulators.microsoft365.outlook.mutations.planning import call_off, plan_event, replan

CALENDAR, EVENT = Folder.Kind.CALENDAR, Item.Kind.EVENT


def create_event(ledger: Ledger, arguments: dict) -> dict:
    """Plan an event: ``set`` (properties of Graph), ``calendar``, ``recipe``; tomorrow at nine unless it says when."""
    box = mailbox_ledger(ledger, arguments)
    body = dict(arguments.get("set") or {})
    if "start" not in body:
        start = (box.now + timedelta(days=1)).replace(hour=9, minute=0, second=0, tzinfo=None)
        body["start"] = {"dateTime": start.isoformat(), "timeZone": "UTC"}
        body["end"] = {"dateTime": (start + timedelta(hours=1)).isoformat(), "timeZone": "UTC"}
    folder = named_folder(box, arguments, CALENDAR, "calendar", "calendar")
    item = plan_event(box, folder, body, recipe=arguments.get("recipe", "single"))
    return item_answer(box, item)


def update_event(ledger: Ledger, arguments: dict) -> dict:
    """Set properties of an ``event``; of one day of a series if the id is an occurrence's or there is a ``day``."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, EVENT)
    replan(box, item, _day(arguments), arguments.get("set") or {})
    return item_answer(box, item)


def delete_event(ledger: Ledger, arguments: dict) -> dict:
    """Delete an ``event`` or series, or cancel one ``day`` of it."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, EVENT)
    call_off(box, item, _day(arguments))
    return item_answer(box, item)


def move_event(ledger: Ledger, arguments: dict) -> dict:
    """Move an ``event`` to another ``calendar`` of the mailbox."""
    box = mailbox_ledger(ledger, arguments)
    item = named_item(box, arguments, EVENT)
    box.move(item, named_folder(box, arguments, CALENDAR, "calendar").id)
    return item_answer(box, item)


def create_calendar(ledger: Ledger, arguments: dict) -> dict:
    """Create a calendar: ``name``; with ``fragile`` one whose change feeds cannot cope with large pages."""
    box = mailbox_ledger(ledger, arguments)
    values = {"fragile": True} if arguments.get("fragile") else {}
    return folder_answer(box, box.create_folder(CALENDAR, arguments.get("name") or "Calendar", None, values=values))


def rename_calendar(ledger: Ledger, arguments: dict) -> dict:
    """Give a ``calendar`` another ``name``."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, CALENDAR, "calendar")
    box.change_folder(folder, name=arguments.get("name") or "Renamed")
    return folder_answer(box, folder)


def delete_calendar(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``calendar`` with its events."""
    box = mailbox_ledger(ledger, arguments)
    folder = named_folder(box, arguments, CALENDAR, "calendar")
    if folder.well_known:
        raise CannotMutate(f"Nobody can delete {folder}.")
    box.remove_folder(folder)
    return folder_answer(box, folder)


def _day(arguments: dict) -> date | None:
    if arguments.get("day"):
        return datetime.fromisoformat(arguments["day"]).date()
    try:
        part = read_id(arguments["event"]).part
    except MalformedId:
        return None
    return day_of(part) if part else None
