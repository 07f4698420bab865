"""Choosing what is protected: who may, what is counted, what two people at once get."""

import threading

import pytest
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from organizations.actions.items import SelectionChanged, protect_items, unprotect_items
from organizations.models import Item, Organization
from organizations.tests.factories import make_connection, make_item

HTMX = {"HX-Request": "true"}


@pytest.fixture
def tenant(acme):
    return make_connection(acme, discovered_at=timezone.now())


@pytest.fixture
def eva(tenant):
    return make_item(tenant, "Eva Lindholm")


def url_of(organization, query=""):
    return reverse("organizations:item_list", args=[organization.uuid]) + query


def confirm_url(organization):
    return reverse("organizations:item_confirm", args=[organization.uuid])


def switch(browser, item, do="protect", **options):
    url = reverse("organizations:item_switch", args=[item.organization.uuid, item.uuid])
    return browser.post(url, {"do": do, **options.pop("data", {})}, **options)


def make_users(tenant, count, **fields):
    return [make_item(tenant, f"Person {number:03}", **fields) for number in range(count)]


def protections(organization):
    return dict(Item.objects.filter(organization=organization).values_list("name", "protection"))


def in_two_threads(*works):
    """Run both at the same moment in connections of their own; return what each gave or raised."""
    barrier, outcomes = threading.Barrier(len(works)), [None] * len(works)

    def run(index, work):
        barrier.wait()
        try:
            outcomes[index] = work()
        except Exception as problem:
            outcomes[index] = problem
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# Who may ---------------------------------------------------------------------

EVERYONE = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}


def test_who_may_open_the_accounts_of_acme(sign_in, eva):
    pages = [url_of(eva.organization), confirm_url(eva.organization) + f"?do=protect&tab=USERS&item={eva.uuid}"]

    for page in pages:
        assert {who: sign_in(who).get(page).status_code for who in EVERYONE} == EVERYONE


@pytest.mark.parametrize("who", EVERYONE)
def test_who_may_switch_the_protection_of_somebody_at_acme(sign_in, eva, who):
    answer = switch(sign_in(who), eva, headers=HTMX)

    eva.refresh_from_db()
    assert answer.status_code == EVERYONE[who]
    assert eva.is_chosen == (answer.status_code == 200)


@pytest.mark.parametrize("who", EVERYONE)
def test_who_may_decide_about_many_at_acme(sign_in, eva, who):
    data = {"do": "protect", "tab": "USERS", "item": [eva.uuid], "expected": 1}

    answer = sign_in(who).post(confirm_url(eva.organization), data)

    eva.refresh_from_db()
    assert answer.status_code == {200: 302}.get(EVERYONE[who], EVERYONE[who])
    assert eva.is_chosen == (answer.status_code == 302)


def test_an_item_of_another_client_is_not_found_under_the_own_one(sign_in, acme, bolt):
    boris = make_item(make_connection(bolt), "Boris")
    url = reverse("organizations:item_switch", args=[acme.uuid, boris.uuid])

    assert sign_in("ada").post(url, {"do": "protect"}).status_code == 404
    assert not Item.objects.get().is_chosen


