"""Settings, Notifications: recipients, times and a test, with and without scripts."""

import re

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.roles import GRANTS, Can, Role
from organizations.models import DigestSetting
from organizations.tests.test_settings_services import HTMX, words_of


@pytest.fixture
def page(acme):
    return reverse("organizations:settings_notifications", args=[acme.uuid])


@pytest.fixture
def preview(acme):
    return reverse("organizations:digest_next", args=[acme.uuid])


def fields(**changed):
    """Return what a browser sends for a digest that is off, with what is changed; None leaves a field out."""
    values = {"revision": 0, "new_recipient": "", "frequency": "DAILY", "weekday": 0, "month_day": 1, "hour": 7,
              "time_zone": "Europe/Berlin", "content": "ALWAYS"} | changed  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def setting_of(acme):
    return DigestSetting.objects.get(organization=acme)


def test_who_may_read_and_who_may_change(sign_in, page, preview):
    expected = {"ada": 200, "ben": 200, "cora": 403, "otto": 200, "pia": 404, "rita": 404}
    saved = {"ada": 302, "ben": 302, "cora": 403, "otto": 302, "pia": 404, "rita": 404}

    assert {who: sign_in(who).get(page).status_code for who in expected} == expected
    assert {who: sign_in(who).post(preview, fields()).status_code for who in expected} == expected
    assert {who: sign_in(who).post(page, fields()).status_code for who in saved} == saved


def test_somebody_who_may_only_look_reads_the_settings_in_words(sign_in, page, acme, monkeypatch):
    monkeypatch.setitem(GRANTS, Role.BASIC, GRANTS[Role.BASIC] - {Can.MANAGE_BACKUP_SETTINGS})
    DigestSetting.objects.filter(organization=acme).update(
        frequency="WEEKLY", weekday=2, recipients=["it@acme.example"]
    )
    ben = sign_in("ben")

    words = words_of(ben.get(page))

    assert "Every week, on Wednesday" in words
    assert "it@acme.example" in words
    assert "Your account may not change them" in words
    assert "Send me a test" not in words
    assert ben.post(page, fields()).status_code == 403


def test_the_page_promises_nothing_that_does_not_exist(sign_in, page):
    words = words_of(sign_in("ada").get(page))

    assert "Each one that was due is listed below" in words
    assert not any(text in words for text in ("Warnings", "unsubscribe"))


def test_an_address_is_added_and_removed_in_the_form_and_saved_at_last(sign_in, page, acme):
    ada = sign_in("ada")

    added = ada.post(
        page, fields(add_recipient="1", new_recipient=" IT@Acme.example ", recipients=["otto@acme.example"])
    )
    removed = ada.post(page, fields(recipients=["it@acme.example", "otto@acme.example"],
                                    remove_recipient="otto@acme.example"))  # fmt: skip

    assert 'name="recipients" value="it@acme.example"' in added.content.decode()
    assert 'name="new_recipient" value=""' in added.content.decode()
    assert "1 change not saved" in words_of(added)
    assert "otto@acme.example" not in removed.content.decode()
    assert setting_of(acme).recipients == []

    ada.post(page, fields(is_on="on", recipients=["it@acme.example"], new_recipient="Late@Acme.example"))

    assert setting_of(acme).recipients == ["it@acme.example", "late@acme.example"]
    assert setting_of(acme).is_on


def test_switching_on_without_a_recipient_is_refused_with_a_sentence(sign_in, page, acme):
    answer = sign_in("ada").post(page, fields(is_on="on"))

    assert answer.status_code == 422
    assert "Add at least one recipient before you switch the Summary Digest on." in words_of(answer)
    assert b'name="is_on" value="on"' in answer.content
    assert setting_of(acme).revision == 0


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("it@acme.example", "it@acme.example is on the list already."),
        ("IT@ACME.example", "it@acme.example is on the list already."),
        ("nonsense", "“nonsense” is not an email address."),
        ("a@b.example\r\nBcc: evil@b.example", "is not an email address"),
        ("a@b.example,c@d.example", "is not an email address"),
        ("x" * 10_000 + "@b.example", "at most 254 characters"),
    ],
)
@pytest.mark.parametrize("press", ["add_recipient", "save"])
def test_an_address_that_makes_no_sense_is_named_and_stays_where_it_was_typed(sign_in, page, acme, typed, words, press):
    answer = sign_in("ada").post(
        page, fields(recipients=["it@acme.example"], new_recipient=typed, **{press: "1"}), headers=HTMX
    )

    assert answer.status_code == 422
    assert words in words_of(answer)
    assert b'aria-invalid="true"' in answer.content
    assert setting_of(acme).recipients == []


