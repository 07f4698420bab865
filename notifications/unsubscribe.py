"""Links that unsubscribe: signed, for one person and one kind of newsletter, good for ever."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SALT = "notifications.unsubscribe"


class NotALink(Exception):
    """The link was not made by us, or is not whole."""


def link(*, user_id: int, category: str) -> str:
    """Return the address that unsubscribes ``user_id`` from ``category``."""
    return settings.BASE_URL + reverse("notifications:unsubscribe", args=[token(user_id=user_id, category=category)])


def token(*, user_id: int, category: str) -> str:
    """Return the signed part of the link."""
    return signing.dumps([user_id, category], salt=_SALT)


def read(text: str) -> tuple[int, str]:
    """Return (user id, category) of a link. Raises `NotALink`."""
    try:
        user_id, category = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError) as problem:
        raise NotALink from problem
    return user_id, category
