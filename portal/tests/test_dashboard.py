"""The dashboard: what each person's role and products let them see, the worst first, at the same cost for any size."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from accounts.tests.factories import make_invitation, make_member, make_user
from backups.models import Deletion
from organizations.models import Organization, RetentionRule
from organizations.models.board import Health, health_of
from organizations.models.organization import ConnectionState
from organizations.tests.test_board import make_client
from portal.benchmarks.copied_rows import copy_row
from portal.views.client_health import parts_of
from portal.views.dashboard import _greeting
from support.models import Watcher
from support.tests.factories import answer, make_contact, make_staff, make_ticket

DASHBOARD = "/dashboard/"


def page_of(browser):
    return browser.get(DASHBOARD).content.decode()


def titles_on(browser):
    return [line.title for line in browser.get(DASHBOARD).context["needs"].lines]


def make_troubled(partner):
    now = timezone.now()
    make_client(partner, "Rowan Legal", backup_status="SUCCESS", last_good_at=now - timedelta(hours=2))
    make_client(partner, "Oak Farm", backup_status="SUCCESS", last_good_at=now - timedelta(hours=30))
    make_client(partner, "Vale Logistics", backup_status="PARTIAL", backup_note="14 messages refused")
    make_client(partner, "Elm School", connection_state=ConnectionState.NEEDS_CONSENT, backup_status="SUCCESS")
    make_client(partner, "Umber Paints", backup_status="ONBOARDING")
    make_client(partner, "Kestrel Surveying", backup_status="FAILED", last_good_at=now - timedelta(days=3, hours=4))
    make_client(partner, "Ironbridge Steel", connection_state=ConnectionState.ACCESS_LOST, backup_status="SUCCESS")


def ask_for_deletion(organization, member):
    return Deletion.objects.create(
        organization=organization, scope=Deletion.Scope.ORGANIZATION, reason="They left.", requester=member.user,
        requested_by=member.user.full_name, requester_email=member.user.email, requested_at=timezone.now(),
    )  # fmt: skip


def freeze(organization):
    return RetentionRule.objects.create(
        organization=organization, days=90, set_by="Ada", set_at=timezone.now(), frozen_at=timezone.now(),
        frozen_because="More than half would go at once.",
    )  # fmt: skip


def test_ada_sees_what_needs_her_across_all_clients_the_worst_first(sign_in, cast, northwind, acme, bolt):
    make_troubled(northwind)
    make_member(make_user("Eva"), northwind, Role.ADMINISTRATOR)
    ask_for_deletion(acme, cast["ben"])
    freeze(bolt)

    assert titles_on(sign_in("ada")) == [
        "Ironbridge Steel: access was withdrawn",
        "Kestrel Surveying: the last backup failed",
        "Acme Dental: everything to be deleted for good",
        "Vale Logistics: not everything was backed up",
        "Elm School: permissions are missing",
        "Bolt Bakery: older versions are not removed any more",
        "Oak Farm: no good backup for 30 h",
    ]


def test_each_line_says_why_and_leads_to_what_helps(sign_in, cast, northwind, acme, bolt):
    make_troubled(northwind)
    deletion = ask_for_deletion(acme, cast["ben"])
    freeze(bolt)
    lost = Organization.objects.get(name="Ironbridge Steel")

    page = page_of(sign_in("ada"))

    assert f'href="{lost.get_absolute_url()}settings/connection/"' in page
    assert "No good backup for 3 d 4 h." in page
    assert "14 messages refused. There is no good backup yet." in page
    assert f'{deletion.uuid}/" aria-label="Decide: Acme Dental' in page
    assert "Asked for by Ben Okafor, today" in page
    assert "More than half would go at once." in page


def test_a_client_of_which_nothing_was_saved_is_told_from_one_of_which_nothing_is_protected(sign_in, cast, northwind):
    make_client(northwind, "Pike Surveyors", users_protected=3)
    new = make_client(northwind, "Quill Press")

    page = page_of(sign_in("ada"))

    assert "Pike Surveyors: no good backup yet" in page
    assert (
        f'href="{new.get_absolute_url()}accounts/" aria-label="Choose: Quill Press: nothing is protected yet"' in page
    )


def test_a_first_backup_that_takes_longer_than_a_day_is_told(sign_in, cast, northwind):
    make_client(northwind, "Umber Paints", backup_status="ONBOARDING", users_protected=3)
    stuck = make_client(northwind, "Pike Surveyors", backup_status="ONBOARDING", users_protected=3)
    stuck.connections.update(connected_at=timezone.now() - timedelta(hours=25))

    assert titles_on(sign_in("ben")) == ["Pike Surveyors: no good backup yet"]
    assert health_of(Organization.objects.all(), timezone.now()).quietly_overdue == 1


def test_nobody_is_told_to_decide_what_only_another_may(sign_in, cast, acme):
    ask_for_deletion(acme, cast["ada"])

    pages = {who: page_of(sign_in(who)) for who in ("ada", "ben")}

    assert {who: "Look: Acme Dental: everything" in page for who, page in pages.items()} == {"ada": True, "ben": True}


def test_what_the_list_leaves_out_is_counted_and_is_one_click_away(sign_in, cast, northwind):
    for number in range(9):
        make_client(northwind, f"Failed {number}", backup_status="FAILED")
    for number in range(4):
        make_client(northwind, f"Old {number}", backup_status="SUCCESS")
        ask_for_deletion(Organization.objects.get(name=f"Old {number}"), cast["ben"])
    needs = sign_in("ada").get(DASHBOARD).context["needs"]

    assert [(one.words, one.url) for one in needs.more] == [
        ("3 more clients in trouble", "/organizations/?show=ATTENTION"),
        ("1 more client past 24 h", "/organizations/?show=OVERDUE"),
        ("1 more deletion request", "/deletions/"),
    ]


def test_each_client_is_counted_once_in_the_bar(sign_in, cast, northwind):
    make_troubled(northwind)
    health = health_of(Organization.objects.filter(partner=northwind), timezone.now())

    assert {part.label: part.number for part in parts_of(health)} == {
        "Success": 3, "Onboarding": 1, "Partial": 1, "Failed": 1, "Access withdrawn": 1, "Not connected": 2,
    }  # fmt: skip
    assert (health.all, health.connected, health.attention, health.overdue) == (9, 7, 4, 6)
    assert 'aria-label="3 success, 1 onboarding, 1 partial, 1 failed, 1 access withdrawn, 2 not connected"' in page_of(
        sign_in("ada")
    )


def test_the_bar_is_full_and_shows_one_client_among_ten_thousand():
    parts = parts_of(Health({"SUCCESS": 9_999, "FAILED": 1}, 10_000, 10_000, 1, 0, 0, 0, 0, 0))

    assert [(part.begins, part.width) for part in parts] == [("0.00", "99.64"), ("99.99", "0.40")]


def test_health_tells_what_is_protected_and_who_is_longest_without(sign_in, cast, northwind):
    make_troubled(northwind)
    Organization.objects.filter(name="Rowan Legal").update(
        users_protected=1200, users_eligible=1250, stored_bytes=684 * 10**9
    )

    page = page_of(sign_in("ada"))

    assert "1,200 of 1,250 users protected, 684 GB stored." in page
    assert "6 of 7 connected organizations have no good backup of the last 24 hours" in page
    assert "All 6 past 24 h" in page
    longest = page.split("Longest without a good backup")[1].split("</table>")[0]
    assert longest.index("Ironbridge Steel") < longest.index("Kestrel Surveying")
    assert "Rowan Legal" not in longest


def test_cora_without_the_product_sees_no_clients(sign_in, cast, northwind, acme):
    make_troubled(northwind)
    ask_for_deletion(acme, cast["ben"])
    freeze(acme)

    page = page_of(sign_in("cora"))

    assert [
        name for name in ("Kestrel", "Ironbridge", "Acme", "Client health", "Needs attention") if name in page
    ] == []
    assert "Not granted to you" in page
    assert "Your open tickets" in page


def test_rita_sees_nothing_of_northwinds(sign_in, cast, northwind, acme):
    make_troubled(northwind)
    ask_for_deletion(acme, cast["ben"])
    freeze(acme)
    make_ticket(cast["ada"], "Northwind asks")
    make_contact(partner=northwind, name="Nora Feld")

    page = page_of(sign_in("rita"))

    assert [word for word in ("Kestrel", "Acme", "Northwind", "Nora") if word in page] == []
    assert "There is no client yet" in page


def test_ben_sees_his_tickets_and_those_he_watches_what_waits_for_him_first(sign_in, cast):
    now = timezone.now()
    waiting = make_ticket(cast["ben"], "Waits for Ben", at=now - timedelta(days=2))
    answer(waiting, make_staff(), at=now - timedelta(days=1))
    watched = make_ticket(cast["ada"], "Ben watches it", at=now)
    Watcher.objects.create(ticket=watched, user=cast["ben"].user, added_at=now)
    make_ticket(cast["ada"], "None of his", at=now)
    make_ticket(cast["ben"], "Waits for support", at=now - timedelta(hours=1))

    answered = sign_in("ben").get(DASHBOARD)

    assert [row.subject for row in answered.context["tickets"]] == [
        "Waits for Ben", "Ben watches it", "Waits for support",
    ]  # fmt: skip
    assert "1 ticket waits for an answer from you" in answered.content.decode()


def test_more_tickets_than_fit_are_counted(sign_in, cast):
    for number in range(7):
        make_ticket(cast["ben"], f"Question {number}")

    page = page_of(sign_in("ben"))

    assert "2 more of yours, and all of your company" in page


def test_contacts_stand_in_the_order_people_know(sign_in, cast):
    make_contact("BILLING", name="Ines Moreau")
    make_contact("ACCOUNT_MANAGER", name="Nora Feld", phone="020 7946 0140")

    page = page_of(sign_in("cora"))

    assert page.index("Nora Feld") < page.index("Ines Moreau")
    assert 'href="tel:02079460140"' in page


def test_ada_is_told_of_invitations_nobody_used(sign_in, cast, northwind):
    now = timezone.now()
    ivy = make_member(make_user("Ivy", "Stone"), northwind, joined_at=None)
    make_invitation(ivy, token="a", at=now - timedelta(days=9), first_name="Ivy", last_name="Stone")
    make_invitation(make_member(make_user("Max"), northwind, joined_at=None), token="b", at=now)

    titles = titles_on(sign_in("ada"))

    assert titles[-2:] == ["Ivy Stone has not joined", "1 invitation not answered yet"]
    assert "Ivy Stone" not in page_of(sign_in("ben"))


def test_where_all_is_well_that_is_said(sign_in, cast, northwind):
    make_client(northwind, "Rowan Legal", backup_status="SUCCESS", last_good_at=timezone.now())

    page = page_of(sign_in("ben"))

    assert "Nothing waits for you" in page
    assert "Every connected organization has a good backup of the last 24 hours" in page
    assert "nobody is waiting for an answer from you" in page


def test_nothing_good_is_said_of_backups_where_no_client_is_connected(sign_in, cast, acme):
    page = page_of(sign_in("ben"))

    assert "No organization is connected yet; nobody" in page
    assert "Every connected" not in page


@pytest.mark.parametrize(("hour", "words"), [(3, "evening"), (4, "morning"), (12, "afternoon"), (18, "evening")])
def test_the_greeting_fits_the_persons_hour(hour, words):
    berlin = ZoneInfo("Europe/Berlin")

    with timezone.override(berlin):
        assert _greeting(datetime(2026, 10, 25, hour, 30, tzinfo=berlin)) == f"Good {words}"


def test_ten_thousand_clients_cost_as_many_queries_as_ten(sign_in, cast, northwind):
    browser = sign_in("ada")
    pattern = make_client(northwind, "Client", backup_status="FAILED", last_good_at=timezone.now() - timedelta(days=2))
    _copy(pattern, 1, 10)
    browser.get(DASHBOARD)
    with CaptureQueriesContext(connection) as few:
        browser.get(DASHBOARD)
    _copy(pattern, 11, 10_000)
    with CaptureQueriesContext(connection) as many:
        page = page_of(browser)

    assert len(many) == len(few)
    assert "All 10,003 organizations" in page


def _copy(organization, first, last):
    """Add clients like this one."""
    copy_row(organization, "generate_series(%s, %s)", (first, last), name="p.name || ' ' || s")
