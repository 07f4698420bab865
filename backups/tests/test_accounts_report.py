"""The accounts report: seven facts about every account; only partner staff see for whom a fee is charged."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from backups.tests.runs_made import place
from organizations.tests.factories import make_connection, make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts(acme):
    tenant = make_connection(acme)
    make_item(tenant, "Eva Lindholm", is_chosen=True, has_mail_plan=True, mailbox="USER", stored_bytes=29_400_000_000)
    make_item(tenant, "Front desk", is_chosen=True, mailbox="SHARED", stored_bytes=5_000_000)
    make_item(tenant, "Gerda Holm", presence="GONE", gone_at=timezone.now(), is_chosen=True, stored_bytes=1_000_000_000)
    make_item(tenant, "Guest", skipped_as="EXTERNAL", address="=cmd|' /C calc'!A0")
    make_item(tenant, "Crowns", kind="SITE", address="https://acme.sharepoint.example/sites/crowns", is_chosen=True)
    make_item(tenant, "Everybody", kind="TEAM", address="everybody@acme.example")


def _csv(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_every_account_stands_in_the_file_with_its_seven_facts(sign_in, acme, accounts):
    ada = sign_in("ada")

    page = ada.get(place("accounts_report", acme)).content.decode()
    answer = ada.get(place("accounts_report_file", acme), {"kinds": ["USERS", "SHARED_MAILBOXES", "SITES", "TEAMS"]})

    day = timezone.localdate()
    head, *rows = _csv(answer)
    assert "Export report" in page
    assert f"{acme.client_id} {day:%Y-%m-%d} Usage and Protection Insights Report.csv" in answer["Content-Disposition"]
    assert head == ["Item Type", "Item Name", "Item ID", "Protection Status", "Charged", "Archive mailbox status",
                    "Data Protected (GB)"]  # fmt: skip
    told = {row[1].partition("@")[0]: [row[0], *row[3:]] for row in rows}
    assert told == {
        "eva.lindholm": ["User", "Protected", "Yes", "Not Protected", "29.400"],
        "front.desk": ["User", "Protected", "No", "", "0.005"],
        "gerda.holm": ["User", "N/A", "No", "", "1.000"],
        "'=cmd|' /C calc'!A0": ["User", "Not Protected", "No", "", "0.000"],
        "https://acme.sharepoint.example/sites/crowns": ["SharePoint Site", "Protected", "No", "", "0.000"],
        "everybody": ["Team", "Not Protected", "No", "", "0.000"],
    }
    entry = AuditEntry.objects.get(action="item.report_downloaded")
    assert (entry.actor, entry.details["format"]) == ("Ada Lindqvist", "CSV")


def test_the_clients_own_people_do_not_see_the_fee_and_excel_gets_texts_as_texts(sign_in, acme, accounts):
    answer = sign_in("otto").get(place("accounts_report_file", acme), {"kinds": ["USERS"], "format": "xlsx"})

    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    space = {"x": sheet.tag.partition("}")[0].strip("{")}
    rows = [[cell.findtext(".//x:t", None, space) or cell.findtext("x:v", None, space) for cell in row]
            for row in sheet.iterfind(".//x:row", space)]  # fmt: skip
    assert "Charged" not in rows[0]
    assert len(rows) == 1 + 3
    assert any("=cmd|' /C calc'!A0" in row for row in rows)
    assert sheet.find(".//x:f", space) is None
    assert answer["Content-Disposition"].endswith('Usage and Protection Insights Report.xlsx"')


@pytest.mark.parametrize(("who", "status"), [("ben", 200), ("otto", 200), ("cora", 403), ("pia", 404), ("rita", 404)])
def test_who_may_have_it(sign_in, acme, accounts, who, status):
    browser = sign_in(who)
    answers = [
        browser.get(place("accounts_report", acme)),
        browser.get(place("accounts_report_file", acme), {"kinds": "USERS"}),
    ]

    assert {one.status_code for one in answers} == {status}


def test_nothing_chosen_is_said_and_many_accounts_cost_as_many_questions_as_few(
    sign_in, acme, accounts, django_assert_num_queries
):
    ada = sign_in("ada")
    nothing = ada.get(place("accounts_report_file", acme), {"format": "csv"})
    first = ada.get(place("accounts_report_file", acme), {"kinds": "USERS"})
    assert nothing.status_code == 422
    assert ada.get(place("accounts_report_file", acme)).url == place("accounts_report", acme)
    assert "Choose at least one kind of account." in nothing.content.decode()
    assert len(_csv(first)) == 4
    tenant = acme.connections.get()
    for number in range(30):
        make_item(tenant, f"Person {number}")

    answer = ada.get(place("accounts_report_file", acme), {"kinds": "USERS"})
    with django_assert_num_queries(1):
        assert len(_csv(answer)) == 34
