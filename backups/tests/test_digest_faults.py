"""R15 and R16: workers die, schedulers race, mail servers fail; no digest comes twice, none disappears unseen."""

import os
import random
import signal
import socket
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.digest_endings import log_endings
from backups.actions.digests import send_due_digests
from backups.tests.crews import all_at_once, is_killed
from backups.tests.digesting import DAY, HOUR, MORNING, digests, mails, setting  # noqa: F401 - setting is a fixture
from backups.tests.nights import of_a_night
from jobs.claims import run
from jobs.models import Job
from jobs.relay import sweep
from notifications import delivery
from notifications.models import OutgoingEmail
from notifications.tests.mail_server import send
from organizations.models import Incident

# Where a worker dies: (the state of the mail in the end, how often the server accepted it)
DEATHS = {
    "before the lease": ("SENT", 1),
    "after the lease": ("SENT", 1),
    "before the server is asked": ("UNKNOWN", 0),
    "after the server said 250": ("UNKNOWN", 1),
    "after the mark": ("SENT", 1),
}


def _die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def _work_and_die(pk, death):
    """Do the job of a mail in a process of its own, which dies there."""
    really_send = delivery._send
    match death:
        case "before the lease":
            _die()
        case "after the lease":
            delivery._taken_in_hand = _die
        case "before the server is asked":
            delivery._send = _die
        case "after the server said 250":
            delivery._send = lambda row: _die(really_send(row))
    run(pk)
    _die()


def _look_at(now):
    """Be a scheduler whose clock is two hours wrong, either way, or right."""
    return send_due_digests(now + random.Random(os.getpid()).choice((-2, 0, 2)) * HOUR)


@pytest.mark.parametrize("trials", [40, pytest.param(of_a_night(1_000), marks=pytest.mark.soak, id="R15-night")])
@pytest.mark.django_db(transaction=True)
def test_whatever_dies_and_whoever_races_no_digest_is_accepted_twice(server, setting, trials):  # noqa: F811
    nights = [MORNING + night * DAY for night in range(trials)]

    all_at_once(2, _look_at, nights)
    send_due_digests(nights[-1] + 2 * HOUR)

    assert mails().count() == trials
    for number, (pk, key) in enumerate(list(mails().values_list("pk", "message_id"))):
        death, before = list(DEATHS)[number % len(DEATHS)], len(server.messages)
        job = Job.objects.get(kind="deliver_email", subject_id=pk)
        assert is_killed(partial(_work_and_die, job.pk, death), 60)
        for _ in range(5):
            Job.objects.filter(state="RUNNING").update(lease_until=timezone.now() - timedelta(seconds=1))
            sweep()
            run(job.pk)
        accepted = [mail for mail in server.messages[before:] if key in mail]
        assert (OutgoingEmail.objects.get(pk=pk).state, len(accepted)) == DEATHS[death], death
    assert max(Counter(mails().values_list("message_id", flat=True)).values()) == 1
    assert [day for day, *_ in digests()] == [(MORNING + night * DAY).date().isoformat() for night in range(trials)]


@pytest.fixture
def trouble(settings, server):
    """Let the mail server be in trouble; returns what ends it."""
    port = settings.EMAIL_PORT

    def _trouble(how):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            settings.EMAIL_PORT = listening.getsockname()[1]
            if how == "silent":
                # It lets people in and says nothing, as long as somebody waits.
                settings.EMAIL_TIMEOUT = 0.05
                listening.listen(8)
            yield
        settings.EMAIL_PORT = port
        yield

    return _trouble


@pytest.mark.parametrize("how", ["down", "silent", "closing", "busy"])
def test_a_mail_server_in_trouble_for_six_hours_costs_six_hours_and_no_digest(cast, server, trouble, setting, how):  # noqa: F811
    server.closes, server.answer = how == "closing", "451 Later" if how == "busy" else "250 OK"
    steps = iter(trouble(how)) if how in ("down", "silent") else iter([None, None])
    next(steps)
    send_due_digests(MORNING)

    waited = timedelta()
    while waited < 6 * HOUR:
        row = send(mails().get())
        assert row.state == "QUEUED"
        job = Job.objects.get(kind="deliver_email", subject_id=row.pk)
        waited += job.not_before - timezone.now()
    next(steps)
    server.closes, server.answer = False, "250 OK"

    assert send(row).state == "SENT"
    assert len(server.messages) == 1
    log_endings(MORNING + 7 * HOUR)
    assert not mails("digests_lost").exists()


