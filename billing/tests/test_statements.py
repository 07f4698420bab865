"""The statement of a day on screen, on paper and by mail."""

import re
from datetime import date
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Membership
from accounts.sentences import sentence
from billing.tests.test_books import transfer
from billing.tests.test_pages import text_of
from notifications.models import OutgoingEmail

STATEMENT = reverse("billing:statement_detail")


def email(browser, query, *members):
    """Send the statement of a day to members, through the page."""
    address = f"{reverse('billing:statement_email')}?{urlencode(query)}"
    return browser.post(address, {"people": [member.uuid for member in members]})


def test_the_statement_page_its_pdf_and_its_mail_say_the_same(sign_in, cast, owed):
    ada = sign_in("ada")
    query = {"on": "2026-11-04", "since": "2026-09-01"}

    page = ada.get(STATEMENT, query).content.decode()
    pdf = ada.get(reverse("billing:statement_pdf"), query)
    email(ada, query, cast["ada"])

    mail = OutgoingEmail.objects.get(kind="statement")
    assert ("To pay on 4 November 2026: €221.00" in page, "2026-0010" in page) == (True, True)
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert ("To pay: €221.00" in mail.text, "on=2026-11-04" in mail.text) == (True, True)
    assert mail.to == "ada.lindqvist@example.com"


def test_what_was_paid_too_much_is_in_favour_without_a_sign_on_screen_on_paper_and_by_mail(
    sign_in, cast, owed, northwind, sam
):
    transfer(northwind, "300", date(2026, 11, 3), sam)
    ada, query = sign_in("ada"), {"on": "2026-11-04", "since": "2026-09-01"}

    page = ada.get(STATEMENT, query).content.decode()
    pdf = text_of(ada.get(reverse("billing:statement_pdf"), query).content)
    email(ada, query, cast["ada"])

    assert "In your favour on 4 November 2026: €79.00" in page
    assert re.search(r"In your favour\s+€79\.00", pdf)
    assert "In your favour: €79.00" in OutgoingEmail.objects.get(kind="statement").text


def test_letters_the_pdf_cannot_draw_are_named(sign_in, owed, northwind):
    ada = sign_in("ada")
    northwind.name = "北風 IT"
    northwind.save()

    page = ada.get(STATEMENT, {"on": "2026-11-04"}).content.decode()

    assert "no letters for 北風" in page


@pytest.mark.parametrize(
    "query", [{"on": "nonsense"}, {"on": "1999-12-31"}, {"on": "2026-01-01", "since": "2026-02-01"}]
)
def test_a_statement_of_no_day_is_refused_in_words(sign_in, owed, query):
    ada = sign_in("ada")

    assert (ada.get(STATEMENT, query).status_code, ada.get(reverse("billing:statement_pdf"), query).status_code) == (
        422, 400,
    )  # fmt: skip


def test_a_statement_goes_to_those_who_are_chosen_and_may_see_it(sign_in, cast, owed):
    Membership.objects.filter(pk=cast["cora"].pk).update(billing_opened_at=timezone.now())
    ada, query = sign_in("ada"), {"on": "2026-11-04", "since": "2026-09-01"}

    refused = [email(ada, query), email(ada, query, cast["ben"]), email(ada, query, cast["rita"])]
    sent = email(ada, query, cast["ada"], cast["cora"])

    assert [answer.status_code for answer in (*refused, sent)] == [422, 422, 422, 302]
    to = set(OutgoingEmail.objects.filter(kind="statement").values_list("to", flat=True))
    assert to == {"ada.lindqvist@example.com", "cora.mendes@example.com"}
    entry = AuditEntry.objects.get(action="billing.statement_emailed")
    assert sentence(entry) == "emailed the statement of 2026-11-04 to Ada Lindqvist, Cora Mendes"
