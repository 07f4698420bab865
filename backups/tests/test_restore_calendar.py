"""Events that are hard to put back: series with odd days, meetings, whole days, time zones nobody knows."""

from dataclasses import replace

import pytest

from backups.connectors.base import PermissionMissing
from backups.connectors.contract import Feed, Source
from backups.connectors.microsoft365.calendar import CalendarConnector
from backups.connectors.microsoft365.event_restored import event_body
from backups.connectors.microsoft365.restore_calendar import CalendarRestorer
from backups.connectors.microsoft365.restore_mailbox import Mailbox
from backups.connectors.microsoft365.windows_zones import on_the_wall
from backups.connectors.restoring import Conflict, Less, Saved
from backups.tests.connector_contract import graph_of
from backups.tests.looks import Clock
from backups.tests.restorer_contract import put_surely
from backups.tests.restorers_outlook import Calendars
from backups.tests.restoring import MemoryTree, assignment_of, saved_tree

FOLDER = "Restored 22 Nov 2026"
BERLIN = "W. Europe Standard Time"
WORK = Feed("work-then", "Work", "calendar", record={"isDefaultCalendar": True})
GRAPH = "#microsoft.graph"
PDF = b"%PDF-1.7 agenda"


@pytest.fixture
def dental(microsoft):
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    for app in ("restore", "backup"):
        microsoft.consent(tenant, microsoft.apps[app].client_id)
    return tenant


@pytest.fixture
def graph(microsoft, dental):
    with graph_of(microsoft, dental, "restore", clock=Clock(microsoft)) as one:
        yield one


@pytest.fixture
def otto(dental):
    return Source(dental["user_id"], "USER")


@pytest.fixture
def restorer(graph):
    return CalendarRestorer(graph)


def kept(key="e1", parts=(), **record):
    """Return an event as it comes out of a vault."""
    facts = {
        "iCalUId": f"ical-{key}", "subject": "Round", "type": "singleInstance", "isOrganizer": True,
        "originalStartTimeZone": BERLIN, "originalEndTimeZone": BERLIN, "lastModifiedDateTime": "2026-01-01T00:00:00Z",
        "start": utc("2027-03-01T08:00:00"), "end": utc("2027-03-01T09:00:00"),
        "body": {"contentType": "html", "content": "<html><body><p>Agenda</p></body></html>"},
    }  # fmt: skip
    contents = dict(parts)
    sizes = {name: len(content) for name, content in contents.items()}
    return Saved(key, facts | record, {}, WORK, "", sizes, lambda part: iter([contents[part]]))


def utc(wall):
    return {"dateTime": f"{wall}.0000000", "timeZone": "UTC"}


def order(otto, *saved, **choices):
    return assignment_of(otto, MemoryTree([WORK], {one.id: one for one in saved}), **({"folder": ""} | choices))


def live(graph, otto, event_id):
    return Mailbox(graph, otto).get(f"events/{event_id}")


def a_series(microsoft, dental, otto):
    """Make a weekly round in Berlin over the day the clocks change, with two odd days, one missing and a file."""
    calendars = Calendars(microsoft, dental)
    times = {
        name: {"dateTime": f"2027-03-01T{hour}:00:00", "timeZone": BERLIN}
        for name, hour in (("start", "09"), ("end", "10"))
    }
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"}
    bounds = {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 10, "recurrenceTimeZone": BERLIN}
    made = microsoft.mutate(dental, {
        "op": "create_event", "user": otto.remote_id, "recipe": "weekly_files",
        "set": {"subject": "Round", "recurrence": {"pattern": pattern, "range": bounds}} | times,
    })[0]["id"]  # fmt: skip
    moved = {
        name: {"dateTime": f"2027-03-31T{hour}:00:00", "timeZone": BERLIN}
        for name, hour in (("start", "15"), ("end", "17"))
    }
    calendars.let(
        {"op": "update_event", "event": made, "day": "2027-03-29", "set": {"subject": "Elsewhere"} | moved},
        {"op": "update_event", "event": made, "day": "2027-04-12", "set": {"importance": "high"}},
        {"op": "delete_event", "event": made, "day": "2027-04-05"},
    )
    return made


