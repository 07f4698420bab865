"""Which of our mails answers which of allauth's events."""

from datetime import timedelta
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.user_agents import describe
from notifications import emails

# What the mail "your second factor changed" says happened.
_SECOND_FACTOR_CHANGES = {
    "mfa/email/totp_activated": "An authenticator app was set up",
    "mfa/email/totp_deactivated": "The authenticator app was removed",
    "mfa/email/webauthn_added": "A passkey was added",
    "mfa/email/webauthn_removed": "A passkey was removed",
    "mfa/email/recovery_codes_generated": "New recovery codes were made",
}
_PASSWORD_CHANGES = {"account/email/password_changed", "account/email/password_reset", "account/email/password_set"}


def send(event: str, *, to: str, context: dict[str, Any], request: HttpRequest) -> None:
    """Send the mail that belongs to allauth's ``event``. Raises KeyError for one nobody has thought about."""
    if event == "account/email/password_reset_key":
        emails.password_reset(
            to=to,
            name=context["user"].full_name,
            reset_url=context["password_reset_url"],
            expires_at=timezone.now() + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
        )
    elif event == "account/email/unknown_account":
        emails.unknown_account(to=to)
    elif event in _PASSWORD_CHANGES:
        emails.password_changed(to=to, name=context["user"].full_name, **_where(request))
    else:
        emails.second_factor_changed(
            to=to, name=context["user"].full_name, change=_SECOND_FACTOR_CHANGES[event], **_where(request)
        )


def _where(request: HttpRequest) -> dict[str, Any]:
    return {
        "at": timezone.now(),
        "browser": describe(request.headers.get("User-Agent", "")),
        "address": get_client_ip(request),
    }