def test_forged_ids_of_bolt_in_the_form_of_acme_change_nothing(sign_in, acme, bolt, eva):
    boris = make_item(make_connection(bolt), "Boris")
    data = {"do": "protect", "tab": "USERS", "item": [eva.uuid, boris.uuid], "expected": 2}

    answers = [sign_in("otto").post(confirm_url(acme), data), sign_in("ada").post(confirm_url(acme), data)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert not Item.objects.filter(is_chosen=True).exists()
    assert b"not in this list" in answers[0].content


# One at a time ---------------------------------------------------------------


def test_a_switch_protects_counts_and_says_who(sign_in, cast, eva):
    answer = switch(sign_in("ben"), eva, headers=HTMX)

    eva.refresh_from_db()
    acme = Organization.objects.get(name="Acme Dental")
    assert (eva.protection, eva.chosen_by, eva.decided_by) == ("PROTECTED", "PERSON", "Ben Okafor")
    assert (acme.users_protected, acme.users_eligible) == (1, 1)
    assert "Eva Lindholm is protected (+1 seat)." in answer.content.decode()
    assert "By hand: Ben Okafor" in answer.content.decode()
    assert "1 of 1" in answer.content.decode()
    entry = AuditEntry.objects.get(action="item.protected")
    assert (entry.actor, entry.details, entry.organization_id) == ("Ben Okafor", {"name": "Eva Lindholm"}, acme.pk)


def test_undo_puts_it_back_and_offers_no_further_undo(sign_in, eva):
    browser = sign_in("ada")
    assert b">Undo<" in switch(browser, eva, headers=HTMX).content

    answer = switch(browser, eva, "unprotect", data={"undo": "1"}, headers=HTMX)

    eva.refresh_from_db()
    assert eva.protection == "NOT_PROTECTED"
    assert b">Undo<" not in answer.content
    assert "Eva Lindholm is not protected any more (−1 seat). What is saved stays." in answer.content.decode()
    assert [entry.action for entry in AuditEntry.objects.order_by("number")] == ["item.protected", "item.unprotected"]


def test_a_double_click_changes_nothing_twice(sign_in, eva):
    browser = sign_in("ada")

    answers = [switch(browser, eva, headers=HTMX), switch(browser, eva, headers=HTMX)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert AuditEntry.objects.filter(action="item.protected").count() == 1
    assert b">Undo<" not in answers[1].content


def test_without_script_a_switch_leads_back_to_the_same_place(sign_in, eva):
    url = reverse("organizations:item_switch", args=[eva.organization.uuid, eva.uuid])

    answer = sign_in("ada").post(url + "?tab=USERS&page=2&q=eva", {"do": "protect"}, follow=True)

    assert answer.redirect_chain == [(url_of(eva.organization, "?tab=USERS&page=2&q=eva"), 302)]
    assert b"Eva Lindholm is protected (+1 seat)." in answer.content


@pytest.mark.parametrize("do", ["", "toggle", "\x00", "x" * 10_000])
def test_a_switch_that_says_nothing_clear_changes_nothing(sign_in, eva, do):
    answer = switch(sign_in("ada"), eva, do, headers=HTMX)

    eva.refresh_from_db()
    assert answer.status_code == 422
    assert b"Nothing was changed" in answer.content
    assert not eva.is_chosen


def test_a_filter_and_the_provider_have_the_last_word(sign_in, tenant, noon):
    guest = make_item(tenant, "Guest", is_external=True, skipped_as="EXTERNAL")
    ruth = make_item(tenant, "Ruth Amsel", presence="GONE", gone_at=noon, is_chosen=True)
    browser = sign_in("ada")

    answers = {
        item.name: switch(browser, item, do, headers=HTMX) for item, do in ((guest, "protect"), (ruth, "unprotect"))
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {"Guest": 422, "Ruth Amsel": 422}
    assert b"stays skipped: external user" in answers["Guest"].content
    assert b"gone from the source" in answers["Ruth Amsel"].content
    assert not AuditEntry.objects.exists()
    page = browser.get(url_of(tenant.organization)).content.decode()
    assert reverse("organizations:item_switch", args=[tenant.organization.uuid, guest.uuid]) not in page
    assert (
        f'<a href="{reverse("organizations:settings_services", args=[tenant.organization.uuid])}">Skipped: external'
        in page
    )


def test_shared_mailboxes_sites_and_teams_cost_no_seat(sign_in, tenant):
    browser = sign_in("ada")
    mailbox = make_item(tenant, "Reception", mailbox="SHARED")
    site = make_item(tenant, "Intranet", kind="SITE", address="https://acme.example/sites/intranet")

    for item in (mailbox, site):
        assert f"{item.name} is protected." in switch(browser, item, headers=HTMX).content.decode()


# Several ----------------------------------------------------------------------


def test_a_selection_is_protected_at_once_when_the_number_was_seen(sign_in, tenant):
    people = make_users(tenant, 3)
    data = {"do": "protect", "tab": "USERS", "item": [item.uuid for item in people], "expected": 3}

    answer = sign_in("ada").post(confirm_url(tenant.organization), data, follow=True)

    assert "3 users are protected now (+3 seats)." in answer.content.decode()
    assert set(protections(tenant.organization).values()) == {"PROTECTED"}
    entry = AuditEntry.objects.get(action="item.selection_protected")
    assert entry.details == {"count": 3, "kind": "users", "names": "Person 000; Person 001; Person 002"}


def test_without_a_number_the_person_is_asked(sign_in, tenant):
    people = make_users(tenant, 3)
    data = {"do": "protect", "tab": "USERS", "item": [item.uuid for item in people], "expected": ""}

    answer = sign_in("ada").post(confirm_url(tenant.organization), data)

    assert "Protect 3 users?" in answer.content.decode()
    assert "Protect 3 users (+3 seats)" in answer.content.decode()
    assert set(protections(tenant.organization).values()) == {"NOT_PROTECTED"}


def test_the_question_counts_what_stays_as_it_is(sign_in, tenant, noon):
    items = [
        *make_users(tenant, 4, is_chosen=True),
        make_item(tenant, "Off"),
        make_item(tenant, "Guest", skipped_as="EXTERNAL", is_chosen=True),
        make_item(tenant, "Left", presence="GONE", gone_at=noon, is_chosen=True),
    ]
    query = "?do=unprotect&tab=USERS&" + "&".join(f"item={item.uuid}" for item in items)
    browser = sign_in("ada")

    question = browser.get(confirm_url(tenant.organization) + query)

    outlook = question.context["outlook"]
    assert (outlook.changing, outlook.seats, outlook.already, outlook.skipped, outlook.gone) == (4, 4, 1, 1, 1)
    for words in ("Stop protecting 4 users?", "1 is skipped by a filter", "1 is gone", "What is saved stays"):
        assert words in question.content.decode()
    answer = browser.post(
        confirm_url(tenant.organization),
        {"do": "unprotect", "tab": "USERS", "item": [item.uuid for item in items], "expected": 4},
        follow=True,
    )
    assert "4 users are not protected any more (−4 seats). What is saved stays. As before: 1 skipped" in (
        answer.content.decode()
    )
    assert Item.objects.filter(is_chosen=True).count() == 2


def test_all_that_match_are_decided_about_across_pages(sign_in, tenant):
    make_users(tenant, 63)
    make_item(tenant, "Somebody else")
    make_item(tenant, "Person of a team", kind="TEAM")
    data = {"do": "protect", "tab": "USERS", "show": "NOT_PROTECTED", "q": "person", "all": "1"}
    browser = sign_in("ada")

    question = browser.get(confirm_url(tenant.organization), data)
    answer = browser.post(confirm_url(tenant.organization), data | {"expected": 63}, follow=True)

    assert "Protect 63 users (+63 seats)" in question.content.decode()
    assert "63 users are protected now (+63 seats)." in answer.content.decode()
    assert answer.redirect_chain[-1][0] == url_of(tenant.organization, "?tab=USERS&show=NOT_PROTECTED&q=person")
    assert Item.objects.filter(is_chosen=True).count() == 63
    assert AuditEntry.objects.get().details["names"].count(";") == 49


def test_a_number_that_changed_by_more_than_a_handful_is_shown_instead_of_acted_on(sign_in, tenant):
    make_users(tenant, 20)
    data = {"do": "protect", "tab": "USERS", "all": "1", "expected": 14}
    browser = sign_in("ada")

    answer = browser.post(confirm_url(tenant.organization), data)

    assert answer.status_code == 422
    assert "it was about 14, now it would be 20. Nothing was changed." in answer.content.decode()
    assert 'name="expected" value="20"' in answer.content.decode()
    assert not Item.objects.filter(is_chosen=True).exists()
    browser.post(confirm_url(tenant.organization), data | {"expected": 16})
    assert Item.objects.filter(is_chosen=True).count() == 20


def test_agreeing_twice_changes_nothing_twice(sign_in, tenant):
    make_users(tenant, 20)
    data = {"do": "protect", "tab": "USERS", "all": "1", "expected": 20}
    browser = sign_in("ada")
    browser.post(confirm_url(tenant.organization), data)

    answer = browser.post(confirm_url(tenant.organization), data, follow=True)

    assert "Nothing had to be changed." in answer.content.decode()
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"do": "protect"},
        {"do": "protect", "tab": "USERS"},
        {"do": "delete", "tab": "USERS", "all": "1"},
        {"do": "protect", "tab": "EVERYTHING", "all": "1"},
        {"do": "protect", "tab": "USERS", "all": "1", "show": "NONSENSE"},
        {"do": "protect", "tab": "USERS", "all": "1", "q": "x" * 10_000},
        {"do": "protect", "tab": "USERS", "all": "1", "q": "\x00"},
        {"do": "protect", "tab": "USERS", "item": "\x00"},
        {"do": "protect", "tab": "USERS", "item": "1 OR 1=1"},
        {"do": "protect", "tab": "USERS", "item": ["9a1f0000-0000-4000-8000-000000000000"]},
        {"do": "protect", "tab": "USERS", "all": "1", "expected": "-1"},
        {"do": "protect", "tab": "USERS", "all": "1", "expected": "many\r\nX: y"},
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_whole(sign_in, eva, data):
    answer = sign_in("ada").post(confirm_url(eva.organization), {"expected": 1} | data)

    assert answer.status_code == 422
    assert b"Nothing was changed" in answer.content
    assert not Item.objects.filter(is_chosen=True).exists()


def test_a_site_cannot_be_named_among_users(sign_in, tenant):
    site = make_item(tenant, "Intranet", kind="SITE")
    data = {"do": "protect", "tab": "USERS", "item": [site.uuid], "expected": 1}

    assert sign_in("ada").post(confirm_url(tenant.organization), data).status_code == 422


def test_in_a_dialog_the_answer_leads_back_to_the_list(sign_in, eva):
    data = {"do": "protect", "tab": "USERS", "item": [eva.uuid], "expected": 1}

    answer = sign_in("ada").post(confirm_url(eva.organization), data, headers=HTMX)

    assert answer["HX-Redirect"] == url_of(eva.organization, "?tab=USERS&show=ALL&q=")


# Two people at once -----------------------------------------------------------


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_two_people_who_protect_the_same_hundred_at_once_are_counted_once(cast, acme, noon):
    tenant = make_connection(acme)
    make_users(tenant, 100)

    def protect(who):
        actor = cast[who].user
        return lambda: protect_items(items=Item.objects.all(), organization=acme, actor=actor, now=noon).changing

    outcomes = in_two_threads(protect("ada"), protect("ben"))

    assert sorted(outcomes) == [0, 100]
    assert AuditEntry.objects.filter(action="item.selection_protected").count() == 1
    acme.refresh_from_db()
    assert (acme.users_protected, acme.users_eligible) == (100, 100)


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_when_two_people_disagree_the_last_click_wins_and_the_row_says_whose(cast, acme, noon):
    eva = make_item(make_connection(acme), "Eva Lindholm", is_chosen=True)
    items = Item.objects.filter(pk=eva.pk)

    def decide(change, who):
        actor = cast[who].user
        return lambda: change(items=items, organization=acme, actor=actor, now=noon).changing

    in_two_threads(decide(unprotect_items, "ada"), decide(protect_items, "ben"))

    eva.refresh_from_db()
    acme.refresh_from_db()
    assert (eva.is_chosen, eva.decided_by) in [(False, "Ada Lindqvist"), (True, "Ben Okafor")]
    assert acme.users_protected == int(eva.is_chosen)


def test_the_number_agreed_to_is_checked_by_the_action(cast, acme, tenant, noon):
    make_users(tenant, 9)
    ada = cast["ada"].user

    with pytest.raises(SelectionChanged) as refused:
        protect_items(items=Item.objects.all(), organization=acme, actor=ada, now=noon, expected=2)

    assert refused.value.outlook.changing == 9
    assert not Item.objects.filter(is_chosen=True).exists()
