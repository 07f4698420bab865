"""The second-factor codes of the demo people, so that the real sign-in can be tried without a phone."""

import time

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

import sealing
from accounts.access import open_page
from portal.demo_people import DEMO_PEOPLE


@open_page
def codes(request: HttpRequest) -> HttpResponse:
    """List the demo people with password and present code. Exists in development only."""
    if not settings.IS_DEVELOPMENT:
        raise Http404
    apps = Authenticator.objects.filter(
        type=Authenticator.Type.TOTP, user__email__in=[person.email for person in DEMO_PEOPLE]
    ).select_related("user")
    secrets = {app.user.email: app.data["secret"] for app in apps}
    now = time.time()
    people = [
        {"person": person, "code": _code(secrets[person.email], now) if person.email in secrets else ""}
        for person in DEMO_PEOPLE
    ]
    left = int(app_settings.TOTP_PERIOD - now % app_settings.TOTP_PERIOD)
    response = render(request, "portal/dev_codes.html", {"people": people, "seconds_left": left})
    response["Refresh"] = str(left + 1)
    return response


def _code(sealed: str, now: float) -> str:
    secret = sealing.unseal(sealed, purpose="second factor")
    return format_hotp_value(hotp_value(secret, int(now) // app_settings.TOTP_PERIOD))
