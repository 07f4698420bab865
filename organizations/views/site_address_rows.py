"""One SharePoint address as its list shows it: plain values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from organizations.models import Item, SiteAddress
from organizations.models.organization import ConnectionState
from organizations.views.figure_words import moment_words

# A worker answers within a minute; whoever waited this long may ask again.
_ANSWERED_WITHIN = timedelta(minutes=15)
_State = SiteAddress.State
_BADGES = {
    _State.CHECKING: ("in_progress", "in_progress"),
    _State.FOUND: ("success", "success"),
    _State.REFUSED: ("failed", "failed"),
}


@dataclass(frozen=True)
class SiteAddressRow:
    """What the table prints of one address."""

    uuid: str
    url: str
    badge: str
    badge_icon: str
    state: str
    # What was found, or why nothing was, in words.
    outcome: str
    added: str
    is_checking: bool
    can_check: bool
    can_edit: bool


def as_row(address: SiteAddress, *, now: datetime) -> SiteAddressRow:
    """Return the row of an address that was read with its connection and item."""
    badge, icon = _BADGES[_State(address.state)]
    is_checking = address.state == _State.CHECKING
    is_in_use = address.connection.state != ConnectionState.DISCONNECTED
    has_waited = is_checking and now - address.added_at > _ANSWERED_WITHIN
    return SiteAddressRow(
        uuid=str(address.uuid),
        url=address.url,
        badge=badge,
        badge_icon=icon,
        state=address.get_state_display(),
        outcome=_outcome(address),
        added=f"added by {address.added_by}, {moment_words(address.added_at, now)}",
        is_checking=is_checking,
        can_check=is_in_use and (address.state == _State.REFUSED or has_waited),
        can_edit=is_in_use and bool(address.connection.sharepoint_host),
    )


def _outcome(address: SiteAddress) -> str:
    if address.state == _State.REFUSED:
        return address.problem
    if address.state == _State.CHECKING:
        return "Nothing is protected by it yet."
    if address.item is None:
        return ""
    protected = address.item.protection == Item.Protection.PROTECTED
    return f"{address.item}, {'protected' if protected else 'not protected'}"
