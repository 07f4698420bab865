"""Asking for the password or second factor once more before what hurts if a stolen session does it."""

from functools import wraps

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
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
        if request.method in ("GET", "HEAD"):
            return asking(request, *args, **kwargs)
        if not was_recently_confirmed(request):
            messages.info(request, _AGAIN)
            return HttpResponseRedirect(request.get_full_path())
        return view(request, *args, **kwargs)

    return confirmed


def was_recently_confirmed(request: HttpRequest) -> bool:
    """Return whether the person confirmed less than ten minutes ago that it is them."""
    return did_recently_reauthenticate(request)
