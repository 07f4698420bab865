"""The Coverage tab as people read it: what is not covered first, why, as a file, ten thousand as fast as ten."""

import csv
from datetime import timedelta

import pytest
from django.utils import timezone

from backups.engine.failures import note_failure
from backups.models import Container
from backups.tests.runs_made import HTMX, place, queries_of
from organizations.models import Connection, Item, Policy
from organizations.models.organization import ConnectionState
from organizations.tests.factories import make_connection, make_item
from portal.tests.planning import count_rows

PEOPLE = [("ada", 200), ("ben", 200), ("otto", 200), ("cora", 403), ("pia", 404), ("rita", 404)]
KINDS = ("MAIL", "CALENDAR", "CONTACTS", "ONEDRIVE")


@pytest.fixture
def tenant(acme, cast):
    return make_connection(acme, discovered_at=timezone.now())


def contain(item, *kinds, status="SUCCESS", **fields):
    """Make containers of an item as the engine leaves them."""
    now = timezone.now()
    fields.setdefault("last_tried_at", now if status != "NEVER" else None)
    fields.setdefault("last_good_at", now if status == "SUCCESS" else None)
    return [
        Container.objects.create(
            organization_id=item.organization_id, connection=item.connection, item=item, kind=kind, status=status,
            account=f"{item.remote_id}/{kind}", **fields,
        )
        for kind in kinds or KINDS
    ]  # fmt: skip


def refuse(container, message="Locked by its owner."):
    return note_failure(container, object_id="", reason="ACCESS", message=message, now=timezone.now())


@pytest.fixture
def everybody(tenant):
    """One person for each thing that can be true."""
    now = timezone.now()
    people = {
        "Amira": {"is_chosen": True},
        "Bea": {"is_chosen": True},
        "Carlos": {"is_chosen": True},
        "Dora": {"is_chosen": True},
        "Eva": {"is_new": True},
        "Farid": {"decided_at": now, "decided_by": "Ben Okafor"},
        "Guest": {"skipped_as": "EXTERNAL"},
        "Hugo": {"presence": "GONE", "gone_at": now, "is_chosen": True},
        "Iris": {"is_chosen": True},
        "Jun": {"is_chosen": True},
    }
    made = {name: make_item(tenant, name, **fields) for name, fields in people.items()}
    contain(made["Amira"])
    mail, *_ = contain(made["Bea"], "MAIL", status="PARTIAL", problem="2 could not be saved; everything else is.")
    contain(made["Bea"], *KINDS[1:])
    for number in range(2):
        note_failure(mail, object_id=str(number), reason="CORRUPT", message="Damaged.", now=now)
    contain(made["Carlos"], *KINDS[:3])
    refuse(contain(made["Carlos"], "ONEDRIVE", status="FAILED", completed_at=now)[0])
    contain(made["Dora"], *KINDS[:3])
    contain(made["Dora"], "ONEDRIVE", status="NOT_AVAILABLE")
    contain(made["Hugo"], objects_kept=7)
    contain(made["Jun"], *KINDS[:3], objects_kept=4)
    contain(made["Jun"], "ONEDRIVE", status="NEVER", last_tried_at=now)
    return made


def page_of(browser, organization, **query):
    return browser.get(place("coverage", organization), query)


def told(page):
    return {row.name: [cell.words for cell in row.cells] for row in page.context["rows"]}


@pytest.mark.parametrize(("who", "status"), PEOPLE)
def test_who_may_see_what_is_covered(sign_in, acme, tenant, who, status):
    make_item(tenant, "Eva Lindholm")
    browser = sign_in(who)

    assert page_of(browser, acme).status_code == status
    assert browser.get(place("coverage_export", acme)).status_code == status


