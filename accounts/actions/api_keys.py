"""Making and revoking the keys of programs, and noting when they are used."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.urls import reverse

from accounts import audit
from accounts.models import ApiKey, Membership, Partner, User
from accounts.models.api_key import handle_of, new_key
from accounts.models.invitation import fingerprint_of
from accounts.scopes import Scope
from notifications import emails

# Enough for every program of a company; a list without end would hide the key nobody uses any more.
KEYS_AT_MOST = 200
# Who clicks twice gets the answer to the second click only, and has never seen the key of the first one.
_JUST_NOW = timedelta(minutes=1)
_ONE_KEY_OF_A_NAME = "accounts_names_of_keys_are_unique_until_revoked"


class ApiKeyProblem(Exception):
    """The key cannot be made; the message says why, in words for the person who asked."""


class NameTaken(ApiKeyProblem):
    """A key that was not revoked has the name."""


def create_api_key(
    *,
    partner: Partner,
    name: str,
    scopes: Collection[str],
    organizations: Collection[models.Model] | None,
    expires_at: datetime,
    actor: User,
    now: datetime,
) -> tuple[ApiKey, str]:
    """Make a key and tell the Administrators; return its row and its text, which is known only here and now.

    ``organizations`` are the clients it may read, or None for every one, those of later included. Raises `NameTaken`
    and `ApiKeyProblem`.
    """
    try:
        return _create(partner, name, scopes, organizations, expires_at, actor, now)
    except IntegrityError as problem:
        if _ONE_KEY_OF_A_NAME not in str(problem):
            raise
        raise NameTaken(_why_taken(partner, name, actor, now)) from problem


@transaction.atomic
def _create(partner, name, scopes, organizations, expires_at, actor, now) -> tuple[ApiKey, str]:
    # One at a time in each company, so that two requests cannot both be the last one that fits.
    partner = Partner.objects.select_for_update().get(pk=partner.pk)
    if ApiKey.objects.filter(partner=partner).usable(now).count() >= KEYS_AT_MOST:
        raise ApiKeyProblem(f"There are {KEYS_AT_MOST} keys already. Revoke those that nothing uses.")
    text = new_key()
    key = ApiKey.objects.create(
        partner=partner,
        name=name,
        handle=handle_of(text),
        fingerprint=fingerprint_of(text),
        scopes=[scope for scope in Scope.values if scope in scopes],
        sees_every_organization=organizations is None,
        created_at=now,
        created_by=actor.full_name,
        expires_at=expires_at,
    )
    key.organizations.set(organizations or [])
    reach = _reach_in_words(organizations)
    labels = [Scope(scope).label for scope in key.scopes]
    audit.record(
        "api_key.created",
        partner_id=partner.pk,
        actor=actor,
        target=key,
        at=now,
        details={"handle": key.handle, "scopes": labels, "reach": reach, "until": f"{expires_at:%Y-%m-%d}"},
    )
    _tell_administrators(key, labels, reach)
    return key, text


def _tell_administrators(key: ApiKey, labels: list[str], reach: str) -> None:
    for administrator in Membership.objects.filter(partner=key.partner).administrators().select_related("user"):
        emails.api_key_created(
            to=administrator.user.email,
            name=administrator.user.full_name,
            partner=key.partner.name,
            key=key.name,
            handle=key.handle,
            scopes=", ".join(labels),
            reach=reach,
            created_by=key.created_by,
            expires_at=key.expires_at,
            keys_url=settings.BASE_URL + reverse("accounts:api_key_list"),
            time_zone=administrator.user.time_zone or key.partner.time_zone,
        )


@transaction.atomic
def revoke_api_key(*, key: ApiKey, actor: User, now: datetime) -> ApiKey:
    """Let ``key`` open nothing any more, from its next call on. Revoking it again changes nothing."""
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = now, actor.full_name
        key.save(update_fields=["revoked_at", "revoked_by"])
        audit.record(
            "api_key.revoked",
            partner_id=key.partner_id,
            actor=actor,
            target=key,
            at=now,
            details={"handle": key.handle},
        )
    return key


def note_use(*, key: ApiKey, address: str | None, now: datetime) -> None:
    """Remember that ``key`` was used, at most once a minute; the first use goes into the audit log."""
    if not key.is_due_to_be_noted(now):
        return
    with transaction.atomic():
        # Of two calls at the same moment one notes it: the other finds the row changed.
        noted = ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(
            last_used_at=now, last_used_from=address
        )
        if noted and key.last_used_at is None:
            audit.record(
                "api_key.first_used",
                partner_id=key.partner_id,
                actor=f"API key {key.name}"[:200],
                target=key,
                at=now,
                details={"address": address or "an unknown address"},
            )


def _why_taken(partner: Partner, name: str, actor: User, now: datetime) -> str:
    theirs = ApiKey.objects.filter(partner=partner, name__iexact=name, created_by=actor.full_name)
    if theirs.usable(now).filter(created_at__gt=now - _JUST_NOW).exists():
        advice = "You made it just now, and its text is shown only once: revoke it and make another."
    else:
        advice = "Choose another name, or revoke that one."
    return f"There is a key called {name} already. {advice}"


def _reach_in_words(organizations: Collection[models.Model] | None) -> str:
    if organizations is None:
        return "all clients"
    names = [str(organization) for organization in organizations]
    return ", ".join(names) if len(names) <= 5 else f"{len(names)} chosen clients"
