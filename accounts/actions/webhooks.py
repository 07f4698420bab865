"""Looking after a partner's webhooks: endpoints, their secrets, tests, and sending something again."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import audit
from accounts.models import Membership, Partner, User
from accounts.roles import Can
from notifications import emails, webhooks
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.models.webhook import TEST_EVENT
from notifications.webhook_delivery import switch_off

ENDPOINTS_AT_MOST = 20
TESTS_AN_HOUR = 20
FIELDS = ("name", "url", "events", "is_on")


class WebhookProblem(Exception):
    """It was not done; the message says why, for the person who asked."""


class WebhookNameTaken(WebhookProblem):
    """Another endpoint of the partner has this name."""


@transaction.atomic
def create_webhook(*, partner: Partner, values: dict[str, Any], actor: User, now: datetime) -> WebhookEndpoint:
    """Create an endpoint with a new secret. ``values`` holds `FIELDS`. Raises `WebhookProblem`."""
    Partner.objects.select_for_update().get(pk=partner.pk)
    if WebhookEndpoint.objects.filter(partner=partner).count() >= ENDPOINTS_AT_MOST:
        raise WebhookProblem(f"A company has at most {ENDPOINTS_AT_MOST} webhooks. Delete one that nobody needs.")
    endpoint = WebhookEndpoint(partner=partner, created_at=now, **{name: values[name] for name in FIELDS})
    endpoint.renew_secret(now)
    _save(endpoint)
    _record("webhook.created", endpoint, actor, now, url=endpoint.url, events=", ".join(endpoint.events))
    return endpoint


@transaction.atomic
def edit_webhook(*, endpoint: WebhookEndpoint, values: dict[str, Any], actor: User, now: datetime) -> WebhookEndpoint:
    """Change an endpoint. Another address, or switching it on, forgets that it failed. Raises `WebhookNameTaken`."""
    endpoint = _locked(endpoint)
    changes = {
        name: [_plain(getattr(endpoint, name)), _plain(values[name])]
        for name in FIELDS
        if values[name] != getattr(endpoint, name)
    }
    if not changes:
        return endpoint
    for name in changes:
        setattr(endpoint, name, values[name])
    if "url" in changes or "is_on" in changes:
        endpoint.failing_since, endpoint.rests_until, endpoint.silences, endpoint.off_because = None, None, 0, ""
    _save(endpoint)
    if "is_on" in changes and not endpoint.is_on:
        switch_off(endpoint, "")
    _record("webhook.edited", endpoint, actor, now, **changes)
    return endpoint


@transaction.atomic
def delete_webhook(*, endpoint: WebhookEndpoint, actor: User, now: datetime) -> None:
    """Delete an endpoint and the list of what was sent to it."""
    endpoint = _locked(endpoint)
    _record("webhook.deleted", endpoint, actor, now, url=endpoint.url)
    endpoint.delete()


@transaction.atomic
def change_secret(*, endpoint: WebhookEndpoint, actor: User, now: datetime) -> WebhookEndpoint:
    """Make a new secret; for 24 hours the one before signs as well."""
    endpoint = _locked(endpoint)
    endpoint.renew_secret(now)
    _save(endpoint)
    _record("webhook.secret_changed", endpoint, actor, now)
    return endpoint


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, actor: User, now: datetime) -> None:
    """Send an event that means nothing. Raises `WebhookProblem` while it is off, or after too many of them."""
    endpoint = _locked(endpoint)
    if not endpoint.is_on:
        raise WebhookProblem("The webhook is off. Switch it on first.")
    hour = now - timedelta(hours=1)
    if endpoint.deliveries.filter(event=TEST_EVENT, created_at__gt=hour).count() >= TESTS_AN_HOUR:
        raise WebhookProblem(f"{TESTS_AN_HOUR} tests were sent within an hour. Wait a little.")
    data = {"message": "A test. Nothing happened.", "asked_by": actor.full_name}
    webhooks.queue_event(TEST_EVENT, [endpoint], data=data, at=now)
    _record("webhook.test_sent", endpoint, actor, now)


@transaction.atomic
def send_again(*, delivery: WebhookDelivery, actor: User, now: datetime) -> None:
    """Send a delivery once more, under its old id, and try as long as with a new one; what waits is brought forward.

    Raises `WebhookProblem` while the endpoint is off.
    """
    endpoint = _locked(delivery.endpoint)
    if not endpoint.is_on:
        raise WebhookProblem("The webhook is off. Switch it on first.")
    row = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
    row.state, row.next_try_at, row.attempts_in_row = WebhookDelivery.State.QUEUED, now, 0
    row.save(update_fields=["state", "next_try_at", "attempts_in_row"])
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    webhooks.request_delivery(endpoint.pk, now)
    _record("webhook.sent_again", endpoint, actor, now, event=row.event, id=str(row.uuid))


def tell_switched_off(now: datetime) -> int:
    """Tell the Administrators of endpoints that were switched off by themselves, once each; return how many."""
    found = WebhookEndpoint.objects.exclude(off_because="").filter(off_told_at=None)
    return sum(_tell_off(pk, now) for pk in found.values_list("pk", flat=True)[:100])


@transaction.atomic
def _tell_off(endpoint_id: int, now: datetime) -> bool:
    found = WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("partner")
    endpoint = found.filter(pk=endpoint_id).first()
    if endpoint is None or not endpoint.off_because or endpoint.off_told_at:
        return False
    endpoint.off_told_at = now
    endpoint.save(update_fields=["off_told_at"])
    _record("webhook.switched_off", endpoint, "Schedule", now, reason=endpoint.off_because)
    members = Membership.objects.filter(partner=endpoint.partner_id).administrators().select_related("user")
    for one in members:
        if one.may(Can.MANAGE_ALERTS):
            emails.webhook_switched_off(
                to=one.user.email,
                name=one.user.full_name,
                webhook=endpoint.name,
                url=endpoint.url,
                reason=endpoint.off_because,
                page_url=settings.BASE_URL + reverse("accounts:webhook_detail", args=[endpoint.uuid]),
                time_zone=one.user.time_zone or endpoint.partner.time_zone,
            )
    return True


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)


def _save(endpoint: WebhookEndpoint) -> None:
    try:
        with transaction.atomic():
            endpoint.save()
    except IntegrityError as problem:
        if "notifications_webhook_names_are_unique" not in str(problem):
            raise
        raise WebhookNameTaken(f"There is a webhook called {endpoint.name} already.") from problem


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(value) if isinstance(value, list) else value


def _record(action: str, endpoint: WebhookEndpoint, actor: User | str, now: datetime, **details: Any) -> None:
    audit.record(action, partner_id=endpoint.partner_id, actor=actor, target=endpoint, at=now, details=details)
