"""The Backups tab, one backup while it goes on and afterwards, and what the dashboard shows of them."""

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from backups.models import Failure, Run, RunItem
from backups.tests.runs_made import HTMX, make_part, make_run, place
from jobs.models import Job
from organizations.models import Organization
from organizations.tests.factories import make_connection, make_item


@pytest.fixture
def tenant(acme, cast):
    return make_connection(acme)


@pytest.fixture
def eva(tenant):
    return make_item(tenant, "Eva Lindholm", is_chosen=True)


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 200), ("ben", 200), ("otto", 200), ("cora", 403), ("pia", 404), ("rita", 404)]
)
def test_who_may_see_the_backups_of_acme(sign_in, tenant, acme, who, status):
    run, browser = make_run(tenant), sign_in(who)

    for url in (place("run_list", acme), place("run_detail", acme, run.uuid), place("run_cancel", acme, run.uuid)):
        assert browser.get(url).status_code == status
    for url in (place("run_recent", acme), place("stored", acme)):
        assert browser.get(url, **HTMX).status_code == status


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 302), ("ben", 302), ("otto", 302), ("cora", 403), ("pia", 404), ("rita", 404)]
)
def test_who_may_begin_a_backup_of_acme(sign_in, eva, acme, who, status):
    answer = sign_in(who).post(place("run_start", acme))

    assert answer.status_code == status
    assert Run.objects.count() == (status == 302)
    if status == 302:
        run = Run.objects.get()
        assert (run.trigger, run.item, run.requested_by.split()[0].lower()) == ("PERSON", None, who)
        assert answer.url == place("run_detail", acme, run.uuid)
        assert Job.objects.get(kind="begin_run").subject_id == run.pk


def test_a_backup_of_another_client_is_not_found(sign_in, tenant, bolt):
    theirs = make_run(make_connection(bolt))
    ada = sign_in("ada")

    for name in ("run_detail", "run_cancel"):
        assert ada.get(place(name, tenant.organization, theirs.uuid)).status_code == 404
        assert ada.get(place(name, tenant.organization, uuid4())).status_code == 404


def test_one_account_is_backed_up_alone(sign_in, eva, acme):
    sign_in("otto").post(place("run_start", acme), {"item": eva.uuid})

    assert Run.objects.get().item == eva


def test_the_button_works_with_the_token_its_page_carries(sign_in, eva, acme):
    Organization.objects.filter(pk=acme.pk).update(users_protected=1)
    ada = sign_in("ada", enforce_csrf_checks=True)
    for url in (place("run_list", acme), acme.get_absolute_url()):
        page = ada.get(url).content.decode()
        form = page[page.index(f'action="{place("run_start", acme)}"') :].partition("</form>")[0]
        token = form.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]

        answer = ada.post(place("run_start", acme), {"csrfmiddlewaretoken": token})

        assert answer.status_code == 302
        Run.objects.all().delete()


def test_what_cannot_begin_says_why(sign_in, acme, bolt):
    ada, start = sign_in("ada"), place("run_start", acme)

    def words(**data):
        return ada.post(start, data, follow=True).content.decode()

    assert "No service is connected" in words()
    tenant = make_connection(acme)
    assert "No account is protected yet" in words()
    make_item(tenant, "Eva Lindholm", is_chosen=True)
    foreign = make_item(make_connection(bolt), "Bo Baker", is_chosen=True)
    assert "not one of this client" in words(item=foreign.uuid)
    assert "not one of this client" in words(item="nonsense")
    left_out = make_item(tenant, "Room 4")
    assert "Room 4 is not protected" in words(item=left_out.uuid)
    assert not Run.objects.exists()
    ada.post(start)
    assert "A backup is under way already" in words()
    assert Run.objects.count() == 1


def test_a_client_whose_service_does_not_let_us_in_is_told_so(sign_in, acme):
    make_item(make_connection(acme, state="ACCESS_LOST"), "Eva Lindholm", is_chosen=True)

    page = sign_in("ada").post(place("run_start", acme), follow=True).content.decode()

    assert "does not let us in" in page
    assert not Run.objects.exists()


def test_a_backup_is_only_begun_by_a_post(sign_in, eva, acme):
    assert sign_in("ada").get(place("run_start", acme)).status_code == 405
    assert Client().post(place("run_start", acme)).status_code == 302
    assert not Run.objects.exists()


def test_nobody_calls_a_backup_off_by_accident(sign_in, tenant, acme):
    run, ada = make_run(tenant), sign_in("ada")
    url = place("run_cancel", acme, run.uuid)

    assert "Cancel this backup?" in ada.get(url).content.decode()
    assert "<html" not in ada.get(url, **HTMX).content.decode()
    run.refresh_from_db()
    assert run.cancel_asked_at is None
    ada.post(url)

    run.refresh_from_db()
    assert (run.cancel_asked_at is not None, run.cancelled_by) == (True, "Ada Lindqvist")
    page = ada.get(place("run_detail", acme, run.uuid)).content.decode()
    assert "Ada Lindqvist called it off" in page
    assert "Cancel backup…" not in page


