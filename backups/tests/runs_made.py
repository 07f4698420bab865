"""Rows of backups as the engine leaves them, without the work."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from backups.models import Container, Run, RunContainer, RunItem

HTMX = {"HTTP_HX_REQUEST": "true"}


def place(name, organization, *arguments):
    return reverse(f"backups:{name}", args=[organization.uuid, *arguments])


def make_run(tenant, *, state="RUNNING", minutes_ago=10, **fields):
    began = timezone.now() - timedelta(minutes=minutes_ago)
    has_ended = state not in ("QUEUED", "LOOKING", "RUNNING")
    return Run.objects.create(
        organization=tenant.organization, connection=tenant, state=state, requested_at=began, started_at=began,
        ended_at=began + timedelta(minutes=4) if has_ended else None, trigger="SCHEDULE", **fields,
    )  # fmt: skip


def make_part(run, item, *, kind="MAIL", state="READING", item_state="RUNNING", **figures):
    container, _ = Container.objects.get_or_create(
        item=item, kind=kind, organization_id=item.organization_id, connection_id=item.connection_id,
        defaults={"account": f"{item.remote_id}/{kind}"},
    )  # fmt: skip
    line, _ = RunItem.objects.get_or_create(run=run, item=item, defaults={"state": item_state})
    return RunContainer.objects.create(run_item=line, container=container, state=state, **figures)


def queries_of(browser, url):
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200
    return len(queries)
