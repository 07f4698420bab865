"""The front page, which knows where each kind of person belongs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.access import own_page


@own_page
def home(request: HttpRequest) -> HttpResponse:
    """Send each person to the first page of their part of the house."""
    membership = request.membership
    if membership is None:
        return redirect("admin:index" if request.user.is_staff else "accounts:profile_edit")
    if membership.organization:
        return redirect(membership.organization)
    return redirect("dashboard")


@own_page
def bare(request: HttpRequest) -> HttpResponse:
    """Answer two words: the yardstick of `manage.py bench`, routed only there."""
    return HttpResponse("bare view")
