"""What was due and is not sent any more is written down, told, and named in the next digest."""

import random
from collections import Counter

import pytest

from accounts.models import AuditEntry, User
from accounts.sentences import sentence
from backups.actions.digests import MISSED_AT_MOST, send_due_digests
from backups.models import Digest, Report
from backups.tests.digesting import DAY, HOUR, MORNING, digests, mails, setting  # noqa: F401 - setting is a fixture
from backups.tests.nights import of_a_night
from organizations.actions.digest_settings import edit_digest
from organizations.actions.incident_notices import tell_after_mutes
from organizations.actions.incidents import mute_incident
from organizations.models import DigestSetting, Incident


@pytest.mark.parametrize(("late", "state"), [(22 * HOUR, "SENDING"), (24 * HOUR, "MISSED")])
def test_after_a_stop_a_digest_is_sent_late_for_a_day_and_missed_from_then_on(cast, setting, late, state):  # noqa: F811
    send_due_digests(MORNING + late)

    assert digests()[0] == ("2026-03-29", "it", state)


def test_what_a_long_stop_cost_is_written_down_told_and_named_in_the_next_one(cast, acme, setting):  # noqa: F811
    send_due_digests(MORNING)
    assert send_due_digests(MORNING + 3 * DAY) == 1

    assert digests() == [
        ("2026-03-29", "it", "SENDING"), ("2026-03-30", "it", "MISSED"), ("2026-03-31", "it", "MISSED"),
        ("2026-04-01", "it", "SENDING"),
    ]  # fmt: skip
    text = mails().last().text
    for day in ("30 March", "31 March"):
        assert f"The digest of {day} 2026 was missed: nothing could send it within a day of its hour." in text
    entry = AuditEntry.objects.get(action="digest.missed")
    assert sentence(entry) == (
        "did not send 2 Summary Digests of days until 2026-03-31: nothing could send it within a day of its hour"
    )
    assert mails("digests_lost").get().to == "ada.lindqvist@example.com"


def test_after_a_mute_only_administrators_are_told_whose_digests_do_not_arrive(cast, setting):  # noqa: F811
    send_due_digests(MORNING + 3 * DAY)
    incident = Incident.objects.get(kind="DIGEST")
    mute_incident(incident=incident, how_long="4h", actor=cast["ada"].user, now=MORNING + 3 * DAY)

    assert tell_after_mutes(MORNING + 3 * DAY + 5 * HOUR) == 1

    still = mails("incident_open").get()
    assert still.to == "ada.lindqvist@example.com"
    assert still.subject == "[Acme Dental] Still: Summary Digests do not arrive at it@acme.example"
    assert f"/incidents/{incident.uuid}/" in still.text


def test_an_administrator_whose_zone_is_gone_keeps_nobody_from_digests(cast, bolt, setting):  # noqa: F811
    User.objects.filter(pk=cast["ada"].user_id).update(time_zone="Europe/Atlantis")
    DigestSetting.objects.filter(organization=bolt).update(
        is_on=True, recipients=["it@bolt.example"], hour=7, time_zone="Europe/Berlin", settled_until=MORNING - DAY
    )

    send_due_digests(MORNING + 3 * DAY)

    assert [one.to for one in mails()] == ["it@acme.example", "it@bolt.example"]
    assert {one.to for one in mails("digests_lost")} == {"ada.lindqvist@example.com"}


def test_a_stop_of_months_writes_few_rows_sends_one_digest_and_says_how_many_were_missed(cast, setting):  # noqa: F811
    setting.recipients = ["a@acme.example", "b@acme.example"]
    setting.save()

    assert send_due_digests(MORNING + 100 * DAY) == 2

    states = Counter((who, state) for _, who, state in digests())
    assert states == {(who, state): number for who in "ab" for state, number in
                      (("MISSED", MISSED_AT_MOST), ("SENDING", 1))}  # fmt: skip
    assert set(Digest.objects.filter(earlier__gt=0).values_list("earlier", flat=True)) == {100 - MISSED_AT_MOST}
    assert f"{100 - 10} earlier digests did not arrive either." in mails().last().text
    assert AuditEntry.objects.filter(action="digest.missed").count() == 1
    assert "200 Summary Digests" in sentence(AuditEntry.objects.get(action="digest.missed"))
    assert mails("digests_lost").count() == 1
    assert len(mails("digests_lost").get().text.splitlines()) < 40


