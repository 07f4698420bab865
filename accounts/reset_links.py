"""The link of a password-reset mail: built from our own address, never from what a request says."""

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts.doors import Door
from accounts.models import User


def reset_link_for(user: User, *, door: Door) -> str:
    """Return a single-use link, valid 30 minutes, to choose a new password and come back to ``door``."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return reset_link(f"{user_pk_to_url_str(user)}-{token}", door=door)


def reset_link(key: str, *, door: Door) -> str:
    """Return the address for allauth's ``key``."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return f"{settings.BASE_URL}{path.replace('UID-KEY', key)}?door={door.value}"
