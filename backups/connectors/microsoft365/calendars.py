"""The calendars of a mailbox. Follows Microsoft's pages "List calendars" and "calendar resource type"."""

from collections.abc import Iterator
from typing import Any

from backups.connectors.contract import Feed
from backups.connectors.microsoft365.exchange import Exchange
from backups.connectors.microsoft365.folder_feeds import listed
from backups.connectors.microsoft365.records import kept, text_in

CALENDAR, SHARED_CALENDAR = "calendar", "shared calendar"


def calendars(exchange: Exchange) -> Iterator[Feed]:
    """Yield the calendars in somebody's list. Those of others are marked, and saved with their owners only.

    Raises `NotThere` for somebody without a mailbox in the cloud.
    """
    entries = list(listed(exchange.pages("calendars?$top=100"), "calendar"))
    # Addresses change; the default calendar says who the owner of the mailbox is today.
    owners = {_owner(entry) for _, entry in entries if entry.get("isDefaultCalendar") is True}
    owners = (owners | {exchange.source.address.lower()}) - {""}
    for calendar_id, entry in entries:
        is_foreign = _is_foreign(entry, owners)
        record = kept(entry)
        if is_foreign:
            record["isSharedWithMe"] = True
        yield Feed(
            id=calendar_id,
            name=text_in(entry.get("name")),
            type=SHARED_CALENDAR if is_foreign else CALENDAR,
            record=record,
            has_delta=not is_foreign,
        )


def _is_foreign(entry: dict[str, Any], owners: set[str]) -> bool:
    """Return whether a calendar is surely somebody else's; in doubt it is read."""
    # Only its owner can share a calendar.
    is_own = entry.get("isDefaultCalendar") is True or entry.get("canShare") is True
    owner = _owner(entry)
    return not is_own and bool(owner and owners) and owner not in owners


def _owner(entry: dict[str, Any]) -> str:
    owner = entry.get("owner")
    address = owner.get("address") if isinstance(owner, dict) else None
    return address.lower() if isinstance(address, str) else ""
