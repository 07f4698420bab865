"""R24: a client without a good backup for a day is told of within ten minutes, once, and when there is one again."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from accounts.sentences import sentence
from jobs.tasks import tick
from notifications.models import OutgoingEmail
from organizations.actions.overdue_alerts import note_overdue
from organizations.models import DigestSetting, Incident, Organization, Policy
from organizations.tests.factories import make_connection, make_item

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def tenant(acme, cast, noon):
    DigestSetting.objects.filter(organization=acme).update(recipients=["desk@acme.example"])
    tenant = make_connection(acme, connected_at=noon - 100 * HOUR)
    make_item(tenant, "Eva Lindholm", is_chosen=True, decided_at=noon)
    Organization.objects.filter(pk=acme.pk).update(
        users_protected=1, backup_status="PARTIAL", backup_note="1 failed", last_good_at=noon
    )
    return tenant


def _mails(kind):
    return list(OutgoingEmail.objects.filter(kind=kind).order_by("to").values_list("to", flat=True))


def _good(acme, at):
    Organization.objects.filter(pk=acme.pk).update(last_good_at=at, backup_status="SUCCESS", backup_note="")


def test_it_is_told_within_ten_minutes_of_the_day_once_and_when_it_is_over(acme, tenant, noon):
    told_at = None
    for minute in range(24 * 60 - 5, 24 * 60 + 30):
        began, _ = note_overdue(noon + minute * MINUTE)
        told_at = told_at or (minute if began else None)
    assert 24 * 60 <= told_at <= 24 * 60 + 10
    assert _mails("backups_overdue") == ["ada.lindqvist@example.com", "desk@acme.example"]
    mail = OutgoingEmail.objects.filter(kind="backups_overdue").first()
    assert "is of 25 October 2026" in mail.text
    assert "Partial. 1 failed" in mail.text

    _good(acme, noon + 30 * HOUR)
    for minute in range(5):
        note_overdue(noon + 30 * HOUR + minute * MINUTE)

    assert _mails("backups_good_again") == ["ada.lindqvist@example.com", "desk@acme.example"]
    entries = AuditEntry.objects.filter(action__in=["run.overdue", "run.good_again"]).order_by("pk")
    assert [sentence(one).partition("since")[0] for one in entries]
    assert entries.count() == 2
    # A second time is a second incident.
    note_overdue(noon + 60 * HOUR)
    assert len(_mails("backups_overdue")) == 4


@pytest.mark.parametrize(
    ("facts", "policy", "after", "is_told"),
    [
        ({}, {"backup_every": Policy.Interval.DAILY}, 35 * HOUR, False),
        ({}, {"backup_every": Policy.Interval.DAILY}, 37 * HOUR, True),
        ({"last_good_at": None}, {}, 71 * HOUR, False),
        ({"last_good_at": None}, {}, 73 * HOUR, True),
        ({"users_protected": 0}, {}, 99 * HOUR, False),
        ({"connection_state": "ACCESS_LOST"}, {}, 99 * HOUR, False),
        ({"connection_state": "NEEDS_CONSENT"}, {}, 25 * HOUR, True),
        ({"connection_state": "DISCONNECTED"}, {}, 99 * HOUR, False),
    ],
)
def test_when_a_client_is_overdue(acme, tenant, noon, facts, policy, after, is_told):
    Organization.objects.filter(pk=acme.pk).update(**facts)
    Policy.objects.filter(organization=acme).update(**policy)

    note_overdue(noon + after)

    assert bool(_mails("backups_overdue")) == is_told


def test_a_client_that_leaves_ends_its_incident_in_silence(acme, tenant, noon):
    note_overdue(noon + 25 * HOUR)
    Organization.objects.filter(pk=acme.pk).update(connection_state="DISCONNECTED")

    note_overdue(noon + 26 * HOUR)

    assert Incident.objects.get().ended_at is not None
    assert _mails("backups_good_again") == []


def test_every_minute_looks_at_it_and_many_clients_cost_two_questions(
    acme, tenant, noon, northwind, django_assert_num_queries
):
    with django_assert_num_queries(2):
        note_overdue(noon + HOUR)
    tick()
    # By the real clock, which is far later.
    assert Incident.objects.count() == 1
