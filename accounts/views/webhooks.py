"""Settings, Webhooks: endpoints of a partner's own, and what was sent to them."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.actions.webhooks import (
    FIELDS,
    WebhookNameTaken,
    WebhookProblem,
    change_secret,
    create_webhook,
    delete_webhook,
    edit_webhook,
    send_again,
    send_test,
)
from accounts.forms.webhooks import DeliveryFilter, WebhookForm
from accounts.roles import Can
from accounts.views.webhook_rows import delivery_row, endpoint_row
from notifications.models import WebhookDelivery, WebhookEndpoint

PAGE_SIZE = 50
# The session names the endpoint whose secret the next page shows, once.
_SHOWS_SECRET_OF = "shows_secret_of"  # noqa: S105


@partner_page(Can.MANAGE_ALERTS)
def webhook_list(request: PartnerRequest) -> HttpResponse:
    """List the company's endpoints."""
    found = WebhookEndpoint.objects.visible_to(request.membership).order_by("name")
    rows = [endpoint_row(one, now=timezone.now()) for one in found]
    return render(request, "accounts/webhook_list.html", {"rows": rows})


@partner_page(Can.MANAGE_ALERTS)
def webhook_create(request: PartnerRequest) -> HttpResponse:
    """Create an endpoint, then show its secret once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint = create_webhook(
                partner=request.membership.partner, values=form.cleaned_data, actor=request.user, now=timezone.now()
            )
        except WebhookNameTaken as problem:
            form.add_error("name", str(problem))
        except WebhookProblem as problem:
            form.add_error(None, str(problem))
        else:
            return _show_secret(request, endpoint)
    status = 422 if form.errors else 200
    return render(request, "accounts/webhook_edit.html", {"form": form}, status=status)


@partner_page(Can.MANAGE_ALERTS)
def webhook_edit(request: PartnerRequest, webhook_uuid: UUID) -> HttpResponse:
    """Change an endpoint."""
    endpoint = _endpoint(request, webhook_uuid)
    form = WebhookForm(request.POST or None, initial={name: getattr(endpoint, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            edit_webhook(endpoint=endpoint, values=form.cleaned_data, actor=request.user, now=timezone.now())
        except WebhookNameTaken as problem:
            form.add_error("name", str(problem))
        else:
            messages.success(request, "The webhook is saved.")
            return redirect("accounts:webhook_detail", endpoint.uuid)
    context = {"form": form, "endpoint": endpoint}
    return render(request, "accounts/webhook_edit.html", context, status=422 if form.errors else 200)


@never_cache
@partner_page(Can.MANAGE_ALERTS)
def webhook_detail(request: PartnerRequest, webhook_uuid: UUID) -> HttpResponse:
    """Show an endpoint and what was sent to it, newest first, a page at a time."""
    endpoint, now = _endpoint(request, webhook_uuid), timezone.now()
    form = DeliveryFilter(request.GET or None)
    wanted = form.wanted() if form.is_bound else {}
    found = endpoint.deliveries.filter(**wanted).defer("payload").order_by("-created_at", "-pk")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    # Read once: the next look at the page does not have it any more.
    is_new = request.session.get(_SHOWS_SECRET_OF) == str(endpoint.uuid)
    if is_new:
        del request.session[_SHOWS_SECRET_OF]
    context = {
        "endpoint": endpoint,
        "row": endpoint_row(endpoint, now=now),
        "rows": [delivery_row(one, endpoint, now=now) for one in page],
        "page_obj": page,
        "form": form,
        "is_filtered": bool(wanted),
        "secret": endpoint.secret if is_new else "",
        "old_secret_until": endpoint.old_secret_until
        if endpoint.old_secret_until and endpoint.old_secret_until > now
        else None,
        "events": [
            (code, label) for code, label in WebhookForm.base_fields["events"].choices if code in endpoint.events
        ],
    }
    return render(request, "accounts/webhook_detail.html", context)


@partner_page(Can.MANAGE_ALERTS)
def webhook_secret(request: PartnerRequest, webhook_uuid: UUID) -> HttpResponse:
    """Ask whether to make a new secret, and make it."""
    endpoint = _endpoint(request, webhook_uuid)
    if request.method == "POST":
        return _show_secret(request, change_secret(endpoint=endpoint, actor=request.user, now=timezone.now()))
    return render(request, "accounts/webhook_secret.html", {"endpoint": endpoint})


@partner_page(Can.MANAGE_ALERTS)
def webhook_delete(request: PartnerRequest, webhook_uuid: UUID) -> HttpResponse:
    """Ask whether to delete an endpoint, and delete it."""
    endpoint = _endpoint(request, webhook_uuid)
    if request.method == "POST":
        delete_webhook(endpoint=endpoint, actor=request.user, now=timezone.now())
        messages.success(request, f"The webhook {endpoint.name} is deleted.")
        return redirect("accounts:webhook_list")
    return render(request, "accounts/webhook_delete.html", {"endpoint": endpoint})


@partner_page(Can.MANAGE_ALERTS)
@require_POST
def webhook_test(request: PartnerRequest, webhook_uuid: UUID) -> HttpResponse:
    """Send a test event."""
    endpoint = _endpoint(request, webhook_uuid)
    try:
        send_test(endpoint=endpoint, actor=request.user, now=timezone.now())
    except WebhookProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "A test event is on its way. The list says what came back.")
    return redirect("accounts:webhook_detail", endpoint.uuid)


@partner_page(Can.MANAGE_ALERTS)
@require_POST
def webhook_send_again(request: PartnerRequest, delivery_uuid: UUID) -> HttpResponse:
    """Send a delivery once more."""
    found = WebhookDelivery.objects.visible_to(request.membership).select_related("endpoint")
    delivery = get_object_or_404(found, uuid=delivery_uuid)
    try:
        send_again(delivery=delivery, actor=request.user, now=timezone.now())
    except WebhookProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{delivery.event} is sent again, under the same id.")
    return redirect("accounts:webhook_detail", delivery.endpoint.uuid)


def _endpoint(request: PartnerRequest, webhook_uuid: UUID) -> WebhookEndpoint:
    return get_object_or_404(WebhookEndpoint.objects.visible_to(request.membership), uuid=webhook_uuid)


def _show_secret(request: PartnerRequest, endpoint: WebhookEndpoint) -> HttpResponse:
    request.session[_SHOWS_SECRET_OF] = str(endpoint.uuid)
    return redirect("accounts:webhook_detail", endpoint.uuid)
