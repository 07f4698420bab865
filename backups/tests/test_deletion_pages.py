"""Settings, Delete data: who may ask, authorize and call off, what the pages say, and that nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from accounts.tests.factories import PASSWORD, give_app, make_member, make_user
from backups.models import Deletion
from backups.tests.deletions_made import REASON, ask, begun, carry_out, held, send, stocked
from backups.tests.runs_made import place, queries_of
from backups.tests.searching import index
from backups.tests.stocked import Stock
from conftest import sign_in_long_ago
from organizations.models import LegalHold, Organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock(acme, cast, vault_store):
    """Eva's mailbox with three messages."""
    return stocked(acme)


def choose(browser, stock):
    """Choose the stock's account, and return the address of the page that follows."""
    answer = browser.post(place("deletion_choose", stock.organization), {"item": stock.item.uuid, "do": "go_on"})
    return answer.url


def words_of(answer):
    return " ".join(answer.content.decode().split())


def test_who_may_open_what(sign_in, stock, cast, acme):
    deletion = ask(stock, cast["ben"].user, timezone.now())
    pages = [("deletion_list",), ("deletion_choose",), ("deletion_detail", deletion.uuid)]
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 404, "pia": 404, "rita": 404}

    for who, status in expected.items():
        browser = sign_in(who)
        assert {browser.get(place(name, acme, *rest)).status_code for name, *rest in pages} == {status}
    authorize = place("deletion_authorize", acme, deletion.uuid)
    assert [sign_in(who).get(authorize).status_code for who in ("ada", "ben", "otto")] == [200, 403, 404]


def test_from_choosing_to_the_request(sign_in, stock, cast, acme):
    ben = sign_in("ben")
    searched = words_of(ben.post(place("deletion_choose", acme), {"q": "eva", "do": "search"}))
    form = choose(ben, stock)
    shown = words_of(ben.get(form))
    refused = send(ben, form, reason=REASON, confirmation="acme dental")
    sent = send(ben, form, reason=REASON, confirmation="Acme Dental")

    assert "Eva Lindholm" in searched
    assert "<dt>Objects</dt><dd>3</dd>" in shown
    assert "An Administrator other than you" in shown
    assert refused.status_code == 422
    assert REASON in words_of(refused)
    assert "Type Acme Dental exactly." in words_of(refused)
    deletion = Deletion.objects.get()
    assert sent.url == place("deletion_detail", acme, deletion.uuid)
    assert "You asked for it" in words_of(ben.get(sent.url))


def test_everything_of_a_client_is_chosen_at_once(sign_in, stock, acme):
    ben = sign_in("ben")

    form = ben.post(place("deletion_choose", acme), {"do": "everything"}).url
    send(ben, form, reason=REASON, confirmation="Acme Dental")

    assert Deletion.objects.get().is_of_everything


@pytest.mark.parametrize(("who", "asking", "goes_to"), [
    ("ben", "deletion_choose", Deletion), ("ada", "hold_choose", LegalHold),
])  # fmt: skip
def test_a_page_decides_only_what_it_showed(sign_in, stock, acme, who, asking, goes_to):
    browser, typed = sign_in(who), {"reason": REASON, "confirmation": "Acme Dental"}
    form = browser.post(place(asking, acme), {"item": stock.item.uuid, "do": "go_on"}).url
    old = re.search(r'name="shown" value="(\w+)"', words_of(browser.get(form))).group(1)
    browser.post(place(asking, acme), {"do": "everything"})

    answers = [browser.post(form, typed | {"shown": old}), browser.post(form, typed)]

    assert [one.status_code for one in answers] == [422, 422]
    assert "Something else was chosen in another window." in words_of(answers[0])
    assert not goes_to.objects.exists()
    assert send(browser, form, **typed).status_code == 302


def test_whoever_signed_in_long_ago_confirms_and_loses_nothing(sign_in, stock):
    browser = sign_in("ben")
    form = choose(browser, stock)
    sign_in_long_ago(browser)

    again = browser.post(form, {"reason": REASON, "confirmation": "Acme Dental"})
    asked = browser.get(again.url)
    assert asked.url.startswith("/confirm/")
    browser.post(asked.url, {"password": PASSWORD})

    assert REASON in words_of(browser.get(form))
    assert not Deletion.objects.exists()


def test_a_strangers_account_cannot_be_chosen(sign_in, stock, bolt):
    bolts = Stock(bolt, "Finn Roth")
    ben = sign_in("ben")

    for given in (bolts.item.uuid, "nonsense"):
        answer = ben.post(place("deletion_choose", stock.organization), {"item": given, "do": "go_on"})
        assert answer.status_code == 422
        assert "Choose 1 to 100 accounts; these are 0." in words_of(answer)


def test_authorized_by_another_administrator_and_held_in_large_figures(sign_in, stock, cast, acme, northwind):
    deletion = ask(stock, cast["ada"].user, timezone.now())
    page, authorize = place("deletion_detail", acme, deletion.uuid), place("deletion_authorize", acme, deletion.uuid)
    olga = make_member(make_user("Olga", "Frost"), northwind, Role.ADMINISTRATOR)
    give_app(olga.user)
    cast["olga"] = olga

    ada = sign_in("ada")
    assert authorize not in words_of(ada.get(page))
    assert "You asked for this deletion" in words_of(ada.post(authorize, follow=True))
    assert authorize in words_of(sign_in("olga").get(page))
    told = words_of(sign_in("olga").post(authorize, follow=True))

    assert "30 days</span>" in told
    deletion.refresh_from_db()
    assert deletion.authorized_by == "Olga Frost"