def test_a_backup_that_is_over_cannot_be_called_off(sign_in, tenant, acme):
    run = make_run(tenant, state="SUCCESS")

    page = sign_in("ada").post(place("run_cancel", acme, run.uuid), follow=True).content.decode()

    assert "This backup ended already: success" in page


def test_pages_ask_again_only_while_a_backup_goes_on(sign_in, eva, tenant, acme):
    run, ada = make_run(tenant), sign_in("ada")
    make_part(run, eva)
    pages = [place("run_list", acme), place("run_recent", acme), place("run_detail", acme, run.uuid)]

    open_parts = [ada.get(url, **HTMX) for url in pages]
    Run.objects.update(state="SUCCESS", ended_at=timezone.now())
    ended_parts = [ada.get(url, **HTMX) for url in pages]
    watched = [ada.get(url, HTTP_X_POLL="1", **HTMX) for url in pages[:2]]

    for answer in open_parts:
        assert 'hx-trigger="every' in answer.content.decode()
        assert '{"X-Poll": "1"}' in answer.content.decode()
        assert "<html" not in answer.content.decode()
    for answer in ended_parts:
        assert 'hx-trigger="every' not in answer.content.decode()
    # What stands around the part is told anew, once.
    assert [answer.headers.get("HX-Refresh") for answer in watched] == ["true", "true"]
    assert not any("HX-Refresh" in answer.headers for answer in [*open_parts, *ended_parts])
    assert "HX-Request" in ada.get(pages[0]).headers["Vary"]


def test_what_is_counted_shows_while_it_is_counted(sign_in, eva, tenant, acme):
    run = make_run(tenant, items_total=4, items_done=1)
    make_part(run, eva, added=1204, failed=2, bytes_read=4_200_000, requests=88, current="Inbox")
    make_part(run, eva, kind="CALENDAR", state="WAITING")

    page = sign_in("otto").get(place("run_detail", acme, run.uuid)).content.decode()

    for words in ("1,204", "4.2 MB", "88 requests", "Inbox", "Eva Lindholm", "25 percent", "objects a minute"):
        assert words in page
    assert "1,204" in sign_in("otto").get(place("run_list", acme)).content.decode()


def test_accounts_are_filtered_by_how_they_stand(sign_in, tenant, acme):
    run, browser = make_run(tenant), sign_in("ada")
    people = {name: make_item(tenant, name, is_chosen=True) for name in ("Running Rita", "Broken Bo", "Done Dora")}
    make_part(run, people["Running Rita"])
    make_part(run, people["Broken Bo"], state="PARTIAL", item_state="DONE", problem="3 mails refused.")
    make_part(run, people["Done Dora"], state="SUCCESS", item_state="DONE")
    RunItem.objects.create(run=run, item=make_item(tenant, "Waiting Wim", is_chosen=True))
    names = {*people, "Waiting Wim"}

    def seen(show):
        page = browser.get(place("run_detail", acme, run.uuid), {"show": show}).content.decode()
        return {name for name in names if name in page}

    assert seen("all") == seen("nonsense") == names
    assert seen("running") == {"Running Rita"}
    assert seen("waiting") == {"Waiting Wim"}
    assert seen("trouble") == {"Broken Bo"}


def test_what_could_not_be_saved_is_named_with_its_reason(sign_in, eva, tenant, acme):
    part = make_part(make_run(tenant, state="PARTIAL"), eva, state="PARTIAL", item_state="DONE", failed=1)
    now = timezone.now()
    failure = {"organization": acme, "container": part.container, "first_seen_at": now, "last_seen_at": now}
    Failure.objects.create(object_id="a", name="Invoice <b>", reason="CORRUPT", message="It is broken.", **failure)
    Failure.objects.create(object_id="b", name="Long ago", reason="BUSY", message="Busy.", closed_at=now, **failure)

    page = sign_in("ada").get(place("run_detail", acme, part.run_item.run.uuid)).content.decode()

    assert "Invoice &lt;b&gt;" in page
    assert "Damaged at the source" in page
    assert "Long ago" not in page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("QUEUED", "Looking who and what is there"),
        ("LOOKING", "Looking who and what is there"),
        ("FAILED", "No account was reached"),
        ("CANCELLED", "No account was reached"),
    ],
)
def test_a_backup_without_accounts_says_what_it_waits_for(sign_in, tenant, acme, state, words):
    run = make_run(tenant, state=state)
    ada = sign_in("ada")

    assert words in ada.get(place("run_detail", acme, run.uuid)).content.decode()
    assert (
        "No account of this backup is in this state"
        in ada.get(place("run_detail", acme, run.uuid), {"show": "trouble"}).content.decode()
    )