def _edit(cast, edited, now, **values):
    edited.refresh_from_db()
    edit_digest(
        organization=edited.organization, values=values, revision=edited.revision, actor=cast["ada"].user, now=now
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"content": "TROUBLE"}, [("it", "SENDING")]),
        ({"hour": 9}, [("it", "SENDING")]),
        ({"hour": 6}, [("it", "SENDING")]),
        ({"time_zone": "America/Los_Angeles"}, [("it", "SENDING")]),
        ({"recipients": ["it@acme.example", "new@acme.example"]}, [("it", "SENDING")]),
        ({"recipients": ["new@acme.example"]}, [("it", "MISSED")]),
        ({"is_on": False}, [("it", "MISSED")]),
    ],
    ids=str,
)
def test_an_edit_after_the_hour_makes_no_digest_disappear(cast, setting, values, expected):  # noqa: F811
    _edit(cast, setting, MORNING, **values)

    send_due_digests(MORNING + HOUR)
    send_due_digests(MORNING + 3 * HOUR)

    assert [(who, state) for _, who, state in digests()] == expected
    setting.refresh_from_db()
    assert setting.owed == []
    # Somebody decided it, so nobody is alarmed; the log says it.
    assert not mails("digests_lost").exists()
    assert AuditEntry.objects.filter(action="digest.missed").count() == ("MISSED" in dict(expected).values())


def test_two_edits_during_a_long_stop_lose_nothing_of_before(cast, setting):  # noqa: F811
    _edit(cast, setting, MORNING + DAY, hour=9)
    _edit(cast, setting, MORNING + 2 * DAY, hour=10)

    send_due_digests(MORNING + 4 * DAY + 3 * HOUR)

    assert [(day[5:], state) for day, _, state in digests()] == [
        ("03-29", "MISSED"), ("03-30", "MISSED"), ("03-31", "MISSED"), ("04-01", "MISSED"), ("04-02", "SENDING"),
    ]  # fmt: skip


def test_an_edit_asks_for_nothing_that_was_due_before_it(cast, setting):  # noqa: F811
    _edit(cast, setting, MORNING - 3 * HOUR, hour=3)

    assert send_due_digests(MORNING) == 0
    assert digests() == []
    assert send_due_digests(MORNING + DAY) == 1


def test_one_that_cannot_be_made_is_missed_after_a_day_and_the_next_one_comes(cast, acme, setting):  # noqa: F811
    facts = {"trigger": "SCHEDULE", "status": "SUCCESS", "accounts": 1, "counts": {"USERS": 7}}
    Report.objects.create(organization=acme, generated_at=MORNING - HOUR, **facts)
    for hours in range(0, 24, 6):
        assert send_due_digests(MORNING + hours * HOUR) == 0
    Report.objects.create(organization=acme, generated_at=MORNING + DAY, **facts | {"counts": {}})

    assert send_due_digests(MORNING + DAY + HOUR) == 1

    assert digests() == [("2026-03-29", "it", "MISSED"), ("2026-03-30", "it", "SENDING")]


@pytest.mark.parametrize("trials", [2, pytest.param(of_a_night(300), marks=pytest.mark.soak, id="R17-night")])
def test_whoever_moves_from_zone_to_zone_gets_no_date_twice_and_none_too_early(cast, setting, trials):  # noqa: F811
    rng = random.Random(trials)
    for trial in range(trials):
        begin = MORNING + trial * 20 * DAY
        for quarter in range(8 * 8):
            now = begin + quarter * 3 * HOUR
            if rng.random() < 0.1:
                zone = rng.choice(["Pacific/Kiritimati", "Europe/Berlin", "America/New_York", "Pacific/Pago_Pago"])
                _edit(cast, setting, now, time_zone=zone)
            before = set(Digest.objects.values_list("pk", flat=True))
            send_due_digests(now)
            for one in Digest.objects.exclude(pk__in=before).exclude(missed="PASSED"):
                assert one.due_at <= now < one.due_at + DAY
    days = list(Digest.objects.filter(missed="").order_by("pk").values_list("local_date", flat=True))
    assert days == sorted(set(days))
    assert len(days) > 4 * trials
