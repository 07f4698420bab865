"""Calendars as they really are: three ways to read them, windows that lie, series, and answers of 503."""

import json
from datetime import timedelta

import pytest

from backups.connectors.base import CursorExpired, NotThere, UnexpectedAnswer
from backups.connectors.contract import Checkpoint, Feed, Remove, Source, Upsert
from backups.connectors.http import Http
from backups.connectors.microsoft365.calendar import CalendarConnector
from backups.connectors.microsoft365.graph import Graph
from backups.tests.connector_contract import graph_of
from backups.tests.connectors_outlook import BERLIN, Calendars
from backups.tests.scripted_provider import Clock, say

WEEK = timedelta(days=7)
FULL = {"status": 403, "body": {"error": {"code": "ErrorQuotaExceeded", "message": "Quota exceeded."}}}
WORK = Feed("work-id", "Work", "calendar")
MIA = Source("mia", "USER", address="mia@acme-dental.example")


@pytest.fixture
def tenant(microsoft):
    made = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    microsoft.consent(made, microsoft.apps["backup"].client_id)
    return made


@pytest.fixture
def calendars(microsoft, tenant):
    """The calendars of an ordinary person at Acme Dental, in a tenant that answers no feed of whole calendars."""
    return Calendars(microsoft, tenant)


@pytest.fixture
def graph(microsoft, tenant):
    with graph_of(microsoft, tenant) as one:
        yield one


@pytest.fixture
def copy(calendars, graph):
    """A backup of the calendars, made a moment ago."""
    return calendars.copy(graph).pass_over()


@pytest.fixture
def told(provider):
    """The connector of a mailbox at that server."""
    clock = Clock()
    with Http(provider.url, token=lambda fresh: "secret", sleep=clock.sleep, clock=clock) as http:
        yield CalendarConnector(Graph(http, tenant="t"))


def refuse(provider, status=400, code="BadRequest", *, times=2):
    for _ in range(times):
        say(provider, status, error={"code": code, "message": "No."})


@pytest.mark.parametrize("answers", ["a feed of everything", "a window", "lists only"])
def test_the_strangest_events_of_the_world_are_all_there(microsoft, tenant, graph, answers):
    ada = Calendars(microsoft, tenant, tenant["admin_id"])
    if answers == "a feed of everything":
        ada.mutate({"op": "events_delta"})
    elif answers == "lists only":
        microsoft.fault({"status": 400}, path="/calendarView/delta")

    copy = ada.copy(graph).pass_over()

    assert copy.truth() == ada.truth()
    assert any(
        kept.found.record["exceptionOccurrences"]
        for kept in copy.objects.values()
        if "recurrence" in kept.parts or kept.found.facts["is_series"]
    )
    # One of the calendars answers pages of more than ten with 503 and nothing.
    assert graph.http.sleep.__self__.slept == []


def test_a_window_does_not_delete_what_left_it(calendars, copy):
    event = calendars.some_event()

    calendars.left()
    copy.pass_over()

    assert copy.objects[event].found.record["start"]["dateTime"].startswith("1999")
    assert copy.truth() == calendars.truth()


@pytest.mark.parametrize("what", ["changed", "deleted"])
def test_what_no_window_tells_is_noticed_within_a_week(calendars, graph, copy, what):
    silence = {"value": [], "@odata.deltaLink": f"{calendars.simulator.graph_url}/v1.0/made-up"}
    calendars.simulator.fault({"status": 200, "body": silence}, path="/calendarView/delta")
    getattr(calendars, what)()
    copy.pass_over()
    assert copy.truth() != calendars.truth()
    calendars.simulator.heal()

    graph.http.clock.now += WEEK
    copy.pass_over()

    assert copy.truth() == calendars.truth()
    assert (copy.completed, copy.opened) == (int(what == "changed"), 0)


def test_the_way_a_calendar_is_read_is_not_looked_for_again(calendars, copy):
    before = len(calendars.asked())

    copy.pass_over()

    asked = [path.rpartition("/calendars")[2] for path in calendars.asked(before)]
    assert not any(path.endswith("/events/delta") for path in asked)
    assert sorted(path.rpartition("/calendarView")[2] for path in asked) == ["", *["/delta"] * (len(asked) - 1)]


