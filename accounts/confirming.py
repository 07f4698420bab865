"""Asking for the password or second factor once more before what hurts if a stolen session does it."""

import time
from functools import wraps

from allauth.account import app_settings
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.access import View

_AGAIN = "Confirm that it is you, then press the button once more. Nothing was begun."


def recently_confirmed(view: View) -> View:
    """Open a view to people who signed in, or confirmed that it is them, less than ten minutes ago.

    Others are asked and come back to the same address. What a form sent meanwhile is not kept: it would be done without
    the person looking at it again.
    """
    asking = reauthentication_required(app="allauth.account")(view)

    @wraps(view)
    def confirmed(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if was_recently_confirmed(request):
            return view(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            return asking(request, *args, **kwargs)
        messages.info(request, _AGAIN)
        return HttpResponseRedirect(request.get_full_path())

    return confirmed


def was_recently_confirmed(request: HttpRequest) -> bool:
    """Return whether the person signed in, or confirmed that it is them, less than ten minutes ago.

    allauth's own question counts no sign-in, so that whoever had just typed a password was asked for it once more.
    """
    at = max((record["at"] for record in get_authentication_records(request, request.user)), default=0)
    return time.time() - at < app_settings.REAUTHENTICATION_TIMEOUT
