"""One person as the Users tab shows it: plain values, so that a row costs no query and little time to draw."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import Invitation, Membership, User
from accounts.roles import Product, Role

_PRODUCT_LABELS = dict(Product.choices)
_ROLE_LABELS = dict(Role.choices)


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
    last_sign_in: datetime | None
    is_viewer: bool
    is_pending: bool


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
        last_sign_in=member.shown_last_sign_in,
        is_viewer=member.user_id == viewer.pk,
        is_pending=member.is_pending,
    )


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
