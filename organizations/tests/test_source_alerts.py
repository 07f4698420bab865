"""When Acme's service lets nobody in, those who look after it learn it once, and once that it is over."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from notifications.models import OutgoingEmail
from organizations.actions.connections import note_access_lost, note_roles
from organizations.models import DigestSetting
from organizations.permissions import BACKUP
from organizations.tests.factories import make_connection

pytestmark = pytest.mark.django_db
ROLES = [one.name for one in BACKUP]
REASON = "Microsoft 365 does not know our app in this tenant."


@pytest.fixture
def tenant(acme, cast):
    addresses = ["desk@acme.example", "ADA.lindqvist@example.com", "otto.brandt@example.com"]
    DigestSetting.objects.filter(organization=acme).update(recipients=addresses)
    return make_connection(acme, roles=ROLES)


def _mails(kind):
    return {one.to.lower(): one for one in OutgoingEmail.objects.filter(kind=kind)}


def test_each_is_told_once_when_it_begins_and_once_when_it_is_over(tenant, noon, acme):
    for minute in range(3):
        note_access_lost(connection=tenant, reason=REASON, now=noon + timedelta(minutes=minute))
    lost = _mails("source_lost")
    for minute in range(60, 63):
        note_roles(connection=tenant, roles=ROLES, now=noon + timedelta(minutes=minute))
    regained = _mails("source_regained")

    assert lost.keys() == regained.keys() == {
        "ada.lindqvist@example.com", "desk@acme.example", "otto.brandt@example.com",
    }  # fmt: skip
    assert OutgoingEmail.objects.count() == 6
    ada, desk = lost["ada.lindqvist@example.com"], lost["desk@acme.example"]
    assert "[Acme Dental] Microsoft 365" in ada.subject
    assert REASON in ada.text
    assert "Hello Ada Lindqvist" in ada.text
    assert "What was saved stays saved" in ada.text
    assert reverse("organizations:overview", args=[acme.uuid]) in desk.text
    assert "Settings, Notifications" in desk.text
    assert "Hello" not in desk.text
    assert "25 October 2026" in regained["desk@acme.example"].text


def test_a_second_incident_is_told_again(tenant, noon):
    for day in range(2):
        note_access_lost(connection=tenant, reason=REASON, now=noon + timedelta(days=day))
        note_roles(connection=tenant, roles=ROLES, now=noon + timedelta(days=day, hours=1))

    assert OutgoingEmail.objects.filter(kind="source_lost", to="desk@acme.example").count() == 2
    assert OutgoingEmail.objects.filter(kind="source_regained", to="desk@acme.example").count() == 2


def test_ada_switches_them_off_for_herself_and_nobody_else(sign_in, tenant, noon, rival):
    ada = sign_in("ada")
    page = ada.get("/account/newsletters/").content.decode()
    ada.post("/account/newsletters/", {"categories": ["PRODUCT"]})

    note_access_lost(connection=tenant, reason=REASON, now=noon)

    assert "Trouble with backups" in page
    # Nor is her address told because it stands among the client's own.
    assert _mails("source_lost").keys() == {"desk@acme.example", "otto.brandt@example.com"}
    assert AuditEntry.objects.filter(action="alerts.edited").count() == 1
    ada.post("/account/newsletters/", {"none": "yes"})
    ada.post("/account/newsletters/", {"alerts": "yes"})
    note_roles(connection=tenant, roles=ROLES, now=noon + timedelta(hours=1))
    assert "ada.lindqvist@example.com" in _mails("source_regained")


@pytest.mark.parametrize("who", ["ben", "cora", "otto"])
def test_who_is_not_told_has_nothing_to_switch(sign_in, tenant, who):
    browser = sign_in(who)

    assert "Trouble with backups" not in browser.get("/account/newsletters/").content.decode()
    browser.post("/account/newsletters/", {"alerts": "yes"})
    assert not AuditEntry.objects.filter(action="alerts.edited").exists()