def test_calendars_of_others_are_marked_and_not_read(calendars, copy):
    shared = [feed for feed in copy.connector.feeds(copy.source) if feed.record.get("isSharedWithMe")]

    assert [feed.type for feed in shared] == ["shared calendar"]
    assert list(copy.connector.changes(copy.source, shared[0], "")) == [Checkpoint("", is_end=True)]
    assert not any(shared[0].id in path for path in calendars.asked())


def test_a_series_keeps_its_time_zones_and_knows_its_odd_days(calendars, copy):
    for what in ("a_series", "another_day", "no_day"):
        getattr(calendars, what)()
        copy.pass_over()

    record = copy.objects[calendars.series].found.record
    assert record["originalStartTimeZone"] == BERLIN
    assert record["recurrence"]["range"]["recurrenceTimeZone"] == BERLIN
    assert [day["subject"] for day in record["exceptionOccurrences"]] == ["Elsewhere"]
    assert [day[-10:] for day in record["cancelledOccurrences"]] == ["2027-04-05"]
    assert copy.objects[calendars.series].found.facts["start"] == "2027-03-01T08:00:00Z"


def test_an_attachment_is_read_once(calendars, copy):
    event = calendars.change("create_event", recipe="files")["id"]
    copy.pass_over()
    opened = copy.opened
    calendars.change("update_event", event=event, set={"subject": "Another"})

    copy.pass_over()

    assert (opened, copy.opened) == (2, 0)
    assert [one["size"] for one in copy.objects[event].found.record["attachments"]] == [
        part.size for part in copy.objects[event].found.parts
    ]


@pytest.mark.parametrize("by_delta", [True, False])
def test_a_full_mailbox_is_listed_instead(calendars, copy, by_delta):
    if by_delta:
        calendars.mutate({"op": "events_delta"})
        copy.cursors.clear()
        copy.pass_over()
    calendars.simulator.fault(FULL, path="/delta")
    for mutation in ("new", "changed", "moved", "deleted"):
        getattr(calendars, mutation)()
        copy.pass_over()

    assert copy.truth() == calendars.truth()
    assert set(copy.cursors.values()) == {""}


def test_an_event_that_moved_is_not_found_in_its_old_calendar(calendars, copy):
    event, old = calendars.some_event(), copy.objects[calendars.some_event()].feed
    calendars.moved()
    feeds = {feed.id: feed for feed in copy.connector.feeds(copy.source)}

    with pytest.raises(NotThere):
        copy.connector.look(copy.source, feeds[old], event)
    assert copy.connector.look(copy.source, feeds[calendars.calendar(default=False)], event).is_whole


@pytest.mark.parametrize(
    "cursor", ["nonsense", "[]", "{}", '{"way": "window", "link": "x", "listed_at": "never"}', "7"]
)
def test_a_cursor_that_is_none_starts_again(told, cursor):
    with pytest.raises(CursorExpired):
        list(told.changes(MIA, WORK, cursor))


def test_a_day_of_a_series_tells_of_the_series_once(provider, told):
    day = {"type": "occurrence", "seriesMasterId": "master"}
    link = f"{provider.url}/v1.0/next"
    say(provider, value=[day | {"id": "d1"}, day | {"id": "d2", "type": "exception"}], **{"@odata.deltaLink": link})
    say(provider, id="master", type="seriesMaster", changeKey="k")

    series, end = told.changes(MIA, WORK, json.dumps({"way": "delta", "link": link}))

    assert (series.id, series.tag, series.is_whole) == ("master", "k", False)
    assert end.is_end
    assert len(provider.seen) == 2


def test_a_series_that_is_told_with_its_days_is_not_looked_up(provider, told):
    entries = [
        {"id": "d1", "type": "occurrence", "seriesMasterId": "master"},
        {"id": "master", "type": "seriesMaster", "changeKey": "k"},
    ]
    link = f"{provider.url}/v1.0/next"
    say(provider, value=entries, **{"@odata.deltaLink": link})

    series, _ = told.changes(MIA, WORK, json.dumps({"way": "delta", "link": link}))

    assert series.id == "master"
    assert len(provider.seen) == 1


