"""Making the people and companies that tests talk about."""

import itertools

from allauth.mfa.models import Authenticator
from django.utils import timezone

import sealing
from accounts.models import ApiKey, Invitation, Membership, Partner, User
from accounts.models.api_key import handle_of, new_key
from accounts.models.invitation import fingerprint_of
from accounts.models.membership import list_name_of
from accounts.roles import Product, Role
from accounts.scopes import Scope

PASSWORD = "correct horse battery staple"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_numbers = itertools.count(1)


def make_partner(name: str, **fields) -> Partner:
    return Partner.objects.create(name=name, time_zone=fields.pop("time_zone", "Europe/Berlin"), **fields)


def make_user(first_name: str, last_name: str = "", *, email: str = "", **fields) -> User:
    last_name = last_name or f"Person{next(_numbers)}"
    email = email or f"{first_name}.{last_name}@example.com".lower()
    return User.objects.create_user(email, PASSWORD, first_name=first_name, last_name=last_name, **fields)


def make_member(user: User, partner: Partner, role: str = Role.BASIC, *, products=(Product.CLOUD_BACKUP,), **fields):
    fields.setdefault("joined_at", timezone.now())
    fields.setdefault("list_name", list_name_of(user.first_name, user.last_name))
    return Membership.objects.create(user=user, partner=partner, role=role, products=list(products), **fields)


def make_invitation(membership: Membership, *, token: str, at, **fields) -> Invitation:
    return Invitation.objects.create(
        membership=membership,
        first_name=fields.pop("first_name", "Dana"),
        last_name=fields.pop("last_name", "Whitfield"),
        invited_by="Ada Lindqvist",
        token_fingerprint=fingerprint_of(token),
        sent_at=at,
        expires_at=at + timezone.timedelta(days=7),
        **fields,
    )


def give_app(user: User, seed: str = SEED) -> Authenticator:
    """Give ``user`` an authenticator app whose secret is ``seed``."""
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": sealing.seal(seed, purpose="second factor")}
    )


def make_api_key(partner: Partner, *, scopes=(Scope.CLOUD_BACKUP,), organizations=None, **fields) -> tuple[ApiKey, str]:
    """Make a key of ``partner``, for all clients or the given ones; return its row and its text."""
    text = new_key()
    fields.setdefault("created_at", timezone.now())
    fields.setdefault("expires_at", fields["created_at"] + timezone.timedelta(days=365))
    key = ApiKey.objects.create(
        partner=partner, name=fields.pop("name", f"Key {next(_numbers)}"), handle=handle_of(text),
        fingerprint=fingerprint_of(text), scopes=list(scopes), sees_every_organization=organizations is None,
        created_by="Ada Lindqvist", **fields,
    )  # fmt: skip
    key.organizations.set(organizations or [])
    return key, text
