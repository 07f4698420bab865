"""What Microsoft's records say, as Otto reads it and as he finds it again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups.content.records import described, words_of
from backups.content.recurrence_words import recurrence_words

KINDS = ("MAIL", "CALENDAR", "CONTACTS", "ONEDRIVE", "SHAREPOINT", "TEAMS", "UNKNOWN")


def _person(name: str, **more) -> dict:
    return {"emailAddress": {"name": name, "address": f"{name.lower()}@acme.example"}, **more}


def _html(content: str) -> dict:
    return {"contentType": "html", "content": content}


def test_otto_reads_a_message():
    record = {
        "subject": "The keys", "from": _person("Ada"), "toRecipients": [_person("Otto"), {"emailAddress": {}}],
        "ccRecipients": [_person("Pia")], "bccRecipients": None, "receivedDateTime": "2026-10-25T11:00:05Z",
        "sentDateTime": "2026-10-25T11:00:00Z", "isRead": False, "isDraft": False, "importance": "high",
        "flag": {"flagStatus": "flagged"}, "categories": ["Keys", "Doors"],
    }  # fmt: skip

    found = described("MAIL", record, {"name": "The keys"})

    assert found.title == "The keys"
    assert found.people == ("Ada <ada@acme.example>", "Otto <otto@acme.example>", "Pia <pia@acme.example>")
    assert found.moment == datetime(2026, 10, 25, 11, 0, 5, tzinfo=UTC)
    assert found.fields == (
        ("From", "Ada <ada@acme.example>"),
        ("To", "Otto <otto@acme.example>"),
        ("Cc", "Pia <pia@acme.example>"),
        ("Sent", "Sun 25 Oct 2026, 11:00 UTC"),
        ("Received", "Sun 25 Oct 2026, 11:00 UTC"),
        ("Read", "No"),
        ("Importance", "High"),
        ("Flag", "Flagged"),
        ("Categories", "Keys\nDoors"),
    )
    assert (found.html, found.text) == (None, "")


def test_otto_reads_a_series_in_the_time_zone_it_was_made_in():
    record = {
        "subject": "Team", "type": "seriesMaster", "isAllDay": False,
        # An hour of the night in which clocks go back.
        "start": {"dateTime": "2026-10-25T01:30:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-10-25T02:30:00.0000000", "timeZone": "UTC"},
        "originalStartTimeZone": "W. Europe Standard Time",
        "location": {"displayName": "Room Oak"}, "organizer": _person("Ada"),
        "attendees": [
            _person("Otto", type="required", status={"response": "accepted"}),
            _person("Pia", type="optional", status={"response": "tentativelyAccepted"}), {},
        ],
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"]},
            "range": {"type": "endDate", "endDate": "2026-12-31"},
        },
        "exceptionOccurrences": [{
            "originalStart": "2026-11-08T01:30:00Z", "subject": "Team, short", "originalStartTimeZone": "UTC",
            "start": {"dateTime": "2026-11-09T08:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2026-11-09T08:15:00", "timeZone": "UTC"},
        }],
        "cancelledOccurrences": ["OID.AAMk.2026-11-22"],
        "attachments": [{"name": "agenda.docx"}], "showAs": "oof", "isReminderOn": True,
        "reminderMinutesBeforeStart": 15, "body": _html("<p>Bring <b>coffee</b></p>"),
    }  # fmt: skip

    found = described("CALENDAR", record, {})
    words = words_of("CALENDAR", record, {})

    fields = dict(found.fields)
    assert fields["When"] == "Sun 25 Oct 2026, 02:30 to 03:30 (Europe/Berlin)"
    assert fields["Repeats"] == "Every 2 weeks on Monday and Sunday, until Thu 31 Dec 2026"
    assert fields["Where"] == "Room Oak"
    assert fields["Attendees"] == "Otto <otto@acme.example>: accepted\nPia <pia@acme.example>: optional, tentative"
    assert fields["Changed days"] == "Sun 8 Nov 2026: Mon 9 Nov 2026, 08:00 to 08:15 (UTC), Team, short"
    assert fields["Days that do not take place"] == "Sun 22 Nov 2026"
    assert fields["Reminder"] == "15 minutes before"
    assert (found.html, found.text) == ("<p>Bring <b>coffee</b></p>", "Bring coffee")
    assert words.file_names == ("agenda.docx",)
    assert "Room Oak" in words.body
    assert "coffee" in words.body
    assert words.people == ("Ada <ada@acme.example>", "Otto <otto@acme.example>", "Pia <pia@acme.example>")


@pytest.mark.parametrize(
    ("start", "end", "zone", "when"),
    [
        ("2026-10-25T00:00:00", "2026-10-26T00:00:00", "all day", "Sun 25 Oct 2026, all day"),
        ("2026-10-25T00:00:00", "2026-10-28T00:00:00", "all day", "Sun 25 Oct 2026 to Tue 27 Oct 2026, all day"),
        ("2026-10-25T22:00:00", "2026-10-26T01:00:00", "UTC", "Sun 25 Oct 2026, 22:00 to Mon 26 Oct 2026, 01:00 (UTC)"),
        ("2026-10-25T12:00:00", "2026-10-25T12:00:00", "Made up", "Sun 25 Oct 2026, 12:00 (Made up)"),
        ("9999-12-31T23:00:00", "9999-12-31T23:59:59", "Asia/Tokyo", "Fri 31 Dec 9999, 23:00 to 23:59 (UTC)"),
        ("soon", None, "UTC", ""),
    ],
)
def test_when_an_event_takes_place(start, end, zone, when):
    zones = {"isAllDay": True} if zone == "all day" else {"originalStartTimeZone": zone}
    named = "Made up" if zone == "Made up" else "UTC"
    record = {"start": {"dateTime": start, "timeZone": named}, "end": {"dateTime": end, "timeZone": named}, **zones}

    assert dict(described("CALENDAR", record, {}).fields).get("When", "") == when


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ({"type": "daily", "interval": 1}, "Every day, 10 times"),
        ({"type": "weekly", "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"]},
         "Every week on weekday, 10 times"),
        ({"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 31}, "Every 3 months on day 31, 10 times"),
        ({"type": "relativeMonthly", "index": "last", "daysOfWeek": ["friday"]},
         "Every month on the last Friday, 10 times"),
        ({"type": "absoluteYearly", "dayOfMonth": 29, "month": 2}, "Every year on 29 February, 10 times"),
        ({"type": "relativeYearly", "index": "first", "daysOfWeek": ["saturday", "sunday"], "month": 9},
         "Every year on the first weekend day of September, 10 times"),
        ({"type": "lunar"}, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_how_often_a_series_takes_place(pattern, words):
    bounds = {"type": "numbered", "numberOfOccurrences": 10}

    assert recurrence_words({"pattern": pattern, "range": bounds}) == words


def test_otto_reads_a_contact():
    record = {
        "displayName": "Dr. Pia Baker", "givenName": "Pia", "surname": "Baker", "companyName": "Bolt Bakery",
        "emailAddresses": [{"name": "Pia", "address": "pia@bolt.example"}], "mobilePhone": "+49 171 1",
        "businessPhones": ["+49 30 1", "+49 30 2"], "birthday": "1604-05-03T11:59:00Z", "personalNotes": "Likes tea",
        "businessAddress": {"street": "Main St 1\nYard", "postalCode": "10115", "city": "Berlin", "state": None},
        "children": ["Kim"], "imAddresses": None,
    }  # fmt: skip

    found = described("CONTACTS", record, {})

    assert (found.title, found.people, found.text) == ("Dr. Pia Baker", ("Pia <pia@bolt.example>",), "Likes tea")
    fields = dict(found.fields)
    assert fields["Work address"] == "Main St 1\nYard\n10115 Berlin"
    assert (fields["Work phone"], fields["Birthday"]) == ("+49 30 1\n+49 30 2", "3 May")
    assert "+49 171 1" in words_of("CONTACTS", record, {}).body


@pytest.mark.parametrize(
    ("kind", "record", "facts", "title", "type_name"),
    [
        ("MAIL", {"id": "x", "displayName": "Inbox", "wellKnownName": "inbox"}, {}, "Inbox", "Mail folder"),
        ("CALENDAR", {"name": "Holidays", "owner": {"name": "Ada"}}, {}, "Holidays", "Calendar"),
        ("CONTACTS", {"displayName": "Family"}, {}, "Family", "Contacts"),
        ("ONEDRIVE", {"name": "OneDrive", "driveType": "business"}, {}, "OneDrive", "OneDrive"),
        ("ONEDRIVE", {"name": "Offers", "folder": {}}, {"is_folder": True}, "Offers", "Folder"),
        ("SHAREPOINT", {"name": "Documents", "driveType": "documentLibrary", "list": {}}, {}, "Documents", "Library"),
        ("SHAREPOINT", {"displayName": "Tasks", "list": {"template": "tasks"}}, {}, "Tasks", "List"),
        ("SHAREPOINT", {"displayName": "Intranet", "webUrl": "https://acme.example"}, {}, "Intranet", "Site"),
        ("TEAMS", {"displayName": "General", "membershipType": "standard"}, {}, "General", "Channel"),
        ("TEAMS", {"displayName": "Sales", "internalId": "19:x"}, {}, "Sales", "Team"),
        ("TEAMS", {"displayName": "Otto", "roles": [], "userId": "u"}, {}, "Otto", "Member"),
        ("TEAMS", {"displayName": "Board", "teamsApp": {}, "configuration": {}}, {}, "Board", "Tab"),
        ("TEAMS", {"teamsAppDefinition": {"displayName": "Praise"}}, {}, "Praise", "App"),
        ("TEAMS", {}, {"name": "Members"}, "Members", None),
    ],
)
def test_what_holds_other_things_is_named_too(kind, record, facts, title, type_name):
    found = described(kind, record, facts)

    assert found.title == title
    assert dict(found.fields).get("Type") == type_name


def test_a_moment_that_no_calendar_has_is_none():
    for value in ("9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00Z", "2026-02-30", "", None, 5, {"dateTime": []}):
        assert described("MAIL", {"subject": "x", "receivedDateTime": value}, {}).moment is None


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(
        ["2026-10-25T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "weekly", "html", "\ud800"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(
            "subject from emailAddress address name displayName start end dateTime timeZone body content contentType"
            " recurrence pattern range type daysOfWeek attendees attachments exceptionOccurrences emailAddresses roles"
            " fields Title file permissions grantedToV2 link scope canvasLayout horizontalSections columns webparts"
            " innerHtml replies posts reactions user birthday homeAddress street teamsApp memberSettings".split()
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(KINDS), _ANY, _ANY)
def test_no_record_is_too_odd(kind, record, facts):
    found, words = described(kind, record, facts), words_of(kind, record, facts)

    texts = [found.title, found.text, words.subject, words.body, *words.people, *words.file_names]
    texts += [text for field in found.fields for text in field]
    # Every text can be stored: no halves of characters, no NUL.
    assert "\0" not in "".join(texts).encode("utf-8").decode()
    assert found.title
