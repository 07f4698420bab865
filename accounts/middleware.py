"""What must be true before any page of a signed-in person: session within limits, second factor passed.

One place for the portal, the organization pages and Django admin. Views open themselves to anyone with
`accounts.access.open_page`; everything else is closed by default.
"""

import zoneinfo
from collections.abc import Callable
from datetime import datetime

from allauth.core.internal.httpkit import get_client_ip
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone

from accounts import audit, second_factor
from accounts.doors import MEMBERSHIP_KEY, chosen_membership, memberships_of, remembered_door

_SEEN_AT = "seen_at"
_SIGNED_IN_AT = "signed_in_at"
# Writing the session at every request would double the work of a page; once a minute keeps the limit honest.
_STAMP_EVERY_SECONDS = 60


# A page that asks for itself again by a timer is no sign that somebody sits before it.
_POLL_HEADER = "X-Poll"


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _lead_to(request: HttpRequest, address: str) -> HttpResponse:
    """Lead the whole browser to ``address``, also where only a part of a page was asked for."""
    return HttpResponse(headers={"HX-Redirect": address}) if _is_htmx(request) else HttpResponseRedirect(address)


class SessionLimitsMiddleware:
    """Ends a session after 30 idle minutes or 12 hours, whichever comes first."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = timezone.now()
            if self._is_over(request, now):
                door = remembered_door(request)
                logout(request)
                return _lead_to(request, f"{door.address}?ended=1")
            if request.method != "GET" or _POLL_HEADER not in request.headers:
                self._stamp(request, now)
        return self.get_response(request)

    def _is_over(self, request: HttpRequest, now: datetime) -> bool:
        seen = request.session.get(_SEEN_AT, now.timestamp())
        signed_in = request.session.get(_SIGNED_IN_AT, now.timestamp())
        idle_limit = settings.SESSION_IDLE_LIMIT.total_seconds()
        return now.timestamp() - seen > idle_limit or now.timestamp() - signed_in > settings.SESSION_COOKIE_AGE

    def _stamp(self, request: HttpRequest, now: datetime) -> None:
        if now.timestamp() - request.session.get(_SEEN_AT, 0) > _STAMP_EVERY_SECONDS:
            request.session[_SEEN_AT] = now.timestamp()
            request.session.setdefault(_SIGNED_IN_AT, now.timestamp())
            UserSession.objects.create_from_request(request)


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Sends strangers to the door their browser used last; organization people never meet the partner's."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable) -> HttpResponse:
        if _is_htmx(request) or request.method not in ("GET", "HEAD"):
            return _lead_to(request, remembered_door(request).address)
        view_func.login_url = remembered_door(request).address
        return super().handle_no_permission(request, view_func)


class SecondFactorMiddleware:
    """Lets nobody who needs a second factor past the set-up wizard, whatever door the session came through.

    It also finds the membership the person acts under; a session whose membership is gone ends at the door.
    """

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args, kwargs) -> HttpResponse | None:
        request.memberships = memberships_of(request)
        request.membership = chosen_membership(request, request.memberships)
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if _lost_its_membership(request):
            return _back_to_the_door(request)
        if getattr(view, "opens_before_second_factor", False):
            return None
        # A factor that is reset ends every session, so a session that passed one needs no second look.
        if not second_factor.is_required(request.user, request.membership) or second_factor.was_passed(request):
            return None
        if not second_factor.is_set_up(request.user):
            return redirect("accounts:second_factor_setup")
        return _back_to_the_door(request)


class PersonMiddleware:
    """Turns the clock to the person's time zone and notes who acts from where for the audit log."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.coming_from(audit.Origin(address=get_client_ip(request))):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args, kwargs) -> None:
        membership = getattr(request, "membership", None)
        if membership is None:
            timezone.deactivate()
            return
        audit.act_as(membership.role)
        name = request.user.time_zone or membership.partner.time_zone
        timezone.activate(zoneinfo.ZoneInfo(name))


def _lost_its_membership(request: HttpRequest) -> bool:
    """Return whether the place this session works at was taken away; it must not slide into another one unasked."""
    chosen = request.session.get(MEMBERSHIP_KEY)
    if chosen is None or request.user.is_staff:
        # Platform staff have business here without belonging to anybody.
        return False
    return request.membership is None or request.membership.pk != chosen


def _back_to_the_door(request: HttpRequest) -> HttpResponse:
    door = remembered_door(request)
    logout(request)
    return _lead_to(request, door.address)
