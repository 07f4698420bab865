"""Incidents of alert rules: who hears of them, how they end without saying anything false, and how they are muted."""

import json

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from backups.actions.alert_rules import delete_alert_rule
from backups.tests.alerting import HOUR, edit, follow, good, mails
from notifications.models import OutgoingEmail, WebhookDelivery
from notifications.tests.test_webhooks import make_endpoint
from organizations.actions.connections import note_access_lost
from organizations.actions.incidents import mute_incident, unmute_incident
from organizations.models import Incident, IncidentNotice, Organization

pytestmark = pytest.mark.django_db
INCIDENT_EVENTS = ("incident.opened", "incident.recovered")


def test_webhooks_hear_the_beginning_and_the_end(acme, northwind, watched, make_rule, noon):
    chosen = make_endpoint(northwind, 1, events=INCIDENT_EVENTS)
    make_endpoint(northwind, 1, name="Not chosen", events=INCIDENT_EVENTS)
    make_rule(endpoints=[chosen])

    follow(noon, 13)
    good(acme, noon + 14 * HOUR)
    follow(noon, 15)

    told = [json.loads(one.payload) for one in WebhookDelivery.objects.order_by("pk")]
    assert [one["type"] for one in told] == list(INCIDENT_EVENTS)
    assert {one.endpoint for one in WebhookDelivery.objects.all()} == {chosen}
    first = told[0]["data"]
    assert first["organization"]["name"] == "Acme Dental"
    assert first["incident"]["what"] == "no good backup for more than 12 hours"
    assert first["incident"]["since"] == "2026-10-25T11:00:00Z"
    assert first["incident"]["ended_at"] is None
    assert IncidentNotice.objects.filter(channel="WEBHOOK", to="Monitoring").count() == 2


def test_a_built_in_alert_reaches_every_webhook_that_wants_incidents(acme, northwind, watched, noon):
    make_endpoint(northwind, 1, events=INCIDENT_EVENTS)

    note_access_lost(connection=watched, reason="Consent withdrawn.", now=noon)

    assert WebhookDelivery.objects.get().event == "incident.opened"


@pytest.mark.parametrize(
    "change",
    [
        lambda rule, cast, now: edit(rule, cast, now, is_on=False),
        lambda rule, cast, now: edit(rule, cast, now, hours=500),
        lambda rule, cast, now: edit(rule, cast, now, covers_all=False),
        lambda rule, cast, now: delete_alert_rule(rule=rule, actor=cast["ada"].user, now=now),
    ],
    ids=["off", "another limit", "no client", "deleted"],
)
def test_changing_switching_off_or_deleting_a_rule_says_nothing_false(acme, watched, make_rule, noon, cast, change):
    rule = make_rule()
    follow(noon, 13)

    change(rule, cast, noon + 14 * HOUR)
    good(acme, noon + 15 * HOUR)
    follow(noon, 16)

    incident = Incident.objects.get()
    assert (incident.ended_as, incident.rule_name) == ("DROPPED", "Twelve hours")
    assert mails("incident_over") == []


def test_another_name_or_recipient_leaves_the_incident_open(acme, watched, make_rule, noon, cast):
    rule = make_rule()
    follow(noon, 13)

    edit(rule, cast, noon + 14 * HOUR, name="Half a day", members=[cast["ada"]])
    follow(noon, 15)
    good(acme, noon + 16 * HOUR)
    follow(noon, 17)

    assert mails() == ["ben.okafor@example.com"]
    assert mails("incident_over") == ["ada.lindqvist@example.com"]
    entry = AuditEntry.objects.get(action="alert_rule.edited")
    assert entry.details["name"] == ["Twelve hours", "Half a day"]


def test_a_client_that_leaves_ends_its_incident_in_silence(acme, watched, make_rule, noon):
    make_rule()
    follow(noon, 13)
    Organization.objects.filter(pk=acme.pk).update(connection_state="DISCONNECTED")

    follow(noon, 14)

    assert Incident.objects.get().ended_as == "DROPPED"
    assert mails("incident_over") == []


def test_a_muted_incident_says_nothing_until_it_is_over(acme, watched, make_rule, noon, cast):
    make_rule()
    follow(noon, 13)
    mute_incident(incident=Incident.objects.get(), how_long="end", actor=cast["ada"].user, now=noon + 14 * HOUR)

    good(acme, noon + 15 * HOUR)
    follow(noon, 16)
    assert mails("incident_over") == []

    follow(noon, 40)
    assert len(mails()) == 2


def test_a_mute_for_a_time_holds_for_the_next_one_too_and_then_it_is_told(acme, watched, make_rule, noon, cast):
    make_rule()
    follow(noon, 13)
    mute_incident(incident=Incident.objects.get(), how_long="1d", actor=cast["ada"].user, now=noon + 14 * HOUR)
    good(acme, noon + 15 * HOUR)
    follow(noon, 16, 28)
    assert (len(mails()), Incident.objects.count()) == (1, 2)

    follow(noon, 38.5, 39)

    assert len(mails()) == 2
    assert OutgoingEmail.objects.latest("pk").subject.startswith("[Acme Dental] Still: ")
    assert IncidentNotice.objects.filter(moment="STILL_OPEN").count() == 1


def test_a_mute_that_is_taken_back_ends_with_a_notice(acme, watched, make_rule, noon, cast):
    make_rule()
    follow(noon, 13)
    incident = Incident.objects.get()
    mute_incident(incident=incident, how_long="7d", actor=cast["ada"].user, now=noon + 14 * HOUR)
    unmute_incident(incident=incident, actor=cast["ada"].user, now=noon + 15 * HOUR)
    good(acme, noon + 16 * HOUR)
    follow(noon, 17)

    assert len(mails("incident_over")) == 1
    noted = AuditEntry.objects.filter(action__startswith="incident.").order_by("number")
    assert list(noted.values_list("action", flat=True)) == [
        "incident.opened", "incident.muted", "incident.unmuted", "incident.recovered",
    ]  # fmt: skip


def test_the_database_knows_one_open_incident_for_each_rule_and_client(acme, watched, make_rule, noon):
    rule = make_rule()
    follow(noon, 13)

    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(
            organization=acme, kind="OVERDUE", is_built_in=False, rule=rule, since=noon, began_at=noon
        )