def test_what_is_not_covered_comes_first_and_says_why(sign_in, acme, everybody):
    page = page_of(sign_in("ada"), acme)
    rows, words = {row.name: row for row in page.context["rows"]}, told(page)

    assert list(rows) == ["Eva", "Iris", "Farid", "Guest", "Carlos", "Bea", "Jun", "Amira", "Dora", "Hugo"]
    assert [row.group for row in page.context["rows"] if row.group] == [
        "Not covered at all: 4 users", "Covered with gaps: 3 users", "Covered: 2 users", "Gone from the source: 1 user",
    ]  # fmt: skip
    assert words["Eva"] == ["Never seen"] * 4
    assert words["Iris"] == ["Waiting"] * 4
    assert words["Farid"] == ["Not chosen"] * 4
    assert words["Guest"] == ["Filter"] * 4
    assert words["Carlos"][3] == "No access"
    assert words["Bea"][0] == "2 failing"
    assert words["Jun"][3] == "First backup"
    assert words["Dora"][3] == "Nothing there"
    assert words["Hugo"] == ["Kept"] * 4
    assert [cell.css for cell in rows["Amira"].cells] == ["protected"] * 4
    assert [cell.lead for cell in rows["Amira"].cells] == ["Protected, "] * 4
    assert rows["Eva"].note.startswith("Appeared ")
    assert rows["Farid"].note.startswith("Switched off by Ben Okafor on ")
    assert rows["Guest"].note == "Left out by the filter “external user”"
    assert rows["Carlos"].note.startswith("OneDrive: Locked by its owner, since ")
    assert rows["Bea"].note.startswith("Mail: 2 objects could not be saved, since ")
    assert rows["Hugo"].note.endswith("what was saved is kept")
    assert rows["Amira"].note == ""


def test_the_four_numbers_are_those_of_the_marks(sign_in, acme, everybody):
    Policy.objects.filter(organization=acme).update(contacts=False)
    page = page_of(sign_in("ada"), acme)

    cards = {card["show"]: (card["value"], card["small"], card["note"]) for card in page.context["cards"]}
    assert cards["failing"][:2] == (2, "1 refused")
    assert cards["unseen"] == (1, "user", "Nobody decided yet")
    # Six who are chosen, and two who are left out altogether.
    assert cards["excluded"] == (8, "users", "1 not chosen, 1 by a filter, Contacts is off")
    assert cards["protected"][:2] == (11, "of 35")
    assert told(page)["Amira"][2] == "Kind is off"
    assert "Contacts is switched off under Settings, Services; saved completely today" in page.content.decode()


def test_the_map_is_searched_filtered_and_paged_tab_by_tab(sign_in, acme, tenant, everybody):
    for number in range(60):
        make_item(tenant, f"Person {number:02}")
    make_item(tenant, "Reception", mailbox="SHARED")
    contain(make_item(tenant, "Intranet", kind="SITE", is_chosen=True), "SHAREPOINT")
    make_item(tenant, "Blue", kind="TEAM")
    ada = sign_in("ada")

    counts = {one["code"]: one["count"] for one in page_of(ada, acme).context["tabs_of_accounts"]}
    assert counts == {"USERS": 70, "SHARED_MAILBOXES": 1, "SITES": 1, "TEAMS": 1}
    assert [len(told(page_of(ada, acme, page=number))) for number in (1, 2)] == [50, 20]
    assert list(told(page_of(ada, acme, q="dor"))) == ["Dora"]
    assert list(told(page_of(ada, acme, show="failing"))) == ["Carlos", "Bea"]
    assert list(told(page_of(ada, acme, show="failing", q="bea@"))) == ["Bea"]
    assert list(told(page_of(ada, acme, show="excluded"))) == ["Farid", "Guest"]
    assert told(page_of(ada, acme, tab="TEAMS")) == {"Blue": ["Never seen"]}
    assert list(told(page_of(ada, acme, tab="SHARED_MAILBOXES"))) == ["Reception"]
    assert page_of(ada, acme, tab="SITES").context["rows"][0].cells[0].css == "protected"
    assert b"Nothing fits" in page_of(ada, acme, q="nobody-like-this").content
    # What makes no sense means everything.
    assert len(told(page_of(ada, acme, tab="X", show="X", page="X"))) == 50
    part = ada.get(place("coverage", acme), {"q": "dora"}, **HTMX).content
    assert b"<h1>" not in part
    assert b"Dora" in part


def test_where_there_is_no_way_in_everything_chosen_is_refused(sign_in, acme, tenant, everybody):
    Connection.objects.update(state=ConnectionState.ACCESS_LOST, problem="Acme has withdrawn our access.")

    page = page_of(sign_in("ada"), acme, q="amira")

    assert told(page) == {"Amira": ["No access"] * 4}
    assert "Acme has withdrawn our access; saved completely today" in page.content.decode()