@pytest.mark.parametrize(
    ("recipients", "words"),
    [
        ([f"user{n}@acme.example" for n in range(21)], "At most 20 addresses receive the digest; these are 21."),
        ([f"user{n}@acme.example" for n in range(500)], "At most 20 addresses receive the digest; these are 500."),
        (["a@b.example", "A@B.example"], "a@b.example is on the list already."),
        (["evil\nBcc: x@y.example"], "is not an email address"),
        (["x" * 10_000], "is not an email address"),
    ],
)
def test_recipients_nobody_could_have_added_are_refused(sign_in, page, acme, recipients, words):
    answer = sign_in("ada").post(page, fields(recipients=recipients))

    assert answer.status_code == 422
    assert words in words_of(answer)
    assert setting_of(acme).recipients == []


@pytest.mark.parametrize(
    "broken",
    [
        {"revision": "x"}, {"revision": None}, {"frequency": "HOURLY"}, {"frequency": None}, {"weekday": 7},
        {"weekday": "x"}, {"month_day": 0}, {"month_day": 32}, {"hour": 24}, {"hour": "7.5"}, {"hour": "\x00"},
        {"time_zone": "Mars/Olympus"}, {"time_zone": "../etc/passwd"}, {"time_zone": "x" * 10_000},
        {"content": "NEVER"}, {"new_recipient": "\x00"}, {"recipients": ["a\x00@b.example"]},
    ],
    ids=str,
)  # fmt: skip
def test_a_broken_form_is_refused_and_changes_nothing(sign_in, page, preview, acme, broken):
    ada = sign_in("ada")

    assert ada.post(page, fields(**broken)).status_code in (400, 422)
    assert ada.post(preview, fields(**broken)).status_code in (200, 400)
    assert setting_of(acme).revision == 0


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"recipients": [f"user{n}@acme.example" for n in range(500)]}, "these are 500. Remove some."),
        ({"time_zone": "Mars/Olympus"}, "Mars/Olympus is not one of the available choices"),
        ({"hour": 24}, "24 is not one of the available choices"),
        ({"new_recipient": "two words"}, "“two words” is not an email address."),
    ],
    ids=["recipients", "time_zone", "hour", "new_recipient"],
)
def test_one_mistake_costs_nothing_else_that_was_typed(sign_in, page, broken, words):
    typed = fields(is_on="on", recipients=["it@acme.example"], frequency="MONTHLY", month_day=31, content="TROUBLE")

    answer = sign_in("ada").post(page, typed | broken)

    kept = answer.content.decode()
    assert answer.status_code == 422
    assert words in words_of(answer)
    for address in (typed | broken)["recipients"]:
        assert f'name="recipients" value="{address}"' in kept
    for name, value in (("frequency", "MONTHLY"), ("content", "TROUBLE")):
        assert re.search(rf'<input[^>]*name="{name}"[^>]*value="{value}"[^>]* checked', kept)
    assert '<option value="31" selected>' in kept
    assert broken.get("new_recipient", "") in kept


def test_an_hour_that_a_day_does_not_have_is_said_as_what_it_becomes(sign_in, preview, time_machine):
    time_machine.move_to("2026-03-28T12:00:00+00:00", tick=False)

    words = words_of(sign_in("ada").post(preview, fields(is_on="on", hour=2)))

    assert words == "Next one: Sun 29 Mar, 03:00."


def test_the_next_digest_is_said_for_its_zone_and_for_the_reader(sign_in, page, preview, acme, time_machine):
    time_machine.move_to("2026-11-17T08:00:00+00:00", tick=False)
    ada = sign_in("ada")

    here = words_of(ada.post(preview, fields(is_on="on")))
    there = words_of(ada.post(preview, fields(hour=22, time_zone="America/Los_Angeles", frequency="WEEKLY", weekday=2)))

    assert here == "Next one: Wed 18 Nov, 07:00."
    assert there == (
        "Once switched on, the next one: Wed 18 Nov, 22:00 in America/Los_Angeles; Thu 19 Nov, 07:00 where you are."
    )
    assert "Once switched on, the next one: Wed 18 Nov, 07:00." in words_of(ada.get(page))


def test_ben_is_told_what_ada_saved_and_keeps_what_he_chose(sign_in, page, acme):
    ben = sign_in("ben")
    sign_in("ada").post(page, fields(hour=6))

    told = ben.post(page, fields(content="TROUBLE"), headers=HTMX)

    assert told.status_code == 422
    assert "Ada Lindqvist saved these settings while this page was open" in words_of(told)
    assert "Hour: 07:00 → 06:00" in words_of(told)
    assert "Saved now: 06:00." in words_of(told)
    assert b'name="revision" value="1"' in told.content
    assert setting_of(acme).content == "ALWAYS"


def test_sending_the_same_form_twice_is_no_conflict(sign_in, page):
    ada = sign_in("ada")

    assert [ada.post(page, fields(hour=6)).status_code for _ in range(2)] == [302, 302]
    assert AuditEntry.objects.filter(action="digest.edited").count() == 1
