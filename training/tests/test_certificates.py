"""Certificates: what the paper says stays, whoever has the link can check it, and nobody else learns anything."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pytest
import time_machine
from django.db import InternalError, ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actions.members import delete_member
from accounts.models import AuditEntry
from printing.documents import MARGIN_MM
from training.actions.certificates import months_later, withdraw_certificate
from training.certificate_pdf import certificate_pdf
from training.models import Certificate
from training.tests.factories import long_ago, make_attempt, make_certificate, make_course

A4_MM, POINT_MM = 297, 25.4 / 72


def verify(client, certificate):
    return client.get(reverse("training:certificate_verify", args=[certificate.token]))


def text_of(content: bytes) -> str:
    return pypdfium2.PdfDocument(content)[0].get_textpage().get_text_bounded()


def drawn(content: bytes) -> tuple[Counter, float, float]:
    """Return the letters of the page, and between which millimetres from its left they stand."""
    text = pypdfium2.PdfDocument(content)[0].get_textpage()
    letters = {number: text.get_text_range(number, 1) for number in range(text.count_chars())}
    boxes = [text.get_charbox(number) for number, letter in letters.items() if letter.strip()]
    return (
        Counter(letters.values()),
        min(box[0] for box in boxes) * POINT_MM,
        max(box[2] for box in boxes) * POINT_MM,
    )


def test_the_pdf_says_who_what_when_and_where_to_check_it(cast, sign_in):
    certificate = make_certificate(cast["ben"], make_course("Cloud Backup essentials"))

    answer = sign_in("ben").get(reverse("training:certificate_file", args=[certificate.uuid]))

    text = text_of(answer.content)
    assert answer["Content-Type"] == "application/pdf"
    assert certificate.number in answer["Content-Disposition"]
    for words in ("Ben Okafor", "Northwind IT", "Cloud Backup essentials", "3 of 3 questions, 100 %",
                  f"{certificate.issued_on:%-d %B %Y}", f"{certificate.valid_until:%-d %B %Y}", certificate.number,
                  certificate.verify_url):  # fmt: skip
        assert words in text


@pytest.mark.parametrize("name", ["Gil אברהם", "Юлия Щербакова", "W" * 80])
def test_a_name_of_any_script_and_length_fits_on_the_paper(cast, sign_in, name):
    cast["ben"].user.first_name = name
    certificate = make_certificate(cast["ben"])

    page = sign_in("ben").get(certificate.get_absolute_url()).content.decode()
    letters, left, right = drawn(certificate_pdf(certificate))

    assert "The PDF cannot show every letter" not in page
    # Counted, not read: where a script is written from right to left, readers put the words together differently.
    assert not Counter(certificate.person_name.replace(" ", "")) - letters
    assert left >= MARGIN_MM
    assert right <= A4_MM - MARGIN_MM


def test_a_letter_that_no_font_has_is_told_where_the_paper_is_handed_out(cast, sign_in):
    cast["ben"].user.first_name, cast["ben"].user.last_name = "小明", "王"
    certificate = make_certificate(cast["ben"])

    page = sign_in("ben").get(certificate.get_absolute_url()).content.decode()

    assert "No font of this installation draws 小明王" in page
    assert "小明 王" in page
    assert text_of(certificate_pdf(certificate)).count("▯") == 3


def test_the_paper_stays_what_it_is_when_the_name_changes_and_the_person_leaves(cast, sign_in, client):
    ben = cast["ben"]
    certificate = make_certificate(ben)
    before = certificate_pdf(certificate)
    ben.user.last_name = "Smith"
    ben.user.save()
    delete_member(membership=ben, actor=cast["ada"].user, now=timezone.now())

    certificate = Certificate.objects.get()

    assert certificate_pdf(certificate) == before
    assert "Ben Okafor" in verify(client, certificate).content.decode()


@pytest.mark.parametrize("change", [{"person_name": "Eve"}, {"valid_until": date(2099, 1, 1)}, {"right": 1}])
def test_the_database_refuses_to_change_what_a_paper_says(cast, change):
    certificate = make_certificate(cast["ben"])

    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**change)


def test_the_database_gives_a_paper_to_nobody_else_and_keeps_why_it_was_withdrawn(cast):
    certificate, other = make_certificate(cast["ben"]), make_attempt(cast["ben"], make_course())
    withdraw_certificate(certificate=certificate, reason="-", actor=cast["ada"].user, now=timezone.now())
    row = Certificate.objects.filter(pk=certificate.pk)
    row.update(user=None, attempt=None)

    for change in ({"user": cast["ada"].user}, {"attempt": other}, {"withdrawn_because": "Something else"}):
        with pytest.raises((ProgrammingError, InternalError)), transaction.atomic():
            row.update(**change)


def test_anybody_with_the_link_sees_whether_it_holds_and_nothing_else(cast, client):
    certificate = make_certificate(cast["ben"])

    answer = verify(client, certificate)

    page = answer.content.decode()
    assert "This certificate is valid" in page
    assert "Ben Okafor" in page
    assert cast["ben"].user.email not in page
    assert "no-cache" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_one_that_ended_and_one_that_was_withdrawn_say_so(cast, client):
    old = make_certificate(cast["ben"], at=long_ago(days=400))
    gone = make_certificate(cast["ada"])
    withdraw_certificate(certificate=gone, reason="Taken by somebody else", actor=cast["ada"].user, now=timezone.now())

    assert "This certificate has ended" in verify(client, old).content.decode()
    page = verify(client, gone).content.decode()
    assert "This certificate was withdrawn" in page
    assert "Taken by somebody else" not in page


@pytest.mark.parametrize("token", ["x", "x" * 32, "x" * 5000, "%00", "' OR 1=1"])
def test_a_link_that_nobody_gave_out_is_not_found(client, cast, token):
    certificate = make_certificate(cast["ben"])

    assert client.get(f"/training/verify/{token}/").status_code in (400, 404)
    assert client.get(f"/training/verify/{certificate.token}x/").status_code == 404
    assert client.get(f"/training/verify/{certificate.token[:-1]}/").status_code == 404


def test_links_cannot_be_tried_by_the_thousand(client, db):
    answers = [client.get(f"/training/verify/{number}/").status_code for number in range(61)]

    assert answers == [404] * 60 + [429]


def test_own_ones_and_for_administrators_those_of_the_company(cast, sign_in):
    certificate = make_certificate(cast["ben"])

    expected = {"ben": 200, "ada": 200, "cora": 404, "otto": 404, "rita": 404}

    for address in (certificate.get_absolute_url(), reverse("training:certificate_file", args=[certificate.uuid])):
        assert {who: sign_in(who).get(address).status_code for who in expected} == expected


def test_staff_withdraws_one_with_a_reason_that_the_company_reads(cast, desk):
    certificate = make_certificate(cast["ben"])
    form = {"action": "withdraw", "_selected_action": [certificate.pk]}

    desk.post("/admin/training/certificate/", form)
    without = Certificate.objects.get().withdrawn_at
    desk.post("/admin/training/certificate/", form | {"reason": "Two people answered"})
    desk.post("/admin/training/certificate/", form | {"reason": "Again"})

    certificate.refresh_from_db()
    assert without is None
    assert certificate.withdrawn_because == "Two people answered"
    entry = AuditEntry.objects.get(action="certificate.withdrawn")
    assert entry.chain.partner == cast["ben"].partner
    assert entry.details["name"] == "Ben Okafor"


def test_numbers_and_links_cannot_be_guessed_from_each_other(cast):
    course = make_course()
    made = [make_certificate(cast[who], course) for who in ("ada", "ben", "cora")]

    assert len({one.number for one in made} | {one.token for one in made}) == 6
    assert min(len(one.token) for one in made) == 32


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [(date(2026, 11, 26), 12, date(2027, 11, 26)), (date(2028, 2, 29), 12, date(2029, 2, 28)),
     (date(2026, 12, 31), 2, date(2027, 2, 28)), (date(2026, 1, 15), 11, date(2026, 12, 15)),
     (date(2026, 12, 1), 1, date(2027, 1, 1))],
)  # fmt: skip
def test_a_year_later_is_the_same_day(day, months, end):
    assert months_later(day, months) == end


def test_the_last_day_still_counts(cast):
    certificate = make_certificate(cast["ben"])

    assert certificate.is_valid(certificate.valid_until)
    assert not certificate.is_valid(certificate.valid_until + timedelta(days=1))


def test_to_the_public_it_has_ended_when_its_last_day_is_over_everywhere(cast, client):
    certificate = make_certificate(cast["ben"])
    # Half an hour before midnight in Honolulu, and noon in Greenwich.
    for hour, words in ((9, "This certificate is valid"), (12, "This certificate has ended")):
        day_after = certificate.valid_until + timedelta(days=1)
        moment = datetime(day_after.year, day_after.month, day_after.day, hour, 30, tzinfo=UTC)
        with time_machine.travel(moment):
            assert words in verify(client, certificate).content.decode()
