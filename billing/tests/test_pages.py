"""Usage and invoices as partners see them."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.sentences import sentence
from billing.actions.credit_notes import credit_invoice
from billing.actions.drafts import draft_invoice
from billing.actions.invoices import issue_invoice
from billing.actions.seats import SEAT_RULE, day_of
from billing.invoice_pdf import draw_invoice
from billing.models import Invoice, InvoiceLine
from billing.months import Month
from billing.tests.factories import count_days, make_billing
from notifications.models import OutgoingEmail
from organizations.tests.factories import make_organization

USAGE = "/billing/usage/"
OCTOBER = {"since": "2026-10-01", "until": "2026-10-31"}


@pytest.fixture
def counted(northwind, acme, bolt, rival, october):
    """Acme grows from 4 to 6 on the 11th and has a leaver; Bolt has one seat; Rival has a client too."""
    count_days(acme, [(october.first + timedelta(days=n), 4 if n < 10 else 6) for n in range(31)], leavers=1)
    count_days(bolt, [(october.first + timedelta(days=n), 1) for n in range(31)], shared_mailboxes=2)
    count_days(make_organization(rival, "Rival’s client"), [(october.first, 77), (date(2026, 11, 5), 77)])


@pytest.fixture
def invoice(counted, northwind, october, first, cast):
    make_billing(northwind, price="4.10", tax_rate=Decimal(20), reference="PO 77-1021")
    draft = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)
    return issue_invoice(invoice=draft, actor="The clock", now=first)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document).replace("\r\n", "\n")


def test_usage_is_shown_by_organization_with_what_is_free(sign_in, counted):
    page = sign_in("ada").get(USAGE, OCTOBER | {"until": "2026-11-10"})

    rows = [(row.name, row.first, row.last, row.added, row.seat_days) for row in page.context["page_obj"]]
    sums = page.context["table"].sums
    assert rows == [("Acme Dental", 4, 6, 42, 166), ("Bolt Bakery", 1, 1, 0, 31)]
    assert (sums.first, sums.last, sums.added, sums.leavers, sums.shared) == (5, 7, 42, 1, 2)
    assert page.context["table"].last_day == date(2026, 10, 31)
    assert SEAT_RULE in page.content.decode()
    assert "Rival" not in page.content.decode()


def test_usage_is_shown_by_day_and_of_one_client(sign_in, counted, acme):
    browser = sign_in("ada")

    days = browser.get(USAGE, OCTOBER | {"by": "day"}).context["page_obj"]
    own = browser.get(reverse("billing:usage_detail", args=[acme.uuid]), OCTOBER).context["page_obj"]

    assert [(row["day"].day, row["all_seats"], row["all_shared"]) for row in days][:2] == [(31, 7, 2), (30, 7, 2)]
    assert [(row.day.day, row.seats) for row in own][-2:] == [(2, 4), (1, 4)]


def test_without_days_it_is_this_month_until_today(sign_in, northwind):
    today = day_of(timezone.now())
    browser = sign_in("ada")

    periods = [browser.get(USAGE, days).context["period"] for days in ({}, {"until": "2026-09-20"})]

    assert periods == [(Month.holding(today).first, today), (date(2026, 9, 1), date(2026, 9, 20))]


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"since": "2026-10-31", "until": "2026-10-01"}, "before the first one"),
        ({"since": "2025-10-01", "until": "2026-10-02"}, "A year at most".lower()),
        ({"since": "yesterday"}, "Enter a valid date"),
        ({"until": "0001-01-01"}, "between 2000 and 2999"),
    ],
)
def test_days_that_make_no_period_are_named_and_nothing_typed_is_lost(sign_in, counted, days, words):
    page = sign_in("ada").get(USAGE, days)

    assert words in page.content.decode().replace("Choose a year at most", "a year at most")
    assert all(value in page.content.decode() for value in days.values())
    assert sign_in("ada").get("/billing/usage/csv/", days).url.startswith(USAGE)


def test_nothing_counted_is_said(sign_in):
    page = sign_in("ada").get(USAGE, {"since": "2020-01-01", "until": "2020-01-31"})

    assert "Nothing was counted" in page.content.decode()


def test_the_file_has_a_line_for_each_client_and_day_and_no_formula(sign_in, counted, acme, northwind, october):
    bad = make_organization(northwind, '=HYPERLINK("http://evil.example")')
    count_days(bad, [(october.first, 3)])

    answer = sign_in("ada").get("/billing/usage/csv/", OCTOBER)
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert len(lines) == 1 + 31 + 31 + 1
    assert lines[1][:7] == ["2026-10-01", acme.client_id, "Acme Dental", "Cloud Backup", "4", "1", "0"]
    assert [line[2][0] for line in lines if "HYPERLINK" in line[2]] == ["'"]


def test_usage_costs_the_same_for_one_and_for_many_clients(sign_in, counted, northwind, django_assert_num_queries):
    browser = sign_in("ada")
    browser.get(USAGE, OCTOBER)
    with django_assert_num_queries(10) as few:
        browser.get(USAGE, OCTOBER)
    for number in range(60):
        count_days(make_organization(northwind, f"Client {number:02}"), [(date(2026, 10, 1), number)])

    with django_assert_num_queries(len(few)):
        page = browser.get(USAGE, OCTOBER)

    assert (len(page.context["page_obj"]), page.context["page_obj"].paginator.count) == (50, 62)


def test_an_invoice_shows_its_lines_and_how_it_stands(sign_in, invoice):
    page = sign_in("ada").get(invoice.get_absolute_url()).content.decode()

    for words in (
        "Invoice 2026-0001", "2 organizations, seats on 1 October", "€4.10", "€20.50", "Seats added during October",
        "1 organization, 42 days of one seat at €4.10 ÷ 31", "pro rata", "€5.55", "Leavers kept, October", "VAT 20 %",
        "€5.21", "€31.26", "Your reference: PO 77-1021", "since=2026-10-01&amp;until=2026-10-31", "IBAN IE00 PORT 0000",
        "30 Nov",
    ):  # fmt: skip
        assert words in page, words


def test_the_pdf_says_the_same_and_is_the_same_each_time(sign_in, invoice):
    browser = sign_in("ada")
    answer = browser.get(reverse("billing:invoice_pdf", args=[invoice.uuid]))

    text = text_of(answer.content)
    assert answer["Content-Disposition"] == 'attachment; filename="Invoice 2026-0001.pdf"'
    for words in ("Invoice 2026-0001", "€31.26", "Seats added during October", "VAT 20 %", "due 30 November 2026",
                  "Portico Operations Ltd", "Northwind IT", "IBAN IE00 PORT 0000", "PO 77-1021"):  # fmt: skip
        assert words in text, words
    assert browser.get(reverse("billing:invoice_pdf", args=[invoice.uuid])).content == answer.content


@pytest.mark.parametrize("bank", [(), ("Bank of the Portico",)])
def test_the_pdf_promises_no_way_to_pay_that_an_installation_may_lack(invoice, bank):
    text = text_of(draw_invoice(invoice, bank=bank))

    assert ("Please pay by 30 November 2026." in text, "in the portal" in text) == (True, False)
    assert ("give the reference 2026-0001:\nBank of the Portico" in text) is bool(bank)


def test_a_pdf_of_many_lines_and_a_name_in_any_script_goes_over_pages(invoice, northwind, october, first, cast):
    draft = Invoice.objects.create(
        partner=northwind, period_start=date(2026, 9, 1), period_end=date(2026, 9, 30), currency="EUR",
        created_at=first, seller="Łódź Żabka", buyer="Ελλάδα\n中文", issued_on=None, reason="",
    )  # fmt: skip
    for position in range(60):
        InvoiceLine.objects.create(
            invoice=draft, position=position, what=f"Line {position} " + "w" * 80, note="n " * 90, quantity=1, amount=1
        )
    draft.issued_on = draft.due_on = first.date()

    text = text_of(draw_invoice(draft, bank=()))

    assert {f"Line {position}" for position in range(60)} <= set(re.findall(r"Line \d+", text))
    assert "Łódź Żabka" in text
    assert "Ελλάδα" in text


def test_a_credit_note_has_a_page_and_a_pdf_of_its_own_and_stands_below_its_invoice(sign_in, invoice, cast, first):
    note = credit_invoice(
        invoice=invoice, amounts={1: Decimal("4.10")}, reason="One seat too many.", actor=cast["ada"].user, now=first
    )
    browser = sign_in("ada")

    page = browser.get(note.get_absolute_url()).content.decode()
    pdf = text_of(browser.get(reverse("billing:invoice_pdf", args=[note.uuid])).content)

    assert all(words in page and words in pdf for words in ("Credit note 2026-C-0001", "One seat too many.", "€4.92"))
    assert "2026-C-0001" in browser.get(invoice.get_absolute_url()).content.decode()


def test_an_invoice_is_emailed_to_those_billing_is_open_for_only(sign_in, invoice, cast):
    cast["cora"].billing_opened_at = timezone.now()
    cast["cora"].save()
    OutgoingEmail.objects.all().delete()
    browser, url = sign_in("ada"), reverse("billing:invoice_email", args=[invoice.uuid])

    form = browser.get(url).content.decode()
    refused = [browser.post(url, {"people": people}) for people in ([], [cast["ben"].uuid], ["nobody"])]
    browser.post(url, {"people": [cast["ada"].uuid, cast["cora"].uuid]})

    assert ("Cora Mendes" in form, "Ben Okafor" in form) == (True, False)
    assert [answer.status_code for answer in refused] == [422, 422, 422]
    assert OutgoingEmail.objects.filter(kind="invoice_issued").count() == 2
    entry = AuditEntry.objects.get(action="invoice.emailed")
    assert sentence(entry) == "emailed invoice 2026-0001 to Ada Lindqvist, Cora Mendes"


@pytest.mark.parametrize("what", ["detail", "pdf", "email"])
def test_who_may_see_an_invoice(sign_in, invoice, cast, what):
    url = reverse(f"billing:invoice_{what}", args=[invoice.uuid])
    expected = {"ada": 200, "ben": 403, "cora": 403, "otto": 404, "pia": 404, "rita": 404}

    assert {who: sign_in(who).get(url).status_code for who in expected} == expected
    cast["cora"].billing_opened_at = timezone.now()
    cast["cora"].save()
    assert sign_in("cora").get(url).status_code == 200


def test_a_draft_is_not_there_for_anybody(sign_in, counted, northwind, october, first):
    make_billing(northwind)
    draft = draft_invoice(partner=northwind, month=october, actor="The clock", now=first)

    assert sign_in("ada").get(draft.get_absolute_url()).status_code == 404
