"""A Summary Digest comes once, at the hour that was asked for, and never disappears without a word."""

import itertools
import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from accounts.models import AuditEntry
from backups.actions.digest_endings import log_endings
from backups.actions.digests import send_due_digests
from backups.actions.reports import generate_report
from backups.models import Digest, Report
from backups.tests.crews import all_at_once
from backups.tests.digesting import HOUR, setting  # noqa: F401 - setting is a fixture
from backups.tests.nights import of_a_night
from backups.tests.test_reports import save
from jobs.claims import run
from jobs.models import Job
from notifications.models import OutgoingEmail
from notifications.tests.mail_server import send
from organizations.actions.digests_due import digests_due
from organizations.models import DigestSetting
from organizations.tests.factories import make_connection, make_organization

# The night before the clocks change in Europe.
NIGHT = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
ENDED = {"SENT", "FAILED", "UNKNOWN"}


SUITE = (random.Random(17).sample(sorted(available_timezones()), 40), [(3, 27, 4), (10, 24, 4)], [2026])
NIGHT_OF_ALL = (sorted(available_timezones()), [(1, 1, 366)], [2026, 2027, 2028])


@pytest.mark.parametrize(
    ("zones", "spans", "years"), [SUITE, pytest.param(*NIGHT_OF_ALL, marks=pytest.mark.soak, id="R17-night")]
)
def test_each_local_date_is_due_once_in_every_zone_also_when_the_clocks_change(zones, spans, years):
    for zone, year, (month, day, length) in itertools.product(zones, years, spans):
        begin = datetime(year, month, day, tzinfo=UTC)
        for hour in (0, 1, 2, 3, 12, 23):
            asked = DigestSetting(is_on=True, recipients=["it@acme.example"], hour=hour, time_zone=zone)
            asked.settled_until = begin
            due = digests_due(asked, begin + length * 24 * HOUR)

            days = [one.day for one in due]
            assert days == [days[0] + timedelta(days=ahead) for ahead in range(len(days))], zone
            assert abs(len(days) - length) <= 1, zone
            for one in due:
                _is_at_the_hour(one.at, datetime.combine(one.day, time(hour)), ZoneInfo(zone))


def _is_at_the_hour(moment, wanted, here):
    """Never early, the first pass where an hour comes twice, the first minute after the jump where it is skipped."""
    wall, before = moment.astimezone(here).replace(tzinfo=None), (moment - HOUR / 60).astimezone(here)
    assert moment.astimezone(here).fold == 0, here
    if wall != wanted:
        assert before.replace(tzinfo=None) < wanted < wall, here


def fate(server, row, how):
    """Let the mail meet what the night has for it, and hand it over five times."""
    server.answer, server.hang_up = {"busy": "451 Later", "no": "554 No"}.get(how, "250 OK"), how == "hang_up"
    if how == "killed":
        OutgoingEmail.objects.filter(pk=row.pk).update(state="HANDING_OVER")
    for _ in range(5):
        send(row)
    server.answer, server.hang_up = "250 OK", False
    for _ in range(2):
        Job.objects.filter(subject_id=row.pk, kind="deliver_email").update(not_before=NIGHT)
        run(Job.objects.get(subject_id=row.pk, kind="deliver_email").pk)


@pytest.mark.parametrize("nights", [40, pytest.param(of_a_night(1_000), marks=pytest.mark.soak, id="R16-night")])
def test_forty_nights_bring_no_digest_twice_and_lose_none_without_a_word(server, acme, cast, setting, nights):  # noqa: F811
    rng, lost, begun = random.Random(15), [], 0
    for night in range(nights):
        now, before = NIGHT + timedelta(days=night, hours=10), len(server.messages)

        for shift in rng.sample((-2, -1, 0, 0, 1, 2), 6):
            send_due_digests(now + shift * HOUR)
        digest = Digest.objects.select_related("email").get(local_date=date(2026, 3, 29) + timedelta(days=night))
        for sentence in lost:
            assert sentence in digest.email.text
        fate(server, digest.email, how := rng.choice(("well", "busy", "no", "hang_up", "killed")))
        log_endings(now)
        log_endings(now)

        digest.refresh_from_db()
        assert len(server.messages) - before <= 1, how
        assert digest.email.state in ENDED, how
        action = {"SENT": "digest.sent", "FAILED": "digest.failed", "UNKNOWN": "digest.in_doubt"}[digest.email.state]
        assert AuditEntry.objects.filter(action=action, details__day=digest.local_date.isoformat()).count() == 1
        named = f"The digest of {digest.local_date:%-d %B %Y}"
        begun += digest.email.state != "SENT" and not lost
        lost = [] if digest.email.state == "SENT" else [*lost, named][-10:]
        # The partner's Administrator is told when it begins, and when it is over.
        told = Counter(OutgoingEmail.objects.filter(to=cast["ada"].user.email).values_list("kind", flat=True))
        assert (told["digests_lost"], told["digests_arrive_again"]) == (begun, begun - bool(lost))
    assert {one.email.state for one in Digest.objects.select_related("email")} == ENDED


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_send_one(setting):  # noqa: F811
    all_at_once(2, send_due_digests, [NIGHT + 10 * HOUR, NIGHT + 11 * HOUR])

    assert Digest.objects.count() == OutgoingEmail.objects.count() == 1


