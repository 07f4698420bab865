"""Sign-ins as events: into the audit log, into the mails about new browsers, and at most ten sessions a person."""

from allauth.account.signals import password_changed, password_reset
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa import signals as mfa_signals
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import audit, second_factor
from accounts.doors import DOOR_COOKIE, DOOR_KEY, MEMBERSHIP_KEY, chosen_membership, remembered_door
from accounts.models import AuditEntry, Membership, User
from accounts.user_agents import describe
from notifications import emails

FAILURES_WORTH_A_MAIL = 5
_KNOWN_COOKIE = "known"
_KNOWN_SALT = "accounts.known-browser"
_A_YEAR = 365 * 24 * 60 * 60


def failures_key(email: str) -> str:
    """Return the cache key that counts failed sign-ins with ``email``."""
    return f"sign-in-failures:{signing.Signer(salt='failures').signature(email.strip().lower())}"


def note_failure(*, email: str) -> None:
    """Record a failed sign-in. Does the same work whether or not the address has an account."""
    key = failures_key(email)
    cache.add(key, 0, timeout=24 * 60 * 60)
    cache.incr(key)
    user = User.objects.with_email(email.replace("\x00", "")).first()
    membership = _some_membership(user)
    with transaction.atomic():
        audit.record(
            "sign_in.failed",
            partner_id=membership.partner_id if membership else None,
            organization_id=membership.organization_id if membership else None,
            actor=user or "Somebody",
            target=user,
            at=timezone.now(),
        )


def note_success(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Record a sign-in, end the eleventh session, and tell the person about a browser never seen before."""
    membership = chosen_membership(request)
    door = remembered_door(request)
    if membership:
        request.session[MEMBERSHIP_KEY] = membership.pk
        audit.act_as(membership.role)
    is_first = not _has_signed_in_before(user, membership)
    _record(user, "sign_in.succeeded", membership, details={"door": door.value})
    _end_oldest_sessions(user)
    partner = f":{membership.partner.uuid}" if membership else ""
    _set_cookie(response, DOOR_COOKIE, f"{door.value}{partner}")
    _tell_about_browser(request, response, user, is_first=is_first)


def connect() -> None:
    """Listen to what allauth and Django tell about accounts; called once at the start."""
    user_logged_out.connect(_signed_out, dispatch_uid="accounts.signed_out")
    password_changed.connect(_password_changed, dispatch_uid="accounts.password_changed")
    password_reset.connect(_password_changed, dispatch_uid="accounts.password_reset")
    mfa_signals.authenticator_removed.connect(_factor_removed, dispatch_uid="accounts.factor_removed")
    mfa_signals.authentication_failed.connect(_wrong_code, dispatch_uid="accounts.wrong_code")
    mfa_signals.authenticator_used.connect(_right_code, dispatch_uid="accounts.right_code")


def record_own(user: User, action: str, *, details: dict | None = None) -> None:
    """Record what a person did to the own account, in the chain of the company the person belongs to."""
    _record(user, action, _some_membership(user), details)


def _record(user: User, action: str, membership: Membership | None, details: dict | None = None) -> None:
    with transaction.atomic():
        audit.record(
            action,
            partner_id=membership.partner_id if membership else None,
            organization_id=membership.organization_id if membership else None,
            actor=user,
            target=user,
            at=timezone.now(),
            details=details,
        )


def _has_signed_in_before(user: User, membership: Membership | None) -> bool:
    chain = {"chain__partner": membership.partner_id} if membership else {"chain__partner__isnull": True}
    return AuditEntry.objects.filter(**chain, actor_id=user.pk, action="sign_in.succeeded").exists()


def _end_oldest_sessions(user: User) -> None:
    newest = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    for session in newest[settings.SESSIONS_PER_PERSON :]:
        session.end()


def _tell_about_browser(request: HttpRequest, response: HttpResponse, user: User, *, is_first: bool) -> None:
    known = _known_people(request)
    where = {
        "at": timezone.now(),
        "browser": describe(request.headers.get("User-Agent", "")),
        "address": get_client_ip(request),
    }
    failures = cache.get(failures_key(user.email), 0)
    if failures >= FAILURES_WORTH_A_MAIL:
        emails.sign_in_after_failures(to=user.email, name=user.full_name, failures=failures, **where)
    elif str(user.uuid) not in known and not is_first:
        emails.new_sign_in(to=user.email, name=user.full_name, **where)
    cache.delete(failures_key(user.email))
    people = [*[person for person in known if person != str(user.uuid)], str(user.uuid)][-10:]
    _set_cookie(response, _KNOWN_COOKIE, signing.dumps(people, salt=_KNOWN_SALT))


def _known_people(request: HttpRequest) -> list[str]:
    try:
        return signing.loads(request.COOKIES.get(_KNOWN_COOKIE, ""), salt=_KNOWN_SALT, max_age=_A_YEAR)
    except signing.BadSignature:
        return []


def _set_cookie(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_A_YEAR, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def _signed_out(sender, request: HttpRequest, user: User | None, **_) -> None:
    if user is not None and request.session.get(DOOR_KEY):
        _record(user, "sign_in.ended", chosen_membership(request))


def _password_changed(sender, request: HttpRequest, user: User, **_) -> None:
    record_own(user, "password.changed")


def _factor_removed(sender, request: HttpRequest, user: User, authenticator, **_) -> None:
    if authenticator.type != "recovery_codes":
        record_own(user, "second_factor.removed", details={"type": authenticator.type})


def _wrong_code(sender, request: HttpRequest, user: User, **_) -> None:
    second_factor.note_wrong_code(user, at=timezone.now())


def _right_code(sender, request: HttpRequest, user: User, **_) -> None:
    second_factor.note_right_code(user)


def _some_membership(user: User | None) -> Membership | None:
    """Return the membership under which an event of the own account is filed: a place at a company before one at a
    client, so that no client reads about the people of its partner.
    """
    usable = Membership.objects.filter(user=user).usable()
    return usable.order_by(F("organization").asc(nulls_first=True), "id").first()
