"""One person as the Users tab shows it: plain values, so that a row costs no query and little time to draw."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import Invitation, Membership, ResetRequest, User
from accounts.roles import Product, Role

_PRODUCT_LABELS = dict(Product.choices)
_ROLE_LABELS = dict(Role.choices)
_STATE_ICONS = {"accepted": "check", "waiting": "clock", "expired": "alert", "revoked": "x", "locked": "lock"}


@dataclass(frozen=True)
class Row:
    """What the table prints of one membership."""

    uuid: str
    url: str
    name: str
    initials: str
    email: str
    role: str
    products: list[str]
    has_second_factor: bool
    state: str
    state_words: str
    last_sign_in: str
    is_viewer: bool
    is_pending: bool

    @property
    def state_class(self) -> str:
        """The chip's class: waiting, accepted, or in need of somebody."""
        return {"accepted": "invitation-accepted", "waiting": "invitation-waiting"}.get(
            self.state, "invitation-expired"
        )

    @property
    def state_icon(self) -> str:
        """The icon that says the same as the words."""
        return _STATE_ICONS[self.state]


def as_row(member: Membership, *, viewer: User, now: datetime) -> Row:
    """Return the row of a membership that was read with `with_list_facts`."""
    first, last = member.shown_first_name or "", member.shown_last_name or ""
    state, words = _state(member, now)
    return Row(
        uuid=str(member.uuid),
        url=member.get_absolute_url(),
        name=f"{first} {last}".strip() or member.user.email,
        initials=(first[:1] + last[:1]).upper(),
        email=member.user.email,
        role=_ROLE_LABELS[member.role],
        products=[_PRODUCT_LABELS.get(code, code) for code in member.products],
        has_second_factor=member.has_second_factor,
        state=state,
        state_words=words,
        last_sign_in=_day_of(member.shown_last_sign_in, now),
        is_viewer=member.user_id == viewer.pk,
        is_pending=member.is_pending,
    )


def reset_in_words(reset: ResetRequest, name: str) -> str:
    """Return what happens now that a reset of ``name``'s password or second factor was asked for."""
    what = reset.get_what_display()
    if reset.due_at > reset.requested_at:
        when = timezone.localtime(reset.due_at)
        return f"{name} is told, and the {what} is reset on {when:%d %B at %H:%M} unless {name} objects."
    return f"The {what} of {name} is being reset, and {name} is told by mail."


def _state(member: Membership, now: datetime) -> tuple[str, str]:
    if member.joined_at:
        if member.user.codes_are_locked(now):
            until = timezone.localtime(member.user.codes_locked_until)
            return "locked", f"Locked until {until:%H:%M}"
        return "accepted", "Active"
    invitation = member.invitation
    match invitation.state_at(now):
        case Invitation.State.WAITING:
            days = invitation.days_left(now)
            return "waiting", f"Invited, {days} day{'' if days == 1 else 's'} left"
        case Invitation.State.REVOKED:
            return "revoked", "Invitation taken back"
        case _:
            expired = timezone.localtime(invitation.expires_at)
            return "expired", f"Expired {expired.day} {expired:%b}"


def _day_of(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "–"
    day, today = timezone.localtime(moment), timezone.localtime(now)
    if day.date() == today.date():
        return f"Today {day:%H:%M}"
    if (today.date() - day.date()).days == 1:
        return "Yesterday"
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"
