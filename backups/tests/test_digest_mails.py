"""The digest as a mail: a test of it to oneself, what it says, and that it opens nothing by itself."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from accounts.tests.test_members import in_two_threads
from backups.actions.digest_mails import TooManyTests, preview_digest, send_test
from backups.actions.digests import send_due_digests
from backups.actions.reports import generate_report
from backups.models import Container, Digest
from backups.tests.digesting import setting  # noqa: F401 - a fixture
from backups.tests.test_reports import save
from jobs.models import Job
from notifications.models import OutgoingEmail
from notifications.tests.mail_server import send
from organizations.models import DigestSetting, Item
from organizations.tests.factories import make_connection, make_item

DAY = timedelta(days=1)


@pytest.fixture
def ask_for_test(acme, cast):
    def _send(at, who="ada", organization=acme):
        send_test(organization=organization, person=cast[who].user, now=at)

    return _send


def mails():
    return OutgoingEmail.objects.filter(kind="summary_digest").order_by("pk")


@pytest.mark.outside_servers
def test_a_test_is_the_real_digest_and_reaches_the_person_who_asked_and_nobody_else(
    ask_for_test,
    acme,
    cast,
    noon,
    server,
):
    DigestSetting.objects.filter(organization=acme).update(is_on=True, recipients=["it@acme.example"])
    save(make_connection(acme), "Mia", now=noon, statuses=("FAILED",) * 4)
    generate_report(organization=acme, actor=cast["ada"].user, now=noon)
    ask_for_test(noon)

    row = send(mails().get())

    mail = server.messages[0]
    assert (row.state, row.to, row.subject) == (
        "SENT",
        "ada.lindqvist@example.com",
        "[Acme Dental] Test of the Summary Digest: Failed - 25 October 2026",
    )
    assert "it@acme.example" not in mail
    assert mail.index("text/plain") < mail.index("text/html")
    assert row.text.startswith("This is a test. It came to you only")
    assert "You get this because you asked for a test" in row.text
    assert row.html.index("This is a test.") < row.html.index("<h1")
    assert "Mia" in row.text
    assert "/settings/notifications/" in row.text
    assert not Digest.objects.exists()
    entry = AuditEntry.objects.get(action="digest.test_sent")
    assert (entry.actor, entry.details) == ("Ada Lindqvist", {"email": "ada.lindqvist@example.com"})


def test_a_name_of_a_client_cannot_write_headers_or_markup(ask_for_test, acme, noon, server):
    acme.name = "A & B\r\nBcc: evil@example.com <b>"
    acme.save()
    ask_for_test(noon)

    row = send(mails().get())

    assert row.subject.startswith("[A & B Bcc: evil@example.com <b>] Test of the Summary Digest: ")
    assert "\nBcc:" not in server.messages[0].replace("\r", "").partition("\n\n")[0]
    assert "A & B" in row.text
    assert "<b>]" not in row.html


def test_two_presses_are_one_wish_and_five_an_hour_are_enough(ask_for_test, bolt, noon):
    for minute in range(5):
        ask_for_test(noon + timedelta(minutes=minute))
        ask_for_test(noon + timedelta(minutes=minute, seconds=3))

    with pytest.raises(TooManyTests) as problem:
        ask_for_test(noon + timedelta(minutes=30))

    assert mails().count() == 5
    assert problem.value.next_at == noon + timedelta(hours=1)
    ask_for_test(noon + timedelta(minutes=30), who="ben")
    ask_for_test(noon + timedelta(minutes=30), organization=bolt)
    ask_for_test(noon + timedelta(minutes=60, seconds=1))
    assert mails().count() == 8


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_a_double_click_sends_one_test(ask_for_test, noon):
    assert in_two_threads(lambda: ask_for_test(noon), lambda: ask_for_test(noon)) == [None, None]

    assert mails().count() == AuditEntry.objects.filter(action="digest.test_sent").count() == 1


def test_it_holds_what_people_ask_of_it(acme, cast, setting, noon):  # noqa: F811
    tenant = make_connection(acme)
    save(tenant, "Mia", now=noon - DAY)
    generate_report(organization=acme, actor=cast["ada"].user, now=noon - DAY)
    send_due_digests(noon - DAY)
    save(tenant, "Noa", now=noon, statuses=("FAILED",) * 4)
    make_item(tenant, "Ida", is_chosen=True, chosen_by=Item.ChosenBy.AUTOMATION, decided_at=noon)
    generate_report(organization=acme, actor=cast["ada"].user, now=noon)

    send_due_digests(noon)

    mail = OutgoingEmail.objects.filter(kind="summary_digest").latest("pk")
    report = acme.reports.newest_first().first()
    assert "This is the first digest, so there is none to compare with." in mails().first().text
    assert "Success: 1\nPartial: 0\nFailed: 1\n" in mail.text
    assert "Accounts protected newly: 2" in mail.text
    assert "Protected by itself: 1 new" in mail.text
    assert f"Stored: {report.bytes_kept / 1024:.1f} KB, +" in mail.text
    assert "You get this every day at 07:00 because it@acme.example is a recipient" in mail.text
    for part in (mail.text, mail.html):
        assert f"?report={report.uuid}" in part
        assert "q=noa" in part
        assert all(f"/{place}/" in part for place in ("coverage", "settings/notifications"))
    assert "/reports/objects/" in mail.text
    assert mail.html.count('class="day ') == 14
    assert not any(word in mail.html for word in ("<img", "<script", "src="))


def test_it_compares_with_the_last_one_that_told_something(acme, cast, setting, noon):  # noqa: F811
    DigestSetting.objects.update(content="TROUBLE")
    tenant = make_connection(acme)
    for days, who, status in ((3, "Mia", "FAILED"), (2, "Noa", "SUCCESS"), (1, "Ole", "SUCCESS"), (0, "Pia", "FAILED")):
        Container.objects.update(status="SUCCESS")
        save(tenant, who, now=noon - days * DAY, statuses=(status,) * 4)
        generate_report(organization=acme, actor=cast["ada"].user, now=noon - days * DAY)
        send_due_digests(noon - days * DAY)

    assert mails().count() == 2
    # Noa, Ole and Pia came since, though nobody was told of the quiet days between.
    assert "Accounts protected newly: 3" in mails().last().text


def test_what_it_said_is_kept_as_long_as_the_reports_and_a_test_of_it_is_not(acme, cast, setting, noon):  # noqa: F811
    send_due_digests(noon)
    send_test(organization=acme, person=cast["ada"].user, now=noon)

    real, test = mails()

    assert real.erase_at - real.created_at == 365 * DAY
    assert test.erase_at - test.created_at == 7 * DAY


def test_looking_at_the_next_one_keeps_and_sends_nothing(acme, setting, noon):  # noqa: F811
    mail = preview_digest(setting, to="it@acme.example", now=noon)

    assert mail.subject == "[Acme Dental] Summary Digest: No report - 25 October 2026"
    assert "There is no report yet." in mail.text
    assert not OutgoingEmail.objects.exists()
    assert not Digest.objects.exists()
    assert not Job.objects.exists()
