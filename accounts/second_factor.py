"""When a second factor is needed, whether it is there, and the lock after wrong codes.

The codes and passkeys themselves are allauth's; what is ours is who must have one, and that ten wrong codes in a
row close the account's code step for an hour (counted in the database, where two requests cannot both miss it).
"""

from datetime import datetime, timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import Membership, User
from notifications import emails

WRONG_CODES_ALLOWED = 10
LOCKED_FOR = timedelta(hours=1)
_REAL_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_required(user: User, membership: Membership | None) -> bool:
    """Return whether this person may not see any page without a second factor.

    Partner staff and platform staff always; organization users where their partner demands it.
    """
    if user.is_staff:
        return True
    if membership is None:
        return False
    return membership.organization is None or membership.organization.requires_second_factor


def is_set_up(user: User) -> bool:
    """Return whether the person has an authenticator app or a passkey."""
    return Authenticator.objects.filter(user=user, type__in=_REAL_FACTORS).exists()


def was_passed(request: HttpRequest) -> bool:
    """Return whether this session was opened with a second factor, or set one up itself."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def note_wrong_code(user: User, *, at: datetime) -> None:
    """Count one wrong code; the tenth in a row locks codes for an hour and tells the person and the Administrators."""
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.codes_are_locked(at):
            return
        locked.wrong_codes += 1
        if locked.wrong_codes >= WRONG_CODES_ALLOWED:
            locked.wrong_codes = 0
            locked.codes_locked_until = at + LOCKED_FOR
            _tell_about_lock(locked, at)
        locked.save(update_fields=["wrong_codes", "codes_locked_until"])


def note_right_code(user: User) -> None:
    """Forget the wrong codes before a right one."""
    User.objects.filter(pk=user.pk).exclude(wrong_codes=0).update(wrong_codes=0)


def remove(user: User) -> None:
    """Take away every second factor and end all sessions; the next sign-in starts with the set-up wizard."""
    Authenticator.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(
        session_version=F("session_version") + 1, wrong_codes=0, codes_locked_until=None
    )


def _tell_about_lock(user: User, at: datetime) -> None:
    emails.codes_locked(to=user.email, name=user.full_name, locked_until=user.codes_locked_until)
    memberships = Membership.objects.filter(user=user).usable().select_related("partner")
    if not memberships:
        audit.record("second_factor.locked", partner_id=None, actor=user, target=user, at=at)
    for membership in memberships:
        audit.record(
            "second_factor.locked",
            partner_id=membership.partner_id,
            organization_id=membership.organization_id,
            actor=user,
            target=user,
            at=at,
        )
        others = Membership.objects.filter(partner=membership.partner).administrators().exclude(user=user)
        for other in others.select_related("user"):
            emails.codes_locked_for_administrator(
                to=other.user.email,
                name=user.full_name,
                partner=membership.partner.name,
                locked_until=user.codes_locked_until,
            )


def codes_locked_until(user: User) -> datetime | None:
    """Return until when no code of this person is accepted, or None when codes are accepted."""
    fresh = User.objects.only("codes_locked_until").get(pk=user.pk)
    return fresh.codes_locked_until if fresh.codes_are_locked(timezone.now()) else None


def is_required_for(user: User) -> bool:
    """Return whether any of this person's memberships, or the work as platform staff, demands a second factor."""
    memberships = Membership.objects.filter(user=user).usable().select_related("organization")
    return user.is_staff or any(is_required(user, membership) for membership in memberships)
