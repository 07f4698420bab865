"""Mails: rendered whole, put into the outbox with the change, handed over once, and never in doubt twice."""

import inspect
from datetime import date, timedelta

import pytest
from django.template.loader import get_template
from django.utils import timezone

from backups.tests.crews import all_at_once
from jobs.claims import claim, run
from jobs.models import Job
from notifications import (
    billing_emails,
    client_emails,
    deletion_emails,
    delivery,
    emails,
    newsletter_emails,
    support_emails,
    training_emails,
)
from notifications.delivery import deliver
from notifications.models import OutgoingEmail
from notifications.tests.mail_server import send

State = OutgoingEmail.State


def put(kind="role_changed", to="ben@example.com", **options):
    context = {"name": "Ben", "partner": "O'Neil & Sons", "role": "Basic", "changed_by": "Ada", "inviter": "Ada",
               "accept_url": "http://localhost/x", "expires_at": timezone.now()}  # fmt: skip
    return deliver(kind, to=to, context=context, **options)


@pytest.mark.outside_servers
def test_a_mail_arrives_with_text_first_and_our_headers(db, server):
    row = send(put())

    mail = server.messages[0]
    assert row.state == State.SENT
    assert row.sent_at
    assert f"Message-ID: {row.message_id}" in mail
    assert "Auto-Submitted: auto-generated" in mail
    assert mail.index("text/plain") < mail.index("text/html")
    assert "O'Neil & Sons" in row.text
    assert "O&#x27;Neil &amp; Sons" in row.html or "O'Neil &amp; Sons" in row.html