def test_a_person_without_a_mailbox_lacks_no_mail(sign_in, acme, tenant):
    make_item(tenant, "Kim", mailbox="NONE")

    page = page_of(sign_in("ada"), acme)

    assert told(page) == {"Kim": ["Nothing there"] * 3 + ["Never seen"]}


def test_an_excluded_failure_is_no_gap(sign_in, acme, tenant):
    lena = make_item(tenant, "Lena", is_chosen=True)
    containers = contain(lena)
    failure = note_failure(containers[0], object_id="1", reason="CORRUPT", message="Damaged.", now=timezone.now())
    assert told(page_of(sign_in("ada"), acme))["Lena"][0] == "1 failing"

    failure.excluded_at, failure.excluded_by = timezone.now(), "Ada"
    failure.save()

    assert page_of(sign_in("ada"), acme).context["rows"][0].group == "Covered: 1 user"


def test_another_client_is_on_nobodys_map(sign_in, acme, bolt, everybody):
    lars = make_item(make_connection(bolt), "Lars", is_chosen=True)
    refuse(contain(lars)[0])

    assert "Lars" not in told(page_of(sign_in("ada"), acme))
    assert list(told(page_of(sign_in("pia"), bolt))) == ["Lars"]
    assert list(told(page_of(sign_in("ada"), bolt, show="failing"))) == ["Lars"]


def test_marks_lead_to_where_something_can_be_done(sign_in, acme, everybody):
    rows = {row.name: row for row in page_of(sign_in("otto"), acme).context["rows"]}

    for name, index, path in (
        ("Eva", 0, "/accounts/"), ("Bea", 0, "/reports/objects/"), ("Amira", 0, "/search/browse/"),
        ("Jun", 3, "/backups/"),
    ):  # fmt: skip
        url = rows[name].cells[index].url
        assert path in url, name
        assert sign_in("otto").get(url).status_code == 200
    assert rows["Dora"].cells[3].url == ""


def test_the_file_says_it_of_every_kind_of_data_and_holds_no_formula(sign_in, acme, tenant, everybody):
    make_item(tenant, "=cmd()", address="+49@acme.example")
    contain(make_item(tenant, "Intranet", kind="SITE", is_chosen=True), "SHAREPOINT")

    answer = sign_in("ada").get(place("coverage_export", acme))
    lines = list(csv.DictReader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))

    assert "Coverage.csv" in answer["Content-Disposition"]
    assert len(lines) == 11 * 4 + 1
    assert lines[-1]["Account"] == "Intranet"
    bea = next(line for line in lines if (line["Account"], line["Kind of data"]) == ("Bea", "Mail"))
    assert (bea["State"], bea["Open failures"], bea["Coverage"]) == ("Failing", "2", "Covered with gaps")
    assert bea["Reason"].startswith("2 objects could not be saved")
    assert not [cell for line in lines for cell in line.values() if cell.startswith(("=", "+"))]


def test_ten_thousand_accounts_are_read_with_as_many_questions_as_ten(sign_in, acme, tenant, everybody):
    ada, url = sign_in("ada"), place("coverage", acme)
    few = queries_of(ada, url)
    now = timezone.now()
    items = Item.objects.bulk_create(
        Item(
            organization=acme, connection=tenant, kind="USER", remote_id=f"many {number}", name=f"Many {number:05}",
            list_name=f"many {number:05}", first_seen_at=now - timedelta(days=9), is_chosen=number % 3 > 0,
            chosen_by="PERSON", mailbox="USER",
        )
        for number in range(10_000)
    )  # fmt: skip
    Container.objects.bulk_create(
        Container(
            organization=acme, connection=tenant, item=item, kind="MAIL", account=f"many/{item.pk}", status="SUCCESS",
            last_tried_at=now, last_good_at=now,
        )
        for item in items
    )  # fmt: skip
    count_rows(Item, Container)

    assert queries_of(ada, url) == few <= 14
    page = page_of(ada, acme, page=201)
    assert page.context["page_obj"].paginator.count == 10_010
    assert list(told(page))[-1] == "Hugo"