def test_a_day_whose_series_is_denied_deletes_nothing(provider, told):
    link = f"{provider.url}/v1.0/next"
    say(provider, value=[{"id": "d1", "type": "occurrence", "seriesMasterId": "master"}], **{"@odata.deltaLink": link})
    refuse(provider, 404, "ErrorItemNotFound", times=1)

    changes = list(told.changes(MIA, WORK, json.dumps({"way": "delta", "link": link})))

    assert [type(change) for change in changes] == [Checkpoint]


def test_an_event_may_be_of_a_type_nobody_knows_yet(provider, told):
    link = f"{provider.url}/v1.0/next"
    say(provider, value=[{"id": "e", "type": "hologram", "changeKey": "k"}], **{"@odata.deltaLink": link})

    event, _ = told.changes(MIA, WORK, json.dumps({"way": "delta", "link": link}))

    assert (event.id, event.record["type"]) == ("e", "hologram")


def test_what_a_window_calls_removed_is_gone_only_if_its_id_is(provider, told):
    link = f"{provider.url}/v1.0/next"
    entries = [{"id": remote_id, "@removed": {"reason": "deleted"}} for remote_id in "abc"]
    say(provider, value=entries, **{"@odata.deltaLink": link})
    refuse(provider, 404, "ErrorItemNotFound", times=1)
    refuse(provider, 400, "ErrorInvalidIdMalformed")
    say(provider, id="c", type="singleInstance", changeKey="k")
    cursor = json.dumps({"way": "window", "link": link, "listed_at": "2026-10-25T00:00:00+00:00"})

    gone, malformed, there, end = told.changes(MIA, WORK, cursor)

    assert (gone, malformed) == (Remove("a"), Remove("b"))
    assert isinstance(there, Upsert)
    assert json.loads(end.cursor)["way"] == "window"


def test_a_calendar_that_is_gone_is_said_to_be_gone(provider, told):
    refuse(provider, 404, "ErrorItemNotFound", times=4)

    with pytest.raises(NotThere):
        list(told.changes(MIA, WORK, ""))


def test_changes_that_end_without_a_link_are_no_end(provider, told):
    refuse(provider, times=4)
    say(provider, value=[])

    with pytest.raises(UnexpectedAnswer):
        list(told.changes(MIA, WORK, ""))


def test_a_calendar_belongs_to_somebody_else_only_where_that_is_sure(provider, told):
    def calendar(name, address=None, **facts):
        return {"id": name, "name": name, "owner": address and {"name": "?", "address": address}} | facts

    say(
        provider,
        value=[
            calendar("own", "Maria@acme-dental.example", isDefaultCalendar=True, canShare=True),
            calendar("own under the old name", "mia@acme-dental.example", canShare=False),
            calendar("of nobody known", None, canShare=False),
            calendar("of an owner without an address", "", canShare=False),
            calendar("one that is mine to share", "other@acme-dental.example", canShare=True),
            calendar("of Ben", "ben@acme-dental.example", canShare=False),
        ],
    )

    shared = [feed.name for feed in told.feeds(MIA) if feed.type == "shared calendar"]

    assert shared == ["of Ben"]


def test_pictures_in_the_text_and_links_to_the_cloud(provider, told):
    event = {"id": "e", "changeKey": "k", "hasAttachments": False, "body": {"content": '<img src="cid:logo">'}}
    say(provider, **event)
    say(
        provider,
        value=[
            {"@odata.type": "#microsoft.graph.fileAttachment", "id": "logo", "size": 7, "isInline": True},
            {"@odata.type": "#microsoft.graph.referenceAttachment", "id": "link", "size": 300},
        ],
    )
    provider.say(200, b"picture")

    found = told.complete(MIA, WORK, Upsert("e", "k", {}, is_whole=False))
    with told.open(MIA, WORK, found, found.parts[0]) as stream:
        content = stream.read()

    assert [part.name for part in found.parts] == ["attachment:logo"]
    assert [one["id"] for one in found.record["attachments"]] == ["logo", "link"]
    assert content == b"picture"
    assert provider.seen[-1][0] == "/v1.0/users/mia/events/e/attachments/logo/$value"