def test_declining_and_cancelling_take_a_reason(sign_in, stock, cast, acme):
    deletion = ask(stock, cast["ben"].user, timezone.now())
    decline, cancel = (place(name, acme, deletion.uuid) for name in ("deletion_decline", "deletion_cancel"))

    assert sign_in("ben").post(decline, {"decline-reason": "No reason."}).status_code == 403
    assert sign_in("ada").post(decline, {"decline-reason": ""}).status_code == 422
    # The link in the mails only shows the page.
    assert sign_in("ben").get(cancel).status_code == 200
    assert Deletion.objects.get().is_stoppable
    assert "Cancelled by Ben Okafor" in words_of(
        sign_in("ben").post(cancel, {"cancel-reason": "A mistake."}, follow=True)
    )
    assert "is cancelled already" in words_of(sign_in("ada").post(decline, {"decline-reason": "Too late"}, follow=True))


def test_the_certificate_is_shown_and_handed_out(sign_in, stock, cast, acme):
    deletion = held(stock, cast, timezone.now() - timedelta(days=31))
    page = place("deletion_certificate", acme, deletion.uuid)
    assert sign_in("ben").get(page).status_code == 404

    done = carry_out(deletion)
    ben = sign_in("ben")
    shown = words_of(ben.get(page))
    file = ben.get(place("deletion_certificate_file", acme, deletion.uuid))

    erased = done.certificate["erasures"][0]["certificate"]
    assert erased["packs_sha256"] in shown
    assert "Ben Okafor, ben.okafor@example.com" in shown
    assert "Ada Lindqvist, ada.lindqvist@example.com" in shown
    assert file.json() == done.certificate
    assert file["Content-Disposition"] == f'attachment; filename="deletion-certificate-{deletion.uuid}.json"'


def test_nothing_is_called_deleted_before_it_is(sign_in, stock, cast, acme):
    ada, pages = sign_in("ada"), [place("deletion_list", acme), acme.get_absolute_url()]
    deletion = held(stock, cast, timezone.now(), everything=True)
    begun(deletion)
    Organization.objects.filter(pk=acme.pk).update(erased_at=deletion.due_at)

    during = [words_of(ada.get(page)) for page in pages]
    done = {"state": "DONE", "ended_at": deletion.due_at, "certificate": {}}
    Deletion.objects.filter(pk=deletion.pk).update(**done)
    after = [words_of(ada.get(page)) for page in pages]

    assert all("is being deleted for good at this moment" in shown for shown in during)
    assert not any("The keys are destroyed with it" in shown for shown in during)
    assert all("Everything that was backed up here is deleted for good" in shown for shown in after)


def test_what_was_deleted_is_nowhere_to_be_had(sign_in, stock, cast, acme):
    index(acme)
    reference = stock.reference("m1")
    deletion = held(stock, cast, timezone.now() - timedelta(days=31))
    ada, item = sign_in("ada"), f"?item={stock.item.uuid}"
    assert "Offer 1" in words_of(ada.get(f"{place('search_page', acme)}?q=Offer"))

    carry_out(deletion)

    assert "Offer 1" not in words_of(ada.get(f"{place('search_page', acme)}?q=Offer"))
    for name in ("browse", "restore_plan", "export_start"):
        answer = ada.get(place(name, acme) + item)
        assert answer.status_code in (200, 404, 422), name
        assert "Inbox" not in words_of(answer)
        assert "Offer" not in words_of(answer)
    opened = ada.post(place("preview_open", acme), {"object": reference})
    assert opened.status_code in (302, 404, 422)
    assert "Offer 1" not in words_of(ada.post(place("preview_open", acme), {"object": reference}, follow=True))


def test_lists_cost_the_same_however_long(sign_in, stock, cast, acme):
    deletion = ask(stock, cast["ben"].user, timezone.now())
    ada, pages = sign_in("ada"), [place("deletion_list", acme), "/deletions/?show=ALL", "/retention/"]
    before = [queries_of(ada, page) for page in pages]
    values = {
        "organization": acme,
        "scope": "ITEMS",
        "reason": REASON,
        "requested_by": "Ben",
        "requester_email": "b@c.de",
    }
    Deletion.objects.bulk_create(
        Deletion(
            **values, state="DECLINED", requested_at=deletion.requested_at, ended_at=deletion.requested_at,
            ended_by="Ada", accounts=number,
        )
        for number in range(60)
    )  # fmt: skip
    Organization.objects.bulk_create(
        Organization(partner=acme.partner, name=f"Client {number}") for number in range(60)
    )

    assert [queries_of(ada, page) for page in pages] == before
    shown = words_of(ada.get("/deletions/"))
    assert "Acme Dental" in shown
    assert shown.count('<tr role="row">') == 1


def test_a_partner_sees_the_own_requests_only(sign_in, stock, cast):
    ask(stock, cast["ben"].user, timezone.now())

    assert "Nobody has asked" in words_of(sign_in("rita").get("/deletions/"))
