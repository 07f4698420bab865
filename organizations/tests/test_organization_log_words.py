"""What a client's audit log says about one of something, and what it does not say about partner staff."""

import pytest
from django.urls import reverse
from django.utils import timezone

from organizations.actions.automation import protect_newcomers
from organizations.models import Policy
from organizations.tests.factories import make_connection, make_item
from organizations.tests.test_organization_log import log, said, write  # noqa: F401

STAFF_EMAIL = "ada.lindqvist@example.com"


def test_one_newcomer_is_one_new_user(sign_in, acme, log):  # noqa: F811
    now = timezone.now()
    Policy.objects.filter(organization=acme).update(auto_users=True, auto_users_since=now)
    make_item(make_connection(acme), "Eva Lindholm", is_new=True, first_seen_at=now)

    protect_newcomers(organization=acme, now=now)

    assert said(sign_in("otto").get(f"{log}?show=system")) == ["Schedule automatically protected 1 new user"]


@pytest.mark.parametrize(
    ("action", "details", "words"),
    [
        ("item.gone", {"count": 1}, "Schedule noticed 1 gone from the source; what was saved stays"),
        ("item.gone", {"count": 12}, "Schedule noticed 12 gone from the source; what was saved stays"),
        ("discovery.completed", {"seen": 1}, "Schedule looked for accounts, sites and teams at Acme Dental: 1 there"),
    ],
)
def test_numbers_of_one_are_said_like_others(sign_in, acme, write, log, action, details, words):  # noqa: F811
    write(action, "Schedule", **details)

    assert said(sign_in("otto").get(f"{log}?show=system")) == [words]


def test_otto_does_not_read_where_adas_mail_arrives(sign_in, cast, acme, log, write):  # noqa: F811
    write("digest.test_sent", cast["ada"].user, email=STAFF_EMAIL)

    page = sign_in("otto").get(log)

    assert said(page) == ["Ada Lindqvist sent a test of the Summary Digest to the own address"]
    assert STAFF_EMAIL not in page.content.decode()


@pytest.mark.parametrize("query", ["until=9999-12-31", "since=0001-01-01", "since=0001-01-01&until=9999-12-31"])
@pytest.mark.parametrize("address", ["client", "partner"])
def test_a_day_at_the_end_of_all_calendars_is_named_and_left_out(sign_in, cast, acme, log, write, query, address):  # noqa: F811
    write("policy.edited", cast["otto"].user)
    address = log if address == "client" else reverse("accounts:audit_log")

    answer = sign_in("ada").get(f"{address}?{query}")

    assert answer.status_code == 200
    assert "Choose a day between 2000 and 2999." in answer.content.decode()
    assert said(answer)[-1] == "Otto Brandt changed what is backed up"
