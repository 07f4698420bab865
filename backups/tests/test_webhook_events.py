"""What partners' programs are told of backups, reports and restores, in the transaction of what happened."""

import json

import pytest

from backups.actions.reports import generate_report
from backups.engine import item_endings, restore_endings
from backups.models import Restore, Run
from backups.tests.runs_made import make_run
from notifications.models import WebhookDelivery, WebhookEvent
from notifications.tests.test_webhooks import make_endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(northwind, rival):
    """Return what Northwind's endpoint was told so far; Rival's own one is told nothing."""
    make_endpoint(northwind, 1, events=WebhookEvent.values)
    make_endpoint(rival, 1, events=WebhookEvent.values)

    def _told():
        rows = WebhookDelivery.objects.select_related("endpoint").order_by("pk")
        assert {one.endpoint.partner_id for one in rows} <= {northwind.pk}
        return [json.loads(one.payload) for one in rows]

    return _told


def test_a_report_that_is_ready(acme, cast, watched, told, noon):
    report = generate_report(organization=acme, actor=cast["ada"].user, now=noon)

    (event,) = told()
    assert event["type"] == "report.ready"
    assert event["data"]["organization"] == {
        "id": str(acme.uuid), "client_id": acme.client_id, "name": "Acme Dental",
        "url": f"http://localhost{acme.get_absolute_url()}",
    }  # fmt: skip
    facts = event["data"]["report"]
    assert (facts["id"], facts["accounts"], facts["generated_at"]) == (str(report.uuid), 1, "2026-10-25T11:00:00Z")


def test_a_backup_that_failed_and_none_that_did_not(watched, told, noon):
    for state in (Run.State.SUCCESS, Run.State.FAILED):
        run = make_run(watched, problem="")
        item_endings.end_run(run, now=noon, state=state)

    (event,) = told()
    assert (event["type"], event["data"]["run"]["id"]) == ("run.failed", str(run.uuid))


def test_a_restore_that_ended(acme, watched, told, noon):
    item = watched.items.first()
    restore = Restore.objects.create(
        organization=acme, connection=watched, requested_by="Ada", requested_at=noon, started_at=noon, what="Mail",
        source=item, target=item, commit=1, state=Restore.State.RUNNING,
    )  # fmt: skip

    restore_endings.stop(restore, "It broke off.", now=noon)

    (event,) = told()
    facts = event["data"]["restore"]
    assert (event["type"], facts["id"], facts["state"]) == ("restore.ended", str(restore.uuid), "FAILED")
    assert (facts["restored"], facts["ended_at"]) == (0, "2026-10-25T11:00:00Z")
    # Ids, figures and moments; what was restored, and for whom, stays here.
    assert "Eva" not in json.dumps(event)