def test_a_slow_server_that_has_the_mail_leaves_a_doubt_and_gets_no_second_copy(cast, settings, server, setting):  # noqa: F811
    settings.EMAIL_TIMEOUT, server.pause = 0.1, 0.3
    send_due_digests(MORNING)

    row = send(mails().get())
    for _ in range(5):
        send(row)

    assert (row.state, len(server.messages)) == ("UNKNOWN", 1)
    log_endings(MORNING)
    assert mails("digests_lost").get().to == "ada.lindqvist@example.com"
    assert "29 March 2026 to it@acme.example: May not have arrived" in mails("digests_lost").get().text


@pytest.mark.parametrize(("address", "tries"), [("nobody@acme.example", 1), ("full@acme.example", 29)])
def test_who_is_refused_costs_the_others_nothing_and_is_told_of_once(cast, server, setting, address, tries):  # noqa: F811
    setting.recipients = ["it@acme.example", address]
    setting.save()
    for night in range(2):
        send_due_digests(MORNING + night * DAY)
        for row in mails().filter(state="QUEUED"):
            for number in range(1, 40):
                if send(row).state != "QUEUED":
                    assert number == (1 if row.to.startswith("it@") else tries)
                    break
        log_endings(MORNING + night * DAY + HOUR)

    assert {state for _, who, state in digests() if who == "it"} == {"SENT"}
    assert {state for _, who, state in digests() if who != "it"} == {"FAILED"}
    assert AuditEntry.objects.filter(action="digest.failed").count() == 2
    assert mails("digests_lost").count() == 1
    last = mails().filter(to=address).last().text
    assert "The digest of 29 March 2026 could not be sent." in last
    # Whoever takes the address out ends it, and nobody is told that anything arrives there again.
    setting.recipients = ["it@acme.example"]
    setting.save()
    log_endings(MORNING + 4 * DAY)
    assert Incident.objects.get(kind="DIGEST").ended_at
    assert not mails("digests_arrive_again").exists()


def test_a_second_recipient_who_loses_one_is_told_of_too_and_the_end_of_it_once(cast, server, setting):  # noqa: F811
    setting.recipients = ["a@acme.example", "b@acme.example"]
    setting.save()
    for night, fates in enumerate([("554 No", "250 OK"), ("554 No", "554 No"), ("250 OK", "554 No"), ("250 OK",) * 2]):
        now = MORNING + night * DAY
        send_due_digests(now)
        for row, server.answer in zip(mails().filter(state="QUEUED"), fates, strict=True):
            send(row)
        log_endings(now)

    assert [sorted(who for who in ("a@", "b@") if f"to {who}" in one.text) for one in mails("digests_lost")] == [
        ["a@"],
        ["b@"],
    ]
    assert mails("digests_arrive_again").count() == 1
    assert Incident.objects.get(kind="DIGEST").ended_at == now


def test_one_that_fails_after_a_later_one_arrived_is_named_all_the_same(cast, server, setting):  # noqa: F811
    send_due_digests(MORNING)
    send_due_digests(MORNING + DAY)
    first, second = mails()
    send(second)
    server.answer = "554 No"
    send(first)
    log_endings(MORNING + DAY)

    send_due_digests(MORNING + 2 * DAY)

    assert "The digest of 29 March 2026 could not be sent." in mails().last().text
    assert mails("digests_lost").count() == 1
    send_due_digests(MORNING + 3 * DAY)
    assert "29 March" not in mails().last().text.partition("The last 14 days")[0]


def test_a_mail_whose_every_worker_died_does_not_wait_for_ever(cast, setting):  # noqa: F811
    send_due_digests(MORNING)
    Job.objects.filter(kind="deliver_email").update(state="QUARANTINED", finished_at=timezone.now())

    delivery.end_abandoned()
    log_endings(MORNING)

    assert digests() == [("2026-03-29", "it", "FAILED")]
    assert mails("digests_lost").count() == 1
