"""Settings, Services: what a person sees, tries and saves, with and without scripts."""

import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import GRANTS, Can, Role
from jobs.models import Job
from organizations.models import Item, Policy
from organizations.models.organization import BackupStatus, ConnectionState
from organizations.tests.factories import make_connection, make_item
from organizations.tests.test_policies import make_group

HTMX = {"HX-Request": "true"}


@pytest.fixture
def tenant(acme):
    return make_connection(acme, domains=["acmedental.example"], discovered_at=timezone.now())


@pytest.fixture
def page(acme):
    return reverse("organizations:settings_services", args=[acme.uuid])


@pytest.fixture
def preview(acme):
    return reverse("organizations:policy_preview", args=[acme.uuid])


@pytest.fixture
def search(acme):
    return reverse("organizations:policy_groups", args=[acme.uuid])


def fields(**changed):
    """Return what a browser sends: every switch that is on, and what is changed; None switches one off."""
    values = {"revision": 0, "confirmed": "", "skip_patterns": "", "skip_external": "on"}
    values |= dict.fromkeys(Policy.KINDS, "on") | changed
    return {name: value for name, value in values.items() if value is not None}


def words_of(answer):
    """Return the page's words as one line, without markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def policy_of(acme):
    return Policy.objects.get(organization=acme)


def test_who_may_read_and_who_may_change(sign_in, page, preview, search, acme):
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}
    saved = {"ada": 302, "ben": 302, "cora": 403, "otto": 302, "pia": 404, "rita": 404}

    assert {who: sign_in(who).get(page).status_code for who in expected} == expected
    assert {who: sign_in(who).post(preview, fields()).status_code for who in expected} == expected
    assert {who: sign_in(who).post(search, fields()).status_code for who in expected} == expected
    assert {who: sign_in(who).post(page, fields()).status_code for who in saved} == saved


def test_somebody_who_may_only_look_sees_switches_that_cannot_be_moved(sign_in, page, preview, acme, monkeypatch):
    monkeypatch.setitem(GRANTS, Role.BASIC, GRANTS[Role.BASIC] - {Can.MANAGE_BACKUP_SETTINGS})
    ben = sign_in("ben")

    text = ben.get(page).content.decode()

    assert text.count('role="switch"') == text.count(" disabled>") == 12
    assert "Your account may not change them" in text
    assert "Save" not in text
    assert ben.post(page, fields(mail=None)).status_code == ben.post(preview, fields()).status_code == 403
    assert policy_of(acme).mail


def test_the_statistics_are_the_organizations_own_figures_and_no_report_is_invented(sign_in, page, acme):
    acme.users_eligible, acme.users_protected, acme.sites_eligible, acme.sites_protected = 46, 41, 7, 6
    acme.items_skipped = 12
    acme.save()

    words = words_of(sign_in("otto").get(page))

    assert "People 41 of 46" in words
    assert "Sites 6 of 7" in words
    assert "12 left out by the filter below" in words
    assert "No report yet" in words


def test_the_last_report_is_shown_once_there_is_one_in_the_readers_time(sign_in, page, acme, noon):
    acme.backup_status, acme.last_good_at, acme.stored_bytes = BackupStatus.PARTIAL, noon, 3 * 1024**3
    acme.save()

    words = words_of(sign_in("ada").get(page))

    assert "Last report: Partial Last good backup: Sun 25 Oct 2026 12:00" in words
    assert "Stored 3.0\xa0GB" in words or "Stored 3.0 GB" in words
    assert "No report yet" not in words


def test_without_a_connection_the_page_works_and_says_when_it_applies(sign_in, page, acme):
    ada = sign_in("ada")

    words = words_of(ada.get(page))
    answer = ada.post(page, fields(auto_users="on"))

    assert "No service is connected" in words
    assert "Groups can be chosen while Microsoft 365 is connected." in words
    assert (answer.status_code, policy_of(acme).auto_users) == (302, True)


def test_while_access_is_lost_chosen_groups_stay_whatever_is_sent(sign_in, page, acme, tenant):
    sales, hr = make_group(tenant, "Sales", members=[]), make_group(tenant, "HR", members=[])
    policy_of(acme).skip_groups.set([sales])
    tenant.state = acme.connection_state = ConnectionState.ACCESS_LOST
    tenant.save()
    acme.save()
    ada = sign_in("ada")

    words = words_of(ada.get(page))
    ada.post(page, fields(auto_sites="on", skip_groups=[str(hr.uuid)]))

    assert "Microsoft 365 cannot be read at the moment" in words
    assert "Sales" in words
    assert (list(policy_of(acme).skip_groups.all()), policy_of(acme).auto_sites) == ([sales], True)


def test_saving_answers_with_a_redirect_and_to_htmx_with_the_form_and_a_toast(sign_in, page, acme):
    ada = sign_in("ada")

    plain = ada.post(page, fields(auto_users="on"), follow=True)
    swapped = ada.post(page, fields(auto_users="on", auto_teams="on", revision=1), headers=HTMX)

    assert plain.redirect_chain == [(page, 302)]
    assert "The services are saved." in words_of(plain)
    assert swapped.status_code == 200
    assert b"<html" not in swapped.content
    assert b'hx-swap-oob="beforeend:.toasts"' in swapped.content
    assert b'name="revision" value="2"' in swapped.content
    assert policy_of(acme).auto_teams


def test_sending_the_same_form_twice_is_no_conflict(sign_in, page, acme):
    ada = sign_in("ada")

    answers = [ada.post(page, fields(auto_users="on")).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert AuditEntry.objects.filter(action="policy.edited").count() == 1


def test_what_stops_protecting_is_said_at_the_button_before_it_is_saved(sign_in, page, acme, tenant):
    for name in ("Anna", "Bea"):
        make_item(tenant, name, is_enabled=False, is_chosen=True)
    ada = sign_in("ada")

    asked = ada.post(page, fields(teams=None, skip_disabled="on"))
    token = re.search(r'name="confirmed" value="([^"]+)"', asked.content.decode()).group(1)

    assert asked.status_code == 200
    assert "Save and stop reading 2 protected people and Teams" in words_of(asked)
    assert "nothing is deleted" in words_of(asked)
    assert policy_of(acme).revision == 0

    saved = ada.post(page, fields(teams=None, skip_disabled="on", confirmed=token))

    assert saved.status_code == 302
    assert (policy_of(acme).teams, Item.objects.protected().count()) == (False, 0)


def test_a_consequence_that_grew_after_it_was_read_is_asked_about_again(sign_in, page, acme, tenant):
    make_item(tenant, "Anna", is_enabled=False, is_chosen=True)
    ada = sign_in("ada")
    asked = ada.post(page, fields(skip_disabled="on"))
    token = re.search(r'name="confirmed" value="([^"]+)"', asked.content.decode()).group(1)
    make_item(tenant, "Bea", is_enabled=False, is_chosen=True)

    again = ada.post(page, fields(skip_disabled="on", confirmed=token))

    assert again.status_code == 200
    assert "stop reading 2 protected people" in words_of(again)
    assert not policy_of(acme).skip_disabled


def test_each_switch_says_what_it_does_before_it_is_saved(sign_in, page, acme, tenant):
    acme.users_eligible, acme.users_protected, acme.mailboxes_eligible, acme.mailboxes_protected = 9, 4, 1, 1
    acme.teams_eligible = acme.teams_protected = 1
    acme.save()
    make_item(tenant, "Guest", is_external=True)
    make_item(tenant, "Kim Old", is_enabled=False, is_chosen=True)

    words = words_of(sign_in("ada").get(page))

    for sentence in (
        "mail will not be read any more. This concerns 5 protected people and shared mailboxes. What was saved stays",
        "Teams will not be read any more. This concerns 1 protected team.",
        "SharePoint will not be read any more. Nobody and nothing it concerns is protected yet.",
        "Guests invited from other organizations. 1 at the moment, not protected.",
        "1 protected person will not be read any more. What was saved stays and can be restored; nothing is deleted.",
        "5 people and shared mailboxes not protected now stay so until chosen under Accounts.",
        "Automatically back up new Microsoft Office 365 SharePoint sites",
    ):
        assert sentence in words


def test_ben_is_told_what_ada_saved_and_keeps_what_he_chose(sign_in, page, acme):
    ben = sign_in("ben")
    sign_in("ada").post(page, fields(auto_users="on"))

    told = ben.post(page, fields(auto_sites="on"))
    text = told.content.decode()

    assert told.status_code == 422
    assert "Ada Lindqvist saved these settings while this page was open" in words_of(told)
    assert "New users: off → on" in words_of(told)
    assert "Saved now: on." in words_of(told)
    assert re.search(r'name="auto_sites" value="on"[^>]* checked', text)
    assert not policy_of(acme).auto_sites

    again = ben.post(page, fields(auto_sites="on", revision=1))

    assert again.status_code == 302
    assert (policy_of(acme).auto_users, policy_of(acme).auto_sites) == (False, True)


def test_adding_a_group_does_not_hide_that_somebody_saved_meanwhile(sign_in, page, acme, tenant):
    sales = make_group(tenant, "Sales", members=[])
    sign_in("ada").post(page, fields(auto_users="on"))

    added = sign_in("ben").post(page, fields(add_group=str(sales.uuid)))

    assert b'name="revision" value="0"' in added.content


def test_groups_are_found_added_and_removed_without_scripts_and_saved_at_last(sign_in, page, acme, tenant):
    sales, _ = make_group(tenant, "Sales"), make_group(tenant, "Staff")
    ada = sign_in("ada")

    found = ada.post(page, fields(find="1", group_words="sal", auto_users="on"))
    added = ada.post(page, fields(add_group=str(sales.uuid)))

    assert "Skip members of Sales" in found.content.decode()
    assert "Skip members of Staff" not in found.content.decode()
    assert re.search(rb'name="auto_users" value="on"[^>]* checked', found.content)
    assert f'name="skip_groups" value="{sales.uuid}"' in added.content.decode()
    assert "1 change not saved Skipped groups." in words_of(added)
    assert not policy_of(acme).skip_groups.exists()

    ada.post(page, fields(skip_groups=[str(sales.uuid)]))
    removed = ada.post(page, fields(skip_groups=[str(sales.uuid)], remove_group=str(sales.uuid), revision=1))

    assert list(policy_of(acme).skip_groups.all()) == [sales]
    assert b'name="skip_groups"' not in removed.content


def test_typing_finds_groups_by_every_word_and_says_when_there_are_more(sign_in, search, tenant):
    for number in range(12):
        make_group(tenant, f"North Sales {number}")
    make_group(tenant, "North Gone", is_gone=True)
    ada = sign_in("ada")

    many = words_of(ada.post(search, fields(group_words="sales NORTH")))
    one = words_of(ada.post(search, fields(group_words="north 11")))
    none = words_of(ada.post(search, fields(group_words="gone")))

    assert many.count("North Sales") == 10
    assert "There are more" in many
    assert one == "North Sales 11"
    assert "No other group has “gone” in its name" in none


@pytest.mark.parametrize("where", ["bolt", "rival", "nowhere", "nonsense"])
def test_a_group_of_somebody_else_is_not_a_valid_choice(sign_in, page, preview, acme, bolt, rival, tenant, where):
    from organizations.tests.factories import make_organization

    others = {"bolt": bolt, "rival": make_organization(rival, "Rival Client")}
    uuid = {"nowhere": "00000000-0000-4000-8000-000000000000", "nonsense": "' or 1=1 --"}.get(where)
    uuid = uuid or str(make_group(make_connection(others[where]), "Secret group").uuid)
    ada = sign_in("ada")

    answers = [ada.post(page, fields(skip_groups=[uuid])), ada.post(page, fields(add_group=uuid))]
    counted = ada.post(preview, fields(skip_groups=[uuid]))

    assert answers[0].status_code == 422
    for answer in (*answers, counted):
        assert "Secret group" not in words_of(answer)
    assert "is not a valid choice" in words_of(answers[0])
    assert policy_of(acme).revision == 0
    assert not Job.objects.exists()


def test_the_count_is_live_and_comes_by_reason(sign_in, preview, acme, tenant):
    make_item(tenant, "Guest", is_external=True)
    kim = make_item(tenant, "Kim Old", is_enabled=False, is_chosen=True)
    make_item(tenant, "test-a", is_chosen=True)
    sales = make_group(tenant, "Sales", members=[kim])
    ada = sign_in("ada")

    words = words_of(ada.post(preview, fields(skip_groups=[str(sales.uuid)], skip_patterns="TEST-*@*")))

    assert "3 people left out at the moment ; 2 of them are protected and will not be read any more." in words
    assert "External users 1 Members of skipped groups 1, 1 of them protected Skipped addresses 1, 1" in words
    assert "Kim Old, test-a, Guest" in words
    assert policy_of(acme).skip_patterns == []


def test_whoever_comes_back_under_protection_is_counted_too(sign_in, preview, tenant):
    make_item(tenant, "Guest", is_external=True, is_chosen=True, skipped_as="EXTERNAL")

    words = words_of(sign_in("ada").post(preview, fields(skip_external=None)))

    assert "Nobody is left out at the moment . 1 person chosen before will be protected again." in words


def test_the_count_waits_for_members_that_are_being_read_and_asks_only_once(sign_in, page, preview, tenant):
    sales = make_group(tenant, "Sales")
    ada = sign_in("ada")

    answers = [ada.post(preview, fields(skip_groups=[str(sales.uuid)])) for _ in range(2)]

    assert "Reading the members of Sales…" in words_of(answers[1])
    assert b'hx-trigger="every 3s"' in answers[1].content
    assert Job.objects.get(kind="read_group_members").subject_id == sales.pk

    sales.members_read_at = timezone.now()
    sales.save()
    after = ada.post(preview, fields(skip_groups=[str(sales.uuid)]))

    assert b"every 3s" not in after.content


def test_members_that_could_not_be_read_are_said_and_not_asked_for_every_three_seconds(sign_in, preview, tenant):
    sales = make_group(tenant, "Sales")
    ada = sign_in("ada")
    ada.post(preview, fields(skip_groups=[str(sales.uuid)]))
    Job.objects.update(state="QUARANTINED", finished_at=timezone.now())

    answer = ada.post(preview, fields(skip_groups=[str(sales.uuid)]))

    assert "The members of Sales could not be read" in words_of(answer)
    assert b"every 3s" not in answer.content


def test_looking_at_the_page_asks_for_nothing(sign_in, page, acme, tenant):
    policy_of(acme).skip_groups.add(make_group(tenant, "Sales"))

    words = words_of(sign_in("ada").get(page))

    assert "Reading the members of Sales…" in words
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("patterns", "words"),
    [
        ("*", "Line 1, “*”, fits everybody."),
        ("ok-*\n*@*", "Line 2, “*@*”, fits everybody."),
        ("*@*.*", "fits everybody"),
        ("???*@?*", "fits everybody"),
        ("two words@*", "holds a space"),
        ("x" * 121, "is longer than 120 characters"),
        ("\n".join(f"user{n}@*" for n in range(21)), "At most 20 patterns; these are 21."),
        ("a\u200bb@*", "Line 1 holds invisible characters"),
        ("x" * 10_000, "at most 4000 characters"),
    ],
)
def test_a_pattern_that_makes_no_sense_is_named_and_nothing_is_saved(sign_in, page, preview, acme, patterns, words):
    ada = sign_in("ada")

    answer = ada.post(page, fields(skip_patterns=patterns, auto_users="on"))

    assert answer.status_code == 422
    assert words in words_of(answer)
    assert b'aria-invalid="true"' in answer.content
    assert (policy_of(acme).revision, policy_of(acme).auto_users) == (0, False)
    assert ada.post(preview, fields(skip_patterns=patterns)).status_code == 422


def test_patterns_are_kept_in_lower_case_once_each(sign_in, page, acme):
    sign_in("ada").post(page, fields(skip_patterns=" Test-**@* \r\n\r\ntest-*@*\r\n*@TEMP.example"))

    assert policy_of(acme).skip_patterns == ["test-*@*", "*@temp.example"]


@pytest.mark.parametrize(
    "broken",
    [
        {"revision": "x"},
        {"revision": None},
        {"revision": "-1"},
        {"revision": "9" * 30},
        {"skip_groups": ["\x00"]},
        {"skip_groups": ["x" * 10_000]},
        {"skip_groups": [str(n) for n in range(60)]},
        {"skip_patterns": "a\x00b"},
    ],
)
def test_a_broken_form_is_refused_in_words_and_changes_nothing(sign_in, page, acme, tenant, broken):
    answer = sign_in("ada").post(page, fields(auto_users="on", **broken))

    assert answer.status_code in (400, 422)
    assert policy_of(acme).revision == 0


def test_the_page_costs_the_same_with_three_people_and_with_thirty(
    sign_in, page, acme, tenant, django_assert_num_queries
):
    ada = sign_in("ada")
    ada.get(page)
    for size in (3, 30):
        for number in range(size):
            make_item(tenant, f"Guest {size}-{number}", is_external=True)
            policy_of(acme).skip_groups.add(make_group(tenant, f"Group {size}-{number}", members=[]))
        with django_assert_num_queries(16):
            ada.get(page)


def test_the_interval_is_chosen_and_written_down(sign_in, page, acme):
    answer = sign_in("ada").post(page, fields(backup_every="4"), follow=True)

    assert "The services are saved." in words_of(answer)
    assert policy_of(acme).backup_every == 4
    entry = AuditEntry.objects.get(action="policy.edited")
    assert entry.details == {"Backup": ["every 8 hours", "every 4 hours"]}


def test_an_interval_that_is_none_saves_nothing(sign_in, page, acme):
    answer = sign_in("ada").post(page, fields(backup_every="5", mail=None))

    assert answer.status_code == 422
    assert "Choose one of the intervals in the list." in words_of(answer)
    assert policy_of(acme).mail
    assert policy_of(acme).backup_every == 8


def test_a_page_older_than_the_interval_leaves_it_as_it_is(sign_in, page, acme):
    Policy.objects.filter(organization=acme).update(backup_every=12)

    sign_in("ada").post(page, fields(skip_disabled="on"))

    assert policy_of(acme).backup_every == 12
    assert policy_of(acme).skip_disabled
