"""Making the people and companies that tests talk about."""

import itertools

from allauth.mfa.models import Authenticator
from django.utils import timezone

import sealing
from accounts.models import Invitation, Membership, Partner, User
from accounts.models.invitation import fingerprint_of
from accounts.models.membership import list_name_of
from accounts.roles import Product, Role

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
