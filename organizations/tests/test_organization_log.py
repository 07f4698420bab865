"""A client's audit log: only its own entries, in two tabs, and no word about where partner staff sit."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.actions.members import edit_member
from accounts.models import AuditEntry
from accounts.roles import Role
from accounts.tests.factories import make_member, make_user

STAFF_ADDRESS, OTTOS_ADDRESS = "198.51.100.24", "203.0.113.80"


@pytest.fixture
def write(northwind, acme):
    """Return a function that records something about Acme, as if it came from somewhere."""

    def _write(action, actor, *, address=None, role="", organization=acme, at=None, **details):
        with transaction.atomic(), audit.coming_from(audit.Origin(address=address, role=role)):
            return audit.record(
                action,
                partner_id=northwind.pk,
                organization_id=organization.pk if organization else None,
                actor=actor,
                target=organization,
                at=at or timezone.now(),
                details=details,
            )

    return _write


@pytest.fixture
def log(acme):
    return reverse("organizations:organization_log", args=[acme.uuid])


def rows(answer):
    return [row for _, several in answer.context["days"] for row in several]


def said(answer):
    return [f"{row.actor} {row.sentence}" for row in rows(answer)]


@pytest.mark.parametrize("query", ["", "?show=system"])
def test_who_may_read_it(sign_in, log, query):
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}

    answers = {who: sign_in(who).get(log + query).status_code for who in expected}

    assert answers == expected


@pytest.mark.parametrize("who", ["ada", "otto"])
def test_it_tells_of_this_organization_only(sign_in, cast, write, log, bolt, who):
    browser = sign_in(who)
    write("policy.edited", cast["ben"].user)
    write("policy.edited", cast["pia"].user, organization=bolt)
    write("partner.edited", cast["ada"].user, organization=None)

    assert said(browser.get(log)) == ["Ben Okafor changed what is backed up"]


def test_people_and_the_system_have_a_tab_each(sign_in, cast, write, log):
    write("sign_in.succeeded", cast["otto"].user)
    write("item.auto_protected", "Schedule", count=3, kind="users")
    browser = sign_in("otto")

    people, system = browser.get(log), browser.get(f"{log}?show=system")

    assert said(people) == ["Otto Brandt signed in"]
    assert said(system) == ["Schedule automatically protected 3 new users"]
    assert "person" not in system.context["form"].fields
    assert 'name="show" value="system"' in system.content.decode()


def test_where_partner_staff_sit_is_for_partner_staff(sign_in, cast, write, log):
    write("policy.edited", cast["ada"].user, address=STAFF_ADDRESS, role=Role.ADMINISTRATOR)
    write("policy.edited", cast["otto"].user, address=OTTOS_ADDRESS, role=Role.ORGANIZATION_USER)
    write("sign_in.failed", cast["otto"].user, address="192.0.2.199")

    ottos, adas = sign_in("otto").get(log), sign_in("ada").get(log)

    assert [row.address for row in rows(ottos)] == ["", OTTOS_ADDRESS, ""]
    assert [row.address for row in rows(adas)] == ["192.0.2.199", OTTOS_ADDRESS, STAFF_ADDRESS]
    assert STAFF_ADDRESS not in ottos.content.decode()
    assert "192.0.2.199" not in ottos.content.decode()


def test_real_clicks_of_partner_staff_come_without_their_address(sign_in, cast, acme, log):
    address = reverse("organizations:organization_user_create", args=[acme.uuid])
    sign_in("ben", REMOTE_ADDR=STAFF_ADDRESS).post(
        address, {"first_name": "Dana", "last_name": "Whitfield", "email": "dana@acme.example"}
    )

    shown = sign_in("otto").get(log)

    assert said(shown) == ["Ben Okafor created the user Dana Whitfield as Organization user"]
    assert STAFF_ADDRESS not in shown.content.decode()
    assert AuditEntry.objects.get(action="member.created").address == STAFF_ADDRESS


def test_it_filters_by_person_subject_and_days(sign_in, cast, write, log):
    now = timezone.now()
    write("policy.edited", cast["ada"].user, at=now)
    write("sign_in.succeeded", cast["otto"].user, at=now)
    write("sign_in.succeeded", cast["otto"].user, at=now - timedelta(days=10))
    browser, day = sign_in("ada"), timezone.localdate().isoformat()

    assert len(said(browser.get(f"{log}?person={cast['otto'].user.uuid}"))) == 2
    assert said(browser.get(f"{log}?subject=protection")) == ["Ada Lindqvist changed what is backed up"]
    assert len(said(browser.get(f"{log}?since={day}&until={day}"))) == 2
    assert "Nothing happened that fits these filters" in browser.get(f"{log}?subject=connections").content.decode()


@pytest.mark.parametrize(
    "query",
    ["person=nonsense", "subject=x", "subject=billing", "since=yesterday", "since=2026-02-02&until=2026-01-01",
     "before=x", "before=" + "9" * 30, "show=x", "show=system&person=1"],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_named_and_left_out(sign_in, cast, write, log, query):
    write("policy.edited", cast["ada"].user)

    assert sign_in("otto").get(f"{log}?{query}").status_code == 200


@pytest.mark.parametrize(
    ("viewer", "offered"),
    [
        ("ada", {"Ada Lindqvist", "Ben Okafor", "Cora Mendes", "Otto Brandt"}),
        ("otto", {"Otto Brandt"}),
    ],
)
def test_only_people_who_work_at_or_for_the_organization_can_be_chosen(sign_in, cast, log, viewer, offered):
    shown = sign_in(viewer).get(f"{log}?person={cast['pia'].user.uuid}")

    form = shown.context["form"]
    assert {user.full_name for user in form.fields["person"].queryset} == offered
    assert "person" in form.errors
    assert "Pia" not in shown.content.decode()


def test_an_invited_person_is_not_revealed_by_the_filter(sign_in, cast, northwind, acme, log):
    make_member(cast["pia"].user, northwind, Role.ORGANIZATION_USER, organization=acme, joined_at=None)

    assert "Pia Roth" not in sign_in("otto").get(log).content.decode()


def test_older_entries_are_loaded_from_where_the_page_ends(sign_in, cast, write, log):
    for number in range(120):
        write("policy.edited", cast["otto"].user, n=number)
    browser = sign_in("otto")

    first = browser.get(log)
    second = browser.get(f"{log}?before={first.context['older_than']}", headers={"HX-Request": "true"})
    third = browser.get(f"{log}?before={second.context['older_than']}")

    assert [len(rows(answer)) for answer in (first, second, third)] == [50, 50, 20]
    assert third.context["older_than"] is None
    assert "<html" not in second.content.decode()
    assert "<html" in third.content.decode()


def test_loading_older_stays_in_the_tab(sign_in, write, log):
    for number in range(60):
        write("discovery.completed", "Schedule", seen=number)

    shown = sign_in("otto").get(f"{log}?show=system")

    older = shown.context["older_than"]
    assert f"?show=system&amp;before={older}" in shown.content.decode()


def test_it_costs_the_same_with_three_entries_and_with_thirty(sign_in, cast, write, log, django_assert_num_queries):
    browser, staff = sign_in("otto"), sign_in("ada")
    browser.get(log), staff.get(log)
    for entries in (3, 27):
        for number in range(entries):
            write("policy.edited", make_user(f"Kim{entries}{number}"), n=number)
        with django_assert_num_queries(7):
            browser.get(log)
        with django_assert_num_queries(8):
            staff.get(log)


def test_old_and_new_values_are_shown(sign_in, cast, acme, log):
    sign_in("ada").post(reverse("organizations:organization_second_factor", args=[acme.uuid]), {"is_required": "on"})

    shown = sign_in("ada").get(log).content.decode()

    assert "changed the record of Acme Dental" in shown
    assert "second factor of everyone: optional → required" in shown


def test_times_are_the_viewers_own(sign_in, cast, write, log, noon):
    write("policy.edited", cast["ada"].user, at=noon)
    cast["otto"].user.time_zone = "Asia/Tokyo"
    cast["otto"].user.save()

    shown = sign_in("otto").get(log)

    assert rows(shown)[0].at.strftime("%H:%M") == "20:00"
    assert "Times in Asia/Tokyo" in shown.content.decode()


def test_the_partners_own_affairs_stay_out(sign_in, cast, log, northwind, noon):
    edit_member(
        membership=cast["ben"], first_name="Ben", last_name="Okafor", role="ACCOUNTANT", products=[],
        actor=cast["ada"].user, now=noon,
    )  # fmt: skip

    assert said(sign_in("ada").get(log)) == []
