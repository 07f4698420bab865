"""Telling a partner's programs what happened to a client, in the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from notifications import webhooks
from organizations.models import Organization


def publish(
    event: str,
    organization: Organization,
    data: dict[str, Any],
    *,
    at: datetime,
    endpoint_ids: Collection[int] | None = None,
) -> list[str]:
    """Queue ``event`` about ``organization`` for the endpoints that want it, or for those of ``endpoint_ids`` that do.

    ``data`` holds ids, names, figures and moments, never what was backed up. Returns the endpoints' names.
    """
    client = {
        "id": str(organization.uuid), "client_id": organization.client_id, "name": organization.name,
        "url": page("organizations:overview", organization),
    }  # fmt: skip
    return webhooks.publish(
        event,
        partner_id=organization.partner_id,
        data={"organization": client, **data},
        at=at,
        endpoint_ids=endpoint_ids,
    )


def page(name: str, organization: Organization, *arguments: Any) -> str:
    """Return the whole address of a page about a client."""
    return settings.BASE_URL + reverse(name, args=[organization.uuid, *arguments])