def test_doing_the_job_twice_sends_once(db, server):
    row = send(put())
    Job.objects.filter(subject_id=row.pk).update(state="QUEUED", finished_at=None)

    send(row)

    assert len(server.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_of_workers_who_all_think_that_the_others_are_dead_one_sends(server):
    rows = [put() for _ in range(20)]
    jobs = [Job.objects.get(subject_id=row.pk).pk for row in rows]

    all_at_once(4, _take_over_and_send, jobs)

    assert len(server.messages) == len(rows)
    states = set(OutgoingEmail.objects.values_list("state", flat=True))
    assert states <= {State.SENT, State.UNKNOWN}


def _take_over_and_send(pk):
    Job.objects.filter(pk=pk, state="RUNNING").update(lease_until=timezone.now() - timedelta(seconds=1))
    return run(pk)


def test_a_full_mailbox_is_tried_again_later_and_then_arrives(db, server):
    server.answer = "452 Mailbox full"
    row = send(put())
    waiting = Job.objects.get(subject_id=row.pk)
    server.answer = "250 OK"
    after = send(row)

    assert row.failure == "" or "452" in waiting.failure
    assert timedelta(seconds=50) < waiting.not_before - timezone.now() < timedelta(seconds=61)
    assert (after.state, len(server.messages)) == (State.SENT, 1)


def test_waits_grow_and_end_after_a_day(db, server):
    server.answer = "421 Try later"
    row, waits = put(), []
    while row.state != State.FAILED:
        row = send(row)
        waits.append(round((Job.objects.get(subject_id=row.pk).not_before - timezone.now()).total_seconds() / 60))

    assert waits[:6] == [1, 5, 15, 60, 60, 60]
    assert 24 * 60 <= sum(waits[:-1]) <= 26 * 60
    assert "Given up after a day" in row.failure


def test_a_person_who_does_not_exist_is_a_failure_with_the_servers_words(db, server):
    row = send(put(to="nobody@example.com"))

    assert (row.state, row.failure) == (State.FAILED, "550 No such person")
    assert Job.objects.get(subject_id=row.pk).state == "DONE"


@pytest.mark.parametrize(
    ("kind", "state", "job_state"), [("role_changed", "UNKNOWN", "DONE"), ("invitation", "QUEUED", "QUEUED")]
)
def test_a_connection_that_breaks_after_the_text_is_in_doubt(db, server, kind, state, job_state):
    server.hang_up = True

    row = send(put(kind))

    assert (row.state, Job.objects.get(subject_id=row.pk).state) == (state, job_state)


def test_a_server_that_is_away_never_had_it(db, settings):
    settings.MAIL_IS_KEPT_IN_INBOX = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    row = send(put())

    assert row.state == State.QUEUED
    assert "refused" in row.failure.lower()


@pytest.mark.parametrize(("kind", "state", "sent"), [("role_changed", State.UNKNOWN, 0), ("invitation", State.SENT, 1)])
def test_a_mail_found_half_handed_over_is_sent_again_only_where_that_does_no_harm(db, server, kind, state, sent):
    row = put(kind)
    OutgoingEmail.objects.filter(pk=row.pk).update(state=State.HANDING_OVER)

    row = send(row)

    assert (row.state, len(server.messages)) == (state, sent)


def test_the_trace_is_there_before_the_server_is_asked(db, server, monkeypatch):
    seen = []
    row = put()
    monkeypatch.setattr(delivery, "_send", lambda mail: seen.append(OutgoingEmail.objects.get(pk=mail.pk).state))

    send(row)

    assert seen == [State.HANDING_OVER]


def test_the_same_key_sends_nothing_twice(db):
    first, second = put(key="digest:1"), put(key="digest:1")

    assert (first is None, second is None) == (False, True)
    assert OutgoingEmail.objects.count() == Job.objects.filter(kind="deliver_email").count() == 1


def test_bodies_are_sealed_and_forgotten_after_a_week(db):
    row = put()
    assert "O'Neil" not in row.sealed_text + row.sealed_html
    send(row)
    assert timedelta(days=6) < row.erase_at - timezone.now() < timedelta(days=8)
    OutgoingEmail.objects.update(erase_at=timezone.now())

    delivery.erase_old_bodies()

    row.refresh_from_db()
    assert (row.text, row.html, row.subject) == ("", "", "You are Basic at O'Neil & Sons now")


def test_a_mail_that_waits_keeps_its_body(db):
    row = put()
    OutgoingEmail.objects.update(erase_at=timezone.now())

    delivery.erase_old_bodies()

    row.refresh_from_db()
    assert row.text


def test_a_name_cannot_write_headers(db, server):
    row = deliver(
        "role_changed",
        to="ben@example.com",
        context={"name": "Ben", "partner": "X\r\nBcc: evil@example.com", "role": "Basic", "changed_by": "Ada"},
    )

    send(row)

    assert row.subject == "You are Basic at X Bcc: evil@example.com now"
    assert "\nBcc:" not in server.messages[0].replace("\r", "").partition("\n\n")[0]


_VALUES = {
    "is_open_still": True,
    "failures": 3,
    "membership_id": 3,
    "user_id": 3,
    "time_zone": "UTC",
    "files": ["log.txt"],
    "is_new": True,
    "is_ended": True,
    "can_go_on": True,
    "had_one": True,
    "figures": {"restored": 7, "replaced": 1, "degraded": 2, "skipped": 3, "failed": 1},
    "lacking": [("Who may see it", 2)],
    "reasons": [("There is no room left", 1)],
    "day": date(2026, 3, 29),
    "is_stale": True,
    "look": {"name": "partial", "mark": "◐"},
    "can_read": True,
    "newly_protected": 2,
    "is_test": False,
    "is_sent": True,
    "lost": ["28 March 2026 to it@acme.example: Could not be sent."],
    "recipients": ["it@acme.example"],
    "since": timezone.now(),
    "valid_until": date(2027, 3, 28),
    "counts": [("✓", "Success", 38)],
    "troubled": [
        {
            "name": "Mia",
            "kinds": "Mail",
            "status": "Failed",
            "mark": "✕",
            "message": "No licence",
            "last_good_at": None,
            "url": "http://localhost/mia/",
        }
    ],  # fmt: skip
    "troubled_in_all": 2,
    "open_failures": 4,
    "changes": ["Accounts gone: 1"],
    "covered": 39,
    "uncovered": 5,
    "restores": 1,
    "is_to_pay": True,
    "paid": [("2026-0001", "€12.00")],
    "days_late": 5,
    "is_part": True,
    "is_card": True,
    "by_card": True,
    "days": [{"date": date(2026, 3, 29), "status": "Success", "look": {"name": "success", "mark": "✓"}}],
    "doubts": ["The digest of 28 March 2026 may not have arrived."],
}


def _value(name):
    if name.endswith("_url"):
        return "http://localhost/somewhere/"
    if name.endswith("_at") or name in ("at", "as_of", "locked_until"):
        return timezone.now()
    if name.endswith("_on") or name in ("on", "period_start"):
        return date(2026, 10, 1)
    return _VALUES.get(name, f"<{name}>")


EMAILS = [
    function
    for room in (
        emails,
        billing_emails,
        client_emails,
        deletion_emails,
        newsletter_emails,
        support_emails,
        training_emails,
    )  # fmt: skip
    for name, function in inspect.getmembers(room, inspect.isfunction)
    if function.__module__ == room.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("function", EMAILS, ids=lambda function: function.__name__)
def test_every_email_renders_whole_in_text_and_html(db, function):
    values = {name: _value(name) for name in inspect.signature(function).parameters}
    values["to"] = "ben@example.com"

    function(**values)

    row = OutgoingEmail.objects.get()
    assert row.subject
    assert "\n" not in row.subject
    assert "{{" not in row.text + row.html
    assert "&lt;" not in row.text
    assert not any(f"<{name}>" in row.html for name in values)
    assert "http://localhost" in row.text
    for name, value in values.items():
        if value == f"<{name}>":
            is_unsaid = name in ("key", "case_id", "reply_to", "category") or (function.__name__, name) == (
                "added_to_partner",
                "name",
            )
            assert is_unsaid or value in row.subject + row.text, name


def test_every_template_belongs_to_an_email():
    from pathlib import Path

    from django.conf import settings

    stems = {
        file.name.removesuffix(".subject.txt")
        for file in Path(settings.BASE_DIR, "templates/emails").glob("*.subject.txt")
    }

    assert stems == {function.__name__ for function in EMAILS}
    for stem in stems:
        get_template(f"emails/{stem}.txt")
        get_template(f"emails/{stem}.html")


def test_a_newsletter_carries_the_headers_of_one_click(db, server, cast):
    row = send(put(category="PRODUCT", user_id=cast["ben"].user_id))

    mail = server.messages[0].replace("\r\n ", " ")
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail
    assert row.headers["List-Unsubscribe"].startswith("<http://localhost/unsubscribe/")
    assert "Unsubscribe:" in row.text


def test_in_development_nothing_leaves(db, settings):
    settings.MAIL_IS_KEPT_IN_INBOX = True

    assert send(put()).state == State.SENT


def test_a_lost_lease_leaves_the_mail_to_the_successor(db, server):
    row = put()
    ghost = claim(Job.objects.get(subject_id=row.pk).pk)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claim(ghost.job_id)

    from jobs.claims import LeaseLost

    with pytest.raises(LeaseLost):
        delivery.hand_over(row.pk, ghost)
