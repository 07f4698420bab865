"""One item as the Accounts tab shows it: plain values, so that a row costs no query and little time to draw."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from organizations.models import Item
from organizations.models.organization import BackupStatus
from organizations.views.figure_words import moment_words, size_words

# Microsoft 365 keeps a deleted user for 30 days.
_CAN_BE_BROUGHT_BACK = timedelta(days=30)
_STATUS_ICONS = {status.value: status.value.lower() for status in BackupStatus}
_LABELS = dict(BackupStatus.choices)
_MAILBOXES = dict(Item.Mailbox.choices)
_SKIPS = dict(Item.Skip.choices)
_P, _Presence = Item.Protection, Item.Presence


@dataclass(frozen=True)
class ItemRow:
    """What the table prints of one item."""

    uuid: str
    name: str
    address: str
    note: str
    mailbox: str
    # The badge: its class, its icon and its word.
    status: str
    status_icon: str
    status_words: str
    last_good: str
    stored: str
    # Who or what decided, in words.
    decided: str
    is_skipped: bool
    is_protected: bool
    # Whether a click can change anything; a filter and the provider have the last word.
    can_switch: bool
    is_seat: bool
    is_muted: bool
    # Whether a legal hold keeps what is saved of it.
    is_held: bool


def as_row(item: Item, *, now: datetime) -> ItemRow:
    """Return the row of an item that was read `with_holds`."""
    status, icon, words = _status(item)
    return ItemRow(
        uuid=str(item.uuid),
        name=str(item),
        address=item.address if item.name else "",
        note=_note(item, now),
        mailbox=_MAILBOXES.get(item.mailbox, ""),
        status=status,
        status_icon=icon,
        status_words=words,
        last_good=_last_good(item.last_good_at, now),
        stored=size_words(item.stored_bytes) if item.stored_bytes else "0",
        decided=_decided(item, now),
        is_skipped=item.protection == _P.SKIPPED,
        is_protected=item.protection == _P.PROTECTED,
        can_switch=item.protection in (_P.PROTECTED, _P.NOT_PROTECTED),
        is_seat=item.tab == Item.Tab.USERS,
        is_muted=item.protection in (_P.SKIPPED, _P.NOT_AVAILABLE),
        is_held=item.is_held,
    )


def _status(item: Item) -> tuple[str, str, str]:
    match item.protection:
        case _P.PROTECTED:
            return item.backup_status.lower(), _STATUS_ICONS[item.backup_status], _LABELS[item.backup_status]
        case _P.NOT_PROTECTED:
            return "none", "none", "Not protected"
        case _P.SKIPPED:
            return "none", "excluded", "Skipped"
        case _ if item.last_good_at or item.stored_bytes:
            return "success", "success", "Kept"
        case _:
            return "none", "none", "Nothing saved"


def _note(item: Item, now: datetime) -> str:
    if item.presence == _Presence.PRESENT:
        is_newcomer = item.is_new and item.protection == _P.NOT_PROTECTED
        return f"since {day_in_words(item.first_seen_at, now)}" if is_newcomer else ""
    when = f" on {day_in_words(item.gone_at, now)}" if item.gone_at else ""
    if item.presence == _Presence.GONE:
        return f"left{when}" if item.kind == Item.Kind.USER else f"gone{when}"
    until = f" until {day_in_words(item.gone_at + _CAN_BE_BROUGHT_BACK, now)}" if item.gone_at else ""
    return f"deleted at the source{when}, can be brought back there{until}"


def _decided(item: Item, now: datetime) -> str:
    if item.protection == _P.NOT_AVAILABLE:
        word = "Gone" if item.presence == _Presence.GONE else "Deleted"
        return f"{word} since {day_in_words(item.gone_at, now)}" if item.gone_at else word
    if item.protection == _P.SKIPPED:
        return f"Skipped: {_SKIPS[item.skipped_as]}"
    if item.decided_at is None:
        return "Nobody yet"
    day = day_in_words(item.decided_at, now)
    if item.chosen_by == Item.ChosenBy.AUTOMATION:
        return f"Automatically, {day}"
    return f"By hand: {item.decided_by}, {day}"


def _last_good(moment: datetime | None, now: datetime) -> str:
    words = moment_words(moment, now)
    return words[:1].upper() + words[1:] if words else "Never"


def day_in_words(moment: datetime, now: datetime) -> str:
    """Return "12 Nov", with the year where it is not this one, in the person's zone."""
    day, today = timezone.localtime(moment), timezone.localtime(now)
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"