def test_a_series_comes_back_with_its_odd_days_over_the_change_of_clocks_whatever_breaks_off(
    microsoft, dental, graph, otto, restorer
):
    made = a_series(microsoft, dental, otto)
    tree = saved_tree(CalendarConnector(graph), otto)
    saved, subject = tree.objects[made], Calendars(microsoft, dental)
    assignment = assignment_of(otto, tree, folder=FOLDER, conflict=Conflict.COPY)

    whole = put_surely(restorer, assignment, saved)
    outcomes = []
    for number, method in enumerate(("PATCH", "PATCH", "DELETE", "POST")):
        assignment = assignment_of(otto, tree, folder=FOLDER, conflict=Conflict.COPY, key=f"broken-{number}")
        microsoft.fault({"reset": True}, path="/events", method=method, times=2)
        outcomes.append(put_surely(restorer, assignment, saved).id)
        microsoft.heal()

    after = saved_tree(CalendarConnector(graph), otto).objects
    assert saved.record["exceptionOccurrences"]
    assert saved.record["cancelledOccurrences"]
    assert whole.less == ()
    for one in (whole.id, *outcomes):
        assert subject.content(after[one]) == subject.content(saved)
    copies = [one for one in after.values() if one.feed.name == FOLDER]
    assert len(copies) == 5
    assert subject.mailed() == []


def test_a_try_that_was_killed_among_the_odd_days_is_gone_on_with(microsoft, dental, graph, otto, restorer):
    made = a_series(microsoft, dental, otto)
    tree = saved_tree(CalendarConnector(graph), otto)
    saved, subject = tree.objects[made], Calendars(microsoft, dental)
    assignment = assignment_of(otto, tree, folder=FOLDER, conflict=Conflict.COPY)
    microsoft.fault({"status": 403}, path="/events/", method="PATCH", when={"every": 2}, times=2)

    # The first changed day is as it was, then the second.
    for _ in range(2):
        with pytest.raises(PermissionMissing):
            restorer.put(assignment, saved, "k", None)
    outcome = CalendarRestorer(graph).put(assignment, saved, "k", None)
    found = CalendarRestorer(graph).find(assignment, saved, "k")

    assert (outcome.id, outcome.less) == (found, ())

    after = saved_tree(CalendarConnector(graph), otto).objects
    assert subject.content(after[found]) == subject.content(saved)
    assert [one.id for one in after.values() if one.feed.name == FOLDER] == [found]


def test_nobody_is_invited_and_their_names_stand_in_the_text(microsoft, graph, otto, restorer):
    people = [
        {
            "emailAddress": {"name": "Rita <b>", "address": "rita@rival.example"},
            "type": "optional",
            "status": {"response": "accepted"},
        },
        {"emailAddress": {"address": "pia@bolt.example"}, "type": "required", "status": {"response": "none"}},
    ]  # fmt: skip
    ada = {"emailAddress": {"name": "Ada", "address": "ada@x.example"}}
    meeting = kept(attendees=people, isOrganizer=False, isOnlineMeeting=True, organizer=ada)

    outcome = restorer.put(order(otto, meeting), meeting, "k", None)

    found = live(graph, otto, outcome.id)
    assert set(outcome.less) == {Less.ATTENDEES, Less.ORGANIZER, Less.ONLINE_MEETING}
    assert (found["attendees"], found["isOnlineMeeting"]) == ([], False)
    assert found["body"]["content"] == (
        "<html><body><div>Organizer: Ada &lt;ada@x.example&gt;</div><div>Attendees when this was saved: "
        "Rita &lt;b&gt; &lt;rita@rival.example&gt; (optional, accepted); pia@bolt.example (required)</div><hr>"
        "<p>Agenda</p></body></html>"
    )


def test_a_live_meeting_stays_although_it_was_to_be_replaced_because_people_would_be_told(
    microsoft, dental, graph, otto, restorer
):
    subject = Calendars(microsoft, dental)
    meeting, alone = kept("e1"), kept("e2")
    people = [{"emailAddress": {"address": "pia@bolt.example"}}]
    first = [restorer.put(order(otto, one), one, one.id, None).id for one in (meeting, alone)]
    subject.let({"op": "update_event", "event": first[0], "set": {"attendees": people}})
    replacing = order(otto, meeting, alone, conflict=Conflict.REPLACE, key="2")
    there = restorer.marks_there(replacing, WORK)

    outcomes = [restorer.put(replacing, one, f"{one.id} 2", there[f"ical-{one.id}"]) for one in (meeting, alone)]

    assert [outcome.replaced for outcome in outcomes] == [False, True]
    held = {one["id"] for one in subject.held("events")}
    assert {first[0], outcomes[0].id, outcomes[1].id} <= held
    assert first[1] not in held
    assert subject.mailed() == []