def test_moving_to_another_zone_brings_no_date_again(setting):  # noqa: F811
    setting.time_zone = "Pacific/Auckland"
    setting.save()
    assert send_due_digests(NIGHT) == 1

    setting.time_zone = "America/Los_Angeles"
    setting.save()

    assert send_due_digests(NIGHT + HOUR) == 0
    assert Digest.objects.get().local_date == date(2026, 3, 29)


def test_it_tells_of_the_last_report_and_of_nobody_else(acme, bolt, cast, setting):  # noqa: F811
    now = NIGHT + 8 * HOUR
    setting.recipients = ["it@acme.example", "boss@acme.example"]
    setting.save()
    tenant = make_connection(acme)
    save(tenant, "Mia", now=now, statuses=("FAILED",) * 4)
    save(tenant, "Noa", now=now)
    save(make_connection(bolt), "Zoe", now=now)
    generate_report(organization=acme, actor=cast["ada"].user, now=now)

    assert send_due_digests(now) == 2
    mail = OutgoingEmail.objects.get(to="it@acme.example")
    assert mail.subject == "[Acme Dental] Summary Digest: Partial - 29 March 2026"
    for part in (mail.text, mail.html):
        assert "Mia" in part
        assert not any(name in part for name in ("Noa", "Zoe", "Bolt"))
        assert f"/organizations/{acme.uuid}/" in part
    assert "<img" not in mail.html


def test_only_when_there_is_trouble_means_just_that(acme, cast, setting):  # noqa: F811
    setting.content = DigestSetting.Content.TROUBLE
    setting.save()
    now = NIGHT + 8 * HOUR
    save(make_connection(acme), "Noa", now=now)
    generate_report(organization=acme, actor=cast["ada"].user, now=now)

    assert send_due_digests(now) == 0
    assert Digest.objects.get().email is None
    # A day later nothing newer is known, which is trouble too.
    assert send_due_digests(now + 25 * HOUR) == 1
    assert "more than a day old" in OutgoingEmail.objects.get().text


def test_one_clients_trouble_keeps_no_other_one_from_its_digest(acme, bolt, setting):  # noqa: F811
    DigestSetting.objects.filter(organization=bolt).update(is_on=True, recipients=["desk@bolt.example"], hour=7)
    # What no release writes, and what makes no sense to whoever reads it.
    facts = {"trigger": "SCHEDULE", "status": "SUCCESS", "accounts": 1, "counts": {"USERS": 7}}
    Report.objects.create(organization=acme, generated_at=NIGHT, **facts)

    assert send_due_digests(NIGHT + 10 * HOUR) == 1
    assert list(OutgoingEmail.objects.values_list("to", flat=True)) == ["desk@bolt.example"]


def test_a_minute_without_anything_due_costs_one_question_however_many_clients(
    northwind,
    setting,  # noqa: F811
    django_assert_num_queries,
):
    for number in range(20):
        client = make_organization(northwind, f"Client {number}")
        DigestSetting.objects.filter(organization=client).update(
            is_on=True, recipients=[f"desk@c{number}.example"], hour=7, time_zone="Europe/Berlin"
        )
    now = NIGHT + 10 * HOUR
    assert send_due_digests(now) == 21

    with django_assert_num_queries(1):
        assert send_due_digests(now + HOUR / 60) == 0
