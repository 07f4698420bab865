"""Settings, API keys: the keys with which programs read what the partner may know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.access import PartnerRequest, partner_page
from accounts.actions.api_keys import ApiKeyProblem, NameTaken, create_api_key, revoke_api_key
from accounts.confirming import recently_confirmed
from accounts.forms.api_keys import ApiKeyForm
from accounts.models import ApiKey
from accounts.roles import Can
from accounts.scopes import SCOPE_NOTES, Scope

PAGE_SIZE = 25
_ENDS_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Row:
    """What the table prints of one key."""

    key: ApiKey
    state: str
    scopes: list[str]
    clients: int | None
    days_left: int
    ends_soon: bool


@partner_page(Can.MANAGE_API_KEYS)
def api_key_list(request: PartnerRequest) -> HttpResponse:
    """List the company's keys, those that open something first; a fixed number of queries."""
    return _list(request, now=timezone.now())


@partner_page(Can.MANAGE_API_KEYS)
@recently_confirmed
def api_key_create(request: PartnerRequest) -> HttpResponse:
    """Make a key and show it, this once: the answer to the form is the only page that ever holds it."""
    form = ApiKeyForm(
        request.POST if request.method == "POST" else None,
        # Named, not imported: the model lives upstairs.
        organizations=apps.get_model("organizations", "Organization").objects.visible_to(request.membership),
        may_open_backups=request.membership.may(Can.SEE_ORGANIZATION),
    )
    if request.method == "POST" and form.is_valid():
        now, values = timezone.now(), form.cleaned_data
        try:
            key, text = create_api_key(
                partner=request.membership.partner,
                name=values["name"],
                scopes=values["scopes"],
                organizations=values["organizations"],
                expires_at=form.expires_at(now),
                actor=request.user,
                now=now,
            )
        except NameTaken as problem:
            form.add_error("name", str(problem))
        except ApiKeyProblem as problem:
            form.add_error(None, str(problem))
        else:
            return _list(request, now=now, new_key=key, new_text=text, example_url=_example_url(key))
    chosen = set(form["scopes"].value() or [])
    scopes = [(code, label, SCOPE_NOTES[code], code in chosen) for code, label in Scope.choices]
    context = {"form": form, "scopes": scopes}
    return render(request, "accounts/api_key_create.html", context, status=422 if form.errors else 200)


@partner_page(Can.MANAGE_API_KEYS)
def api_key_revoke(request: PartnerRequest, api_key_uuid: UUID) -> HttpResponse:
    """Ask, then revoke."""
    key = get_object_or_404(ApiKey.objects.visible_to(request.membership), uuid=api_key_uuid)
    now = timezone.now()
    if request.method == "POST":
        revoke_api_key(key=key, actor=request.user, now=now)
        messages.success(request, f"The key {key.name} is revoked. Its next call is refused.")
        return redirect("accounts:api_key_list")
    return render(request, "accounts/api_key_revoke.html", {"row": _as_row(key, now)})


def _list(request: PartnerRequest, *, now: datetime, **context) -> HttpResponse:
    keys = ApiKey.objects.visible_to(request.membership).prefetch_related("organizations")
    page = Paginator(keys.usable_first(now), PAGE_SIZE).get_page(request.GET.get("page"))
    context |= {
        "rows": [_as_row(key, now) for key in page],
        "page_obj": page,
    }
    return render(request, "accounts/api_key_list.html", context)


def _example_url(key: ApiKey) -> str:
    """Return the address of a call the key may make; "" where there is none."""
    calls = {Scope.CLOUD_BACKUP: "client", Scope.BILLING: "billing/usage/billable"}
    path = next((path for scope, path in calls.items() if key.opens(scope)), "")
    return path and f"{settings.BASE_URL}/api/v1/{path}"


def _as_row(key: ApiKey, now: datetime) -> Row:
    left = key.expires_at - now
    return Row(
        key=key,
        state=key.state_at(now),
        scopes=[Scope(scope).label for scope in key.scopes],
        clients=None if key.sees_every_organization else len(key.organizations.all()),
        days_left=left.days,
        ends_soon=left <= _ENDS_SOON,
    )