def test_files_come_back_and_links_to_files_are_missed(graph, otto, restorer):
    about = [
        {"@odata.type": f"{GRAPH}.fileAttachment", "id": "a", "name": "agenda.pdf", "contentType": "application/pdf"},
        {"@odata.type": f"{GRAPH}.itemAttachment", "id": "b", "name": "Lunch", "contentType": None},
        {"@odata.type": f"{GRAPH}.referenceAttachment", "id": "c", "name": "Plan.docx"},
    ]  # fmt: skip
    saved = kept(parts={"attachment:a": PDF, "attachment:b": b"BEGIN:VCALENDAR\r\n"}, attachments=about)

    outcome = restorer.put(order(otto, saved), saved, "k", None)
    # Exchange knows the request again, although nobody looked for what it made.
    assert restorer.put(order(otto, saved), saved, "k", None) == outcome

    page = Mailbox(graph, otto).get(f"events/{outcome.id}/attachments")["value"]
    assert len(page) == 2
    assert {one["name"]: one["contentType"] for one in page} == {
        "agenda.pdf": "application/pdf", "Lunch.ics": "text/calendar",
    }  # fmt: skip
    assert outcome.less == (Less.CLOUD_LINKS,)


def test_a_file_whose_bytes_are_damaged_is_missed_and_the_rest_comes_back(graph, otto, restorer):
    class Damaged(Exception):
        pass

    def stream(part):
        yield PDF
        if part == "attachment:a":
            raise Damaged

    about = [
        {"@odata.type": f"{GRAPH}.fileAttachment", "id": one, "name": f"{one}.pdf", "contentType": "application/pdf"}
        for one in "ab"
    ]
    whole = kept(parts={"attachment:a": PDF, "attachment:b": PDF}, attachments=about)
    saved = replace(whole, stream=stream, damaged=(Damaged,))

    outcome = restorer.put(order(otto, saved), saved, "k", None)

    page = Mailbox(graph, otto).get(f"events/{outcome.id}/attachments")["value"]
    assert ([one["name"] for one in page], outcome.less) == (["b.pdf"], (Less.ATTACHMENTS,))


@pytest.mark.parametrize(
    ("moment", "zone", "is_all_day", "sent"),
    [
        ("2027-07-01T08:00:00", BERLIN, False, ("2027-07-01T10:00:00", BERLIN)),
        ("2027-01-01T08:00:00", BERLIN, False, ("2027-01-01T09:00:00", BERLIN)),
        ("2027-01-01T08:00:00", "Europe/Berlin", False, ("2027-01-01T09:00:00", "Europe/Berlin")),
        ("2027-01-01T08:00:00", "tzone://Microsoft/Custom", False, ("2027-01-01T08:00:00", "UTC")),
        ("2027-07-01T00:00:00", BERLIN, True, ("2027-07-01T00:00:00", BERLIN)),
        ("2027-06-30T22:00:00", BERLIN, True, ("2027-07-01T00:00:00", BERLIN)),
        ("9999-12-31T23:30:00", BERLIN, False, ("9999-12-31T23:30:00", "UTC")),
    ],
)
def test_times_are_sent_by_the_clock_on_the_wall_of_their_zone(moment, zone, is_all_day, sent):
    assert on_the_wall(utc(moment), zone, is_all_day=is_all_day) == {"dateTime": sent[0], "timeZone": sent[1]}
    assert on_the_wall({"dateTime": "soon"}, zone) is None


@pytest.mark.parametrize(
    ("bounds", "sent"),
    [
        ({"type": "noEnd", "numberOfOccurrences": 0, "recurrenceTimeZone": ""}, {"type": "noEnd"}),
        (
            {"type": "numbered", "endDate": "0001-01-01", "numberOfOccurrences": 3, "recurrenceTimeZone": "Custom"},
            {"type": "numbered", "numberOfOccurrences": 3},
        ),
        (
            {"type": "endDate", "endDate": "2027-03-05", "numberOfOccurrences": 0, "recurrenceTimeZone": BERLIN},
            {"type": "endDate", "endDate": "2027-03-05", "recurrenceTimeZone": BERLIN},
        ),
    ],
)
def test_a_series_is_sent_without_what_was_only_written_for_nothing(bounds, sent):
    pattern = {"type": "daily", "interval": 1, "index": None}
    body, _ = event_body(kept(recurrence={"pattern": pattern, "range": bounds}).record, is_elsewhere=False)

    assert body["recurrence"] == {"pattern": {"type": "daily", "interval": 1}, "range": sent}


def test_calendars_of_others_are_not_put_back(restorer):
    assert [restorer.turn(feed, {}) for feed in (WORK, Feed("s", "Ada", "shared calendar"))] == [0, -1]
