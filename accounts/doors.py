"""The two doors people sign in at, and what each lets in.

The session remembers the door and the chosen membership; both are checked against the database at each request.
"""

from enum import StrEnum
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Membership, User


class Door(StrEnum):
    PARTNER = "partner"
    ORGANIZATION = "organization"

    @property
    def address(self) -> str:
        """The path of this door's sign-in page."""
        return reverse("account_login" if self is Door.PARTNER else "organization_login")


DOOR_KEY = "door"
MEMBERSHIP_KEY = "membership"
# Remembered after sign-out, so that an ended session leads back to the right door.
DOOR_COOKIE = "door"


def door_for(membership: Membership) -> Door:
    """Return the door this membership opens."""
    return Door.PARTNER if membership.organization_id is None else Door.ORGANIZATION


def door_address_for(membership: Membership) -> str:
    """Return the path of the sign-in page of this membership, for clients under the name of their partner."""
    door = door_for(membership)
    if door is Door.PARTNER:
        return door.address
    return f"{door.address}?{urlencode({'partner': membership.partner.uuid})}"


def memberships_at(user: User, door: Door) -> QuerySet[Membership]:
    """Return the memberships with which ``user`` may come in at ``door``."""
    usable = Membership.objects.filter(user=user).usable()
    usable = usable.select_related("user", "partner", "organization").defer("partner__logo")
    return (usable.of_staff() if door is Door.PARTNER else usable.of_organization_users()).order_by("id")


def may_enter(user: User, door: Door) -> bool:
    """Return whether ``user`` has any business at ``door``; platform staff come in at the partner's."""
    if not user.is_active:
        return False
    return (door is Door.PARTNER and user.is_staff) or memberships_at(user, door).exists()


def remembered_door(request: HttpRequest) -> Door:
    """Return the door this browser used last, by its session or its cookie; else the partner's."""
    for value in (request.session.get(DOOR_KEY), request.COOKIES.get(DOOR_COOKIE, "").partition(":")[0]):
        if value in set(Door):
            return Door(value)
    return Door.PARTNER


def memberships_of(request: HttpRequest) -> list[Membership]:
    """Return everything the signed-in person may act under at the session's door, oldest first; [] for strangers."""
    if not request.user.is_authenticated:
        return []
    return list(memberships_at(request.user, remembered_door(request))[:100])


def chosen_membership(request: HttpRequest, memberships: list[Membership] | None = None) -> Membership | None:
    """Return the membership the session acts under, or None when there is none (any more).

    The chosen one wins; without a choice the oldest does.
    """
    candidates = memberships_of(request) if memberships is None else memberships
    chosen = request.session.get(MEMBERSHIP_KEY)
    return next((one for one in candidates if one.pk == chosen), candidates[0] if candidates else None)
