"""Settings, Notifications, Digests so far: who sees them, what they said, a look at the next one, a test."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from backups.actions.digests import send_due_digests
from backups.models import Digest
from notifications.models import OutgoingEmail
from notifications.tests.mail_server import send
from organizations.models import DigestSetting
from organizations.tests.test_settings_notifications import fields, setting_of
from organizations.tests.test_settings_services import HTMX, words_of

DAY = timedelta(days=1)


@pytest.fixture
def address(acme):
    return lambda name, *arguments: reverse(f"backups:{name}", args=[acme.uuid, *arguments])


@pytest.fixture
def sent(acme, noon, server):
    """A digest of Acme's that arrived, and one to somebody who does not exist."""
    DigestSetting.objects.filter(organization=acme).update(
        is_on=True, recipients=["it@acme.example", "nobody@acme.example"], time_zone="Europe/Berlin"
    )
    send_due_digests(noon)
    for mail in OutgoingEmail.objects.filter(kind="summary_digest"):
        send(mail)
    return Digest.objects.get(recipient="it@acme.example")


def test_who_may_look_and_who_may_send_a_test(sign_in, address, sent):
    pages = [
        address("digest_list"), address("digest_detail", sent.uuid), address("digest_frame", sent.uuid),
        address("digest_preview"), address("digest_preview_frame"),
    ]  # fmt: skip
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}

    for who, status in expected.items():
        browser = sign_in(who)
        assert {browser.get(page).status_code for page in pages} == {status}, who
        assert browser.post(address("digest_test"), fields()).status_code == status, who
    tests = OutgoingEmail.objects.filter(subject__contains="Test of")
    assert set(tests.values_list("to", flat=True)) == {
        "ada.lindqvist@example.com", "ben.okafor@example.com", "otto.brandt@example.com",
    }  # fmt: skip


def test_a_digest_of_the_client_next_door_is_not_there(sign_in, bolt, sent):
    there = [reverse(f"backups:{name}", args=[bolt.uuid, sent.uuid]) for name in ("digest_detail", "digest_frame")]

    assert [sign_in("ada").get(page).status_code for page in there] == [404, 404]


def test_each_ends_in_words_and_opens_what_was_sent(sign_in, address, sent, server):
    ada = sign_in("ada")

    listed = words_of(ada.get(address("digest_list")))
    shown = ada.get(address("digest_detail", sent.uuid))
    frame = ada.get(address("digest_frame", sent.uuid))

    assert "Sun 25 Oct 2026 it@acme.example Sent" in listed
    assert "nobody@acme.example Could not be sent 550 No such person" in listed
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown.content.decode()
    assert "There is no report yet." in words_of(shown)
    assert frame.content.decode() == sent.email.html
    policy = frame["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy


def test_what_was_erased_is_said_to_be_erased(sign_in, address, sent):
    OutgoingEmail.objects.update(sealed_text="", sealed_html="", erase_at=None)
    ada = sign_in("ada")

    assert "What it said was erased" in words_of(ada.get(address("digest_detail", sent.uuid)))
    assert ada.get(address("digest_frame", sent.uuid)).status_code == 404


def test_filters_and_nonsense(sign_in, address, acme, sent):
    Digest.objects.create(
        organization=acme, recipient="it@acme.example", local_date=date(2026, 9, 30), due_at=sent.due_at - 25 * DAY,
        missed="PASSED", earlier=3,
    )  # fmt: skip
    Digest.objects.create(
        organization=acme, recipient="old@acme.example", local_date=date(2026, 9, 29), due_at=sent.due_at - 26 * DAY
    )
    ada = sign_in("ada")

    def count(query):
        return ada.get(address("digest_list") + query, headers=HTMX).content.count(b'role="row"')

    assert {query: count(query) for query in (
        "", "?recipient=it@acme.example", "?month=2026-09", "?state=MISSED", "?state=NOTHING", "?state=SENT",
        "?state=FAILED&month=2026-09", "?state=x&month=2026-13&page=z",
    )} == {
        "": 4, "?recipient=it@acme.example": 2, "?month=2026-09": 2, "?state=MISSED": 1, "?state=NOTHING": 1,
        "?state=SENT": 1, "?state=FAILED&month=2026-09": 0, "?state=x&month=2026-13&page=z": 4,
    }  # fmt: skip
    words = words_of(ada.get(address("digest_list") + "?state=MISSED"))
    assert "Nothing could send it within a day of its hour, and so were 3 before it" in words
    assert "Nothing fits" in words_of(ada.get(address("digest_list") + "?state=FAILED&month=2026-09"))


def test_the_list_costs_the_same_for_one_digest_and_for_a_page_of_them(
    sign_in, address, acme, sent, django_assert_max_num_queries
):
    Digest.objects.bulk_create(
        Digest(organization=acme, recipient="it@acme.example", local_date=sent.local_date - days * DAY,
               due_at=sent.due_at - days * DAY)
        for days in range(1, 120)
    )  # fmt: skip
    ada = sign_in("ada")
    ada.get(address("digest_list"))

    with django_assert_max_num_queries(12):
        page = ada.get(address("digest_list"))

    assert "1 to 50 of 121" in words_of(page)


def test_the_newest_ones_stand_in_the_settings(sign_in, address, sent, acme):
    ada = sign_in("ada")

    settings = ada.get(reverse("organizations:settings_notifications", args=[acme.uuid])).content.decode()
    part = ada.get(address("digest_recent"), headers=HTMX)

    assert address("digest_recent") in settings
    assert address("digest_preview") in settings
    assert "it@acme.example Sent" in words_of(part)
    assert ada.get(address("digest_recent")).status_code == 302


def test_before_the_first_one_there_is_a_way_to_the_settings(sign_in, address):
    assert "No digest was due so far" in words_of(sign_in("ada").get(address("digest_list")))


def test_a_look_at_the_next_one_sends_nothing(sign_in, address, acme):
    words = words_of(sign_in("otto").get(address("digest_preview")))

    assert "As it would be sent to otto.brandt@example.com now." in words
    assert "[Acme Dental] Summary Digest: No report" in words
    assert not OutgoingEmail.objects.exists()


def test_a_test_keeps_what_is_typed_and_the_sixth_is_refused_with_the_time(sign_in, address, acme, time_machine):
    time_machine.move_to("2026-11-17T08:00:00+00:00", tick=False)
    otto = sign_in("otto")
    for _ in range(5):
        answer = otto.post(address("digest_test"), fields(hour=3, recipients=["it@acme.example"]))
        time_machine.shift(60)

    refused = otto.post(address("digest_test"), fields())

    assert "A test is on its way to otto.brandt@example.com." in words_of(answer)
    assert b'name="recipients" value="it@acme.example"' in answer.content
    assert refused.status_code == 422
    assert "5 tests within an hour are enough. The next one can be sent at 10:00." in words_of(refused)
    assert OutgoingEmail.objects.filter(subject__contains="Test of", to="otto.brandt@example.com").count() == 5
    assert setting_of(acme).revision == 0
