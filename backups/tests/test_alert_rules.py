"""Alert rules: one notice when trouble has lasted long enough, one when it is over, to those who may know."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import Role
from accounts.tests.factories import make_member, make_user
from backups.actions.alert_rules import follow_rules
from backups.models import Container, Failure
from backups.schedule import keep_following_rules
from backups.tests.alerting import HOUR, follow, good, mails, protect
from notifications.models import OutgoingEmail
from organizations.actions.connections import note_access_lost, note_roles
from organizations.models import AlertRule, Incident, IncidentNotice, Organization
from organizations.tests.factories import make_organization

pytestmark = pytest.mark.django_db


def test_one_mail_when_it_has_lasted_long_enough_and_one_when_it_is_over(acme, watched, make_rule, noon):
    make_rule(addresses=["desk@northwind.example", "BEN.okafor@example.com"])

    follow(noon, 11, 12.1, 12.2, 30, 60)
    good(acme, noon + 61 * HOUR)
    follow(noon, 61.1, 61.2)

    assert mails() == mails("incident_over") == ["ben.okafor@example.com", "desk@northwind.example"]
    mail = OutgoingEmail.objects.filter(kind="incident_open").first()
    assert mail.subject == "[Acme Dental] No good backup for more than 12 hours"
    assert "since 25 October 2026" in mail.text
    assert "Twelve hours" in mail.text
    incident = Incident.objects.get(is_built_in=False)
    assert (incident.since, incident.ended_as) == (noon, "RECOVERED")
    assert sorted(IncidentNotice.objects.values_list("moment", "to").filter(channel="MAIL", moment="OPENED")) == [
        ("OPENED", "ben.okafor@example.com"), ("OPENED", "desk@northwind.example"),
    ]  # fmt: skip
    # A second time is a second incident.
    follow(noon, 80)
    assert len(mails()) == 4


@pytest.mark.parametrize(
    ("facts", "after", "is_told"),
    [
        ({}, 11, False),
        ({}, 13, True),
        ({"last_good_at": None}, 11, False),
        ({"last_good_at": None}, 13, True),
        ({"users_protected": 0}, 99, False),
        ({"connection_state": "ACCESS_LOST"}, 13, True),
        ({"connection_state": "DISCONNECTED"}, 99, False),
    ],
)
def test_when_a_client_is_overdue_by_a_rule(acme, watched, make_rule, noon, facts, after, is_told):
    make_rule()
    Organization.objects.filter(pk=acme.pk).update(**facts)

    follow(noon, after)

    assert bool(mails()) == is_told


def fail(watched, number, *, reason="ACCESS", at, **fields):
    item = watched.items.first()
    container, _ = Container.objects.get_or_create(
        organization=watched.organization, connection=watched, item=item, kind="MAIL", defaults={"account": "-/eva"}
    )
    for index in range(number):
        Failure.objects.create(
            organization=watched.organization, container=container, object_id=f"{reason}{index}", reason=reason,
            message="No.", first_seen_at=at, last_seen_at=at, **fields,
        )  # fmt: skip


def test_failures_count_by_reason_number_and_age(acme, watched, make_rule, noon):
    make_rule(what="FAILURES", hours=2, reasons=["ACCESS", "LOCKED"], at_least=3)
    fail(watched, 2, at=noon)
    fail(watched, 9, reason="TOO_LARGE", at=noon)
    fail(watched, 1, reason="LOCKED", at=noon, excluded_at=noon)
    follow(noon, 5)
    assert mails() == []

    Failure.objects.filter(reason="LOCKED").update(excluded_at=None, first_seen_at=noon + 5 * HOUR)
    follow(noon, 6)
    assert mails() == []
    follow(noon, 7.5)
    assert mails() == ["ben.okafor@example.com"]
    assert "3 objects cannot be saved for more than 2 hours" in OutgoingEmail.objects.get().subject

    # Two are left: fewer than it takes to begin, and not over.
    Failure.objects.filter(reason="LOCKED").update(closed_at=noon + 8 * HOUR, closed_as="SAVED")
    follow(noon, 9, 10)
    assert mails("incident_over") == []
    Failure.objects.filter(reason="ACCESS").update(closed_at=noon + 10 * HOUR, closed_as="SAVED")
    follow(noon, 11, 12)
    assert mails("incident_over") == ["ben.okafor@example.com"]


def test_failures_that_somebody_excludes_end_an_incident_in_silence(acme, watched, make_rule, noon):
    make_rule(what="FAILURES", hours=2, at_least=2)
    fail(watched, 2, at=noon)
    follow(noon, 3)

    Failure.objects.update(excluded_at=noon + 4 * HOUR)
    follow(noon, 5)

    assert mails("incident_over") == []
    assert Incident.objects.get().ended_as == "DROPPED"


def test_a_service_that_lets_nobody_in_is_told_of_by_rule_and_built_in(acme, watched, make_rule, noon):
    make_rule(what="NO_ACCESS", hours=1)

    note_access_lost(connection=watched, reason="Consent withdrawn.", now=noon)
    follow(noon, 0.5, 1.1, 2)
    note_roles(connection=watched, roles=watched.roles, now=noon + 3 * HOUR)
    follow(noon, 3.1, 4)

    assert mails() == mails("incident_over") == ["ben.okafor@example.com"]
    assert mails("source_lost") == mails("source_regained") == ["ada.lindqvist@example.com"]
    assert list(Incident.objects.values_list("ended_as", flat=True)) == ["RECOVERED", "RECOVERED"]


def test_only_the_chosen_clients_and_those_of_the_own_company(acme, bolt, rival, watched, make_rule, noon):
    theirs = make_organization(rival, "Theirs")
    protect(bolt, noon)
    protect(theirs, noon)
    make_rule(covers_all=False, organizations=[bolt])

    follow(noon, 13)

    assert list(Incident.objects.values_list("organization__name", flat=True)) == ["Bolt Bakery"]


@pytest.mark.parametrize(
    "change",
    [
        lambda cast: cast["ben"].delete(),
        lambda cast: type(cast["ben"]).objects.filter(pk=cast["ben"].pk).update(products=[]),
        lambda cast: type(cast["ben"].user).objects.filter(pk=cast["ben"].user_id).update(is_active=False),
        lambda cast: type(cast["ben"]).objects.filter(pk=cast["ben"].pk).update(joined_at=None),
    ],
    ids=["deleted", "without the product", "inactive", "not joined"],
)
def test_who_may_not_see_the_client_any_more_is_not_told(acme, watched, make_rule, noon, cast, change):
    make_rule(members=[cast["ben"], cast["ada"]])
    follow(noon, 13)
    assert len(mails()) == 2

    change(cast)
    good(acme, noon + 14 * HOUR)
    follow(noon, 15)

    assert mails("incident_over") == ["ada.lindqvist@example.com"]


def test_a_thousand_clients_cost_as_many_questions_as_one(northwind, acme, watched, make_rule, noon):
    for what in AlertRule.What.values:
        make_rule(name=what, what=what)
    counts = []
    for number in (1, 1000):
        make_many(northwind, number, noon)
        with CaptureQueriesContext(connection) as queries:
            follow_rules(noon + 11 * HOUR)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 4
    assert not Incident.objects.exists()


def make_many(partner, number, noon):
    begin = Organization.objects.count()
    Organization.objects.bulk_create(
        Organization(
            partner=partner, name=f"Client {begin + one}", connection_state="CONNECTED", users_protected=1,
            last_good_at=noon,
        )
        for one in range(number)
    )  # fmt: skip


def test_the_clock_follows_rules(acme, watched, make_rule, noon):
    make_rule()

    keep_following_rules()

    # By the real clock, which is far later.
    assert mails() == ["ben.okafor@example.com"]


def test_an_inactive_company_is_told_nothing(acme, northwind, watched, make_rule, noon):
    make_rule()
    northwind.is_active = False
    northwind.save()

    follow(noon, 13)

    assert not Incident.objects.filter(is_built_in=False).exists()


def test_a_client_of_the_future_is_covered_by_a_rule_for_all(northwind, cast, make_rule, noon):
    make_rule()
    make_member(make_user("Kim", "Newman"), northwind, Role.BASIC)
    protect(make_organization(northwind, "New client"), noon)

    follow(noon, 13)

    assert Incident.objects.get().organization.name == "New client"
