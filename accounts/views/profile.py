"""The own account: name, time zone, theme, password, sessions."""

from uuid import UUID

from allauth.account import views as account
from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.access import own_page
from accounts.actions.profiles import edit_profile
from accounts.actions.resets import stop_reset
from accounts.doors import MEMBERSHIP_KEY, memberships_at, remembered_door
from accounts.forms.profiles import ProfileForm
from accounts.models import ResetRequest
from accounts.user_agents import describe


@own_page
def profile_edit(request: HttpRequest) -> HttpResponse:
    """Show and change the person's own name, time zone and appearance."""
    user, membership = request.user, request.membership
    zone = membership.partner.time_zone if membership else "UTC"
    initial = {name: getattr(user, name) for name in ("first_name", "last_name", "time_zone", "theme")}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial, company_zone=zone)
    if request.method == "POST" and form.is_valid():
        edit_profile(user=user, values=form.cleaned_data, membership=membership, now=timezone.now())
        messages.success(request, "Your account is saved.")
        return redirect("accounts:profile_edit")
    waiting = ResetRequest.objects.filter(membership__user=user).waiting()
    return render(
        request,
        "accounts/profile_edit.html",
        {"form": form, "resets": waiting, "membership": membership},
        status=422 if form.errors else 200,
    )


class PasswordChange(account.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:session_list")


# One transaction, so that the change and its entry in the audit log happen together or not at all.
password_change = own_page(transaction.atomic(PasswordChange.as_view()))


@own_page
def session_list(request: HttpRequest) -> HttpResponse:
    """List where the person is signed in."""
    sessions = [
        {
            "id": session.pk,
            "browser": describe(session.user_agent),
            "address": session.ip,
            "started_at": session.created_at,
            "seen_at": session.last_seen_at,
            "is_current": session.is_current(),
        }
        for session in UserSession.objects.purge_and_list(request.user)
    ]
    sessions.sort(key=lambda session: (not session["is_current"], -session["seen_at"].timestamp()))
    return render(request, "accounts/session_list.html", {"sessions": sessions})


@own_page
@require_POST
def session_end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one session; the present one means signing out."""
    session = get_object_or_404(UserSession, pk=session_id, user=request.user)
    browser = describe(session.user_agent)
    end_sessions(request, [session])
    if request.user.is_authenticated:
        messages.success(request, f"{browser} is signed out.")
        return redirect("accounts:session_list")
    return redirect(remembered_door(request).address)


@own_page
@require_POST
def session_end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key).count()
    end_other_sessions(request, request.user)
    membership = request.membership
    with transaction.atomic():
        audit.record(
            "sessions.ended",
            partner_id=membership.partner_id if membership else None,
            organization_id=membership.organization_id if membership else None,
            actor=request.user,
            target=request.user,
            at=timezone.now(),
            details={"count": others},
        )
    messages.success(request, "You are signed out everywhere else.")
    return redirect("accounts:session_list")


@own_page
@require_POST
def reset_stop(request: HttpRequest, own_reset_uuid: UUID) -> HttpResponse:
    """Object to a reset an Administrator asked for, while there is time."""
    reset = get_object_or_404(ResetRequest.objects.waiting(), uuid=own_reset_uuid, membership__user=request.user)
    stop_reset(reset=reset, actor=request.user, now=timezone.now())
    messages.success(request, f"The reset of your {reset.get_what_display()} will not happen.")
    return redirect("accounts:profile_edit")


@own_page
def membership_choose(request: HttpRequest) -> HttpResponse:
    """Choose for which company to act, for people who belong to several."""
    mine = memberships_at(request.user, remembered_door(request))
    if request.method == "POST":
        try:
            chosen = get_object_or_404(mine, uuid=UUID(request.POST.get("membership", "")))
        except ValueError as problem:
            raise Http404 from problem
        request.session[MEMBERSHIP_KEY] = chosen.pk
        return redirect("home")
    return render(request, "accounts/membership_choose.html", {"memberships": mine})
