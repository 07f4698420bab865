"""The Summary Digest's settings: when it is due by the wall clock, how it is changed, a test to oneself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import AuditEntry
from accounts.sentences import changes
from accounts.tests.test_members import in_two_threads
from organizations.actions.digest_settings import (
    DigestChangedMeanwhile,
    NobodyReceivesIt,
    edit_digest,
)
from organizations.actions.digests_due import next_digest_at
from organizations.models import DigestSetting

DAILY, WEEKLY, MONTHLY = DigestSetting.Frequency.values
BERLIN, LOS_ANGELES, LORD_HOWE = "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe"


def due(after, zone, hour, frequency=DAILY, weekday=0, month_day=1):
    """Return the next digest after the wall clock ``after`` of ``zone``, as its wall clock and its offset."""
    setting = DigestSetting(
        frequency=frequency, weekday=weekday, month_day=month_day, hour=hour, time_zone=zone
    )  # fmt: skip
    moment = next_digest_at(setting, datetime.fromisoformat(after).replace(tzinfo=ZoneInfo(zone)))
    assert moment.tzinfo is UTC
    return moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("zone", "after", "hour", "expected"),
    [
        (BERLIN, "2026-11-17T06:59", 7, "2026-11-17T07:00+01:00"),
        (BERLIN, "2026-11-17T07:00", 7, "2026-11-18T07:00+01:00"),
        (BERLIN, "2026-12-31T23:30", 0, "2027-01-01T00:00+01:00"),
        # The same hour on the wall before and after the change.
        (BERLIN, "2026-10-24T07:00", 7, "2026-10-25T07:00+01:00"),
        (BERLIN, "2026-03-28T07:00", 7, "2026-03-29T07:00+02:00"),
        # 02:00 to 03:00 does not exist on 29 March, and comes twice on 25 October: the first one counts, once.
        (BERLIN, "2026-03-28T12:00", 2, "2026-03-29T03:00+02:00"),
        (BERLIN, "2026-10-24T12:00", 2, "2026-10-25T02:00+02:00"),
        (BERLIN, "2026-10-25T02:00", 2, "2026-10-26T02:00+01:00"),
        (LOS_ANGELES, "2026-03-07T12:00", 2, "2026-03-08T03:00-07:00"),
        (LOS_ANGELES, "2026-10-31T12:00", 1, "2026-11-01T01:00-07:00"),
        (LOS_ANGELES, "2026-11-01T01:00", 1, "2026-11-02T01:00-08:00"),
        # Lord Howe's clocks move by half an hour: 02:00 becomes 02:30 in October; 01:30 to 02:00 is twice in April.
        (LORD_HOWE, "2026-10-03T12:00", 2, "2026-10-04T02:30+11:00"),
        (LORD_HOWE, "2026-10-04T02:30", 2, "2026-10-05T02:00+11:00"),
        (LORD_HOWE, "2026-04-04T12:00", 1, "2026-04-05T01:00+11:00"),
        (LORD_HOWE, "2026-04-04T12:00", 2, "2026-04-05T02:00+10:30"),
        # Chile's clocks jump at midnight.
        ("America/Santiago", "2026-09-05T12:00", 0, "2026-09-06T01:00-03:00"),
        # East Greenland's jump from 23:00 to midnight: the digest of the 28th comes as the 29th begins.
        ("America/Scoresbysund", "2026-03-28T12:00", 23, "2026-03-29T00:00-01:00"),
        ("America/Scoresbysund", "2026-03-29T00:00", 23, "2026-03-29T23:00-01:00"),
        # In 2010 Newfoundland's clocks jumped a minute after midnight, from 00:01 to 01:01.
        ("America/St_Johns", "2010-03-13T12:00", 1, "2010-03-14T01:01-02:30"),
        ("UTC", "2026-02-28T08:00", 7, "2026-03-01T07:00+00:00"),
    ],
)
def test_every_day_at_the_hour_of_the_wall_clock(zone, after, hour, expected):
    assert due(after, zone, hour) == expected


@pytest.mark.parametrize(
    ("after", "frequency", "weekday", "month_day", "expected"),
    [
        ("2026-11-17T12:00", WEEKLY, 2, 1, "2026-11-18T07:00+01:00"),
        ("2026-11-18T07:00", WEEKLY, 2, 1, "2026-11-25T07:00+01:00"),
        ("2026-10-19T12:00", WEEKLY, 6, 1, "2026-10-25T07:00+01:00"),
        ("2026-11-17T12:00", MONTHLY, 0, 1, "2026-12-01T07:00+01:00"),
        ("2026-01-31T07:00", MONTHLY, 0, 31, "2026-02-28T07:00+01:00"),
        ("2028-01-31T07:00", MONTHLY, 0, 31, "2028-02-29T07:00+01:00"),
        ("2026-02-28T07:00", MONTHLY, 0, 31, "2026-03-31T07:00+02:00"),
        ("2026-03-31T07:00", MONTHLY, 0, 31, "2026-04-30T07:00+02:00"),
        ("2026-02-01T12:00", MONTHLY, 0, 30, "2026-02-28T07:00+01:00"),
        ("2026-12-31T07:00", MONTHLY, 0, 31, "2027-01-31T07:00+01:00"),
    ],
)
def test_every_week_and_every_month(after, frequency, weekday, month_day, expected):
    assert due(after, BERLIN, 7, frequency, weekday, month_day) == expected


@pytest.mark.parametrize("zone", [BERLIN, LOS_ANGELES, LORD_HOWE, "America/Santiago", "Asia/Kathmandu"])
def test_a_year_has_one_digest_a_day_and_none_twice(zone):
    for hour in (0, 1, 2, 3):
        setting = DigestSetting(frequency=DAILY, hour=hour, time_zone=zone)
        moment = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
        days = []
        while len(days) < 365:
            moment = next_digest_at(setting, moment)
            days.append(moment.astimezone(ZoneInfo(zone)).date())

        assert len(set(days)) == 365
        assert (days[-1] - days[0]).days == 364


@pytest.fixture
def save(acme, cast, noon):
    def _save(who="ada", revision=None, **values):
        stored = DigestSetting.objects.get(organization=acme).revision
        return edit_digest(
            organization=acme, values=values, revision=stored if revision is None else revision,
            actor=cast[who].user, now=noon,
        )  # fmt: skip

    return _save


def edits():
    return list(AuditEntry.objects.filter(action="digest.edited").order_by("number"))


def test_ada_switches_the_digest_on_and_the_log_says_it_in_words(save, acme):
    save(is_on=True, recipients=["it@acme.example"], frequency=WEEKLY, weekday=2, hour=6, content="TROUBLE")
    save(recipients=["it@acme.example", "otto@acme.example"])

    assert [sorted(changes(entry)) for entry in edits()] == [
        [
            "Day of the week: Monday → Wednesday",
            "Hour: 07:00 → 06:00",
            "How often: Every day → Every week",
            "Recipients: – → it@acme.example",
            "Summary Digest: off → on",
            "When to send: Always → Only when there is trouble",
        ],
        ["Recipients: it@acme.example → it@acme.example, otto@acme.example"],
    ]
    assert {entry.organization_id for entry in edits()} == {acme.pk}


def test_without_a_recipient_it_cannot_be_switched_on_nor_emptied_while_on(save, acme):
    with pytest.raises(NobodyReceivesIt):
        save(is_on=True)
    save(is_on=True, recipients=["it@acme.example"])
    with pytest.raises(NobodyReceivesIt):
        save(recipients=[])

    setting = DigestSetting.objects.get(organization=acme)
    assert (setting.is_on, setting.recipients, setting.revision) == (True, ["it@acme.example"], 1)


def test_the_same_values_again_write_nothing_and_an_older_page_undoes_nothing(save, acme):
    save(hour=6)
    assert save(hour=6, revision=0) == []

    with pytest.raises(DigestChangedMeanwhile) as problem:
        save("ben", revision=0, hour=8)

    assert (problem.value.entry.actor, changes(problem.value.entry)) == ("Ada Lindqvist", ["Hour: 07:00 → 06:00"])
    assert len(edits()) == 1


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_two_people_who_save_at_the_same_moment_do_not_undo_each_other(acme, cast, noon):
    def saving(who, **values):
        return lambda: edit_digest(organization=acme, values=values, revision=0, actor=cast[who].user, now=noon)

    outcomes = in_two_threads(saving("ada", hour=6), saving("ben", content="TROUBLE"))

    assert sorted(map(str, outcomes)) == sorted([str(None), str(DigestChangedMeanwhile)])
    assert len(edits()) == 1
