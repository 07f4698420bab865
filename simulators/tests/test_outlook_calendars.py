"""Calendars, as a backup reads them."""

import pytest

from simulators.tests.clients import Graph
from simulators.tests.outlook import AROUND_NOW, ids_of, prefer, removed, round_of

WINDOW = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2028-01-01T00:00:00Z"
BERLIN = "W. Europe Standard Time"


@pytest.fixture
def box(graph, dental):
    """The mailbox of Acme Dental's administrator, in the eyes of a client that prefers immutable ids."""
    prefer(graph)
    return f"/users/{dental['admin_id']}"


@pytest.fixture
def weekly(microsoft, dental):
    """Plan a weekly series of ten in Berlin at nine, over the day in March when the clocks change; return its id."""
    start = {"dateTime": "2027-03-01T09:00:00", "timeZone": BERLIN}
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"}
    bounds = {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 10, "recurrenceTimeZone": BERLIN}
    body = {
        "subject": "Monday round",
        "start": start,
        "end": start | {"dateTime": "2027-03-01T10:00:00"},
        "recurrence": {"pattern": pattern, "range": bounds},
    }
    [made] = microsoft.mutate(dental, {"op": "create_event", "user": dental["admin_id"], "set": body})
    return made["id"]


def change(microsoft, dental, op: str, **arguments) -> dict:
    """Let something happen to the administrator's calendar."""
    return microsoft.mutate(dental, {"op": op, "user": dental["admin_id"]} | arguments)[0]


def test_a_series_keeps_its_wall_clock_when_the_clocks_change(graph, box, weekly):
    instances = graph.value(f"{box}/events/{weekly}/instances?{WINDOW}&$top=20")

    hours = [one["start"]["dateTime"][:13] for one in instances]
    assert hours[3:5] == ["2027-03-22T08", "2027-03-29T07"]
    assert {one["type"] for one in instances} == {"occurrence"}
    assert {one["seriesMasterId"] for one in instances} == {weekly}


def test_exceptions_and_cancelled_days_belong_to_the_master(microsoft, dental, graph, box, weekly):
    second, third = graph.value(f"{box}/events/{weekly}/instances?{WINDOW}")[1:3]
    before = graph.get(f"{box}/events/{weekly}").json()
    change(microsoft, dental, "update_event", event=second["id"], set={"subject": "Without Ben"})
    change(microsoft, dental, "delete_event", event=third["id"])

    master = graph.get(f"{box}/events/{weekly}?$expand=exceptionOccurrences").json()

    [exception] = master["exceptionOccurrences"]
    assert (exception["id"], exception["subject"]) == (second["id"], "Without Ben")
    assert exception["type"] == "exception"
    assert master["cancelledOccurrences"] == [f"OID.{weekly}.2027-03-15"]
    assert master["changeKey"] != before["changeKey"]
    assert "cancelledOccurrences" not in before
    assert graph.get(f"{box}/events/{third['id']}").status_code == 404
    change(microsoft, dental, "delete_event", event=second["id"])
    assert graph.get(f"{box}/events/{weekly}?$expand=exceptionOccurrences").json()["exceptionOccurrences"] == []
    assert len(graph.value(f"{box}/events/{weekly}/instances?{WINDOW}")) == 8


def test_a_view_tells_of_masters_and_skeletons_and_later_of_what_changed(microsoft, dental, graph, box, weekly):
    told, link = round_of(graph, f"{box}/calendarView/delta?{WINDOW}")
    skeletons = [one for one in told if one.get("seriesMasterId") == weekly]
    assert weekly in ids_of(told)
    assert len(skeletons) == 10
    assert {tuple(one) for one in skeletons} == {
        ("@odata.type", "@odata.etag", "seriesMasterId", "type", "id", "start", "end")
    }
    assert round_of(graph, link)[0] == []

    change(microsoft, dental, "delete_event", event=skeletons[0]["id"])

    told, _ = round_of(graph, link)
    assert removed(skeletons[0]["id"]) in told
    assert ids_of(told) >= {weekly, skeletons[1]["id"]}


def test_an_occurrence_that_is_moved_out_of_a_window_is_told_as_removed(microsoft, dental, graph, box, weekly):
    _, link = round_of(graph, f"{box}/calendarView/delta?{WINDOW}")
    first = graph.value(f"{box}/events/{weekly}/instances?{WINDOW}")[0]["id"]
    far = {"dateTime": "2031-05-05T10:00:00", "timeZone": "UTC"}

    change(microsoft, dental, "update_event", event=first, set={"start": far, "end": far})

    assert removed(first) in round_of(graph, link)[0]
    assert graph.get(f"{box}/events/{first}").json()["start"]["dateTime"].startswith("2031-05-05")


def test_what_changes_outside_of_a_window_is_told_as_removed_though_it_is_there(microsoft, dental, graph, box):
    _, link = round_of(graph, f"{box}/calendarView/delta?{WINDOW}")
    far = {"dateTime": "2031-05-05T10:00:00", "timeZone": "UTC"}
    made = change(microsoft, dental, "create_event", set={"subject": "Jubilee", "start": far, "end": far})

    told, _ = round_of(graph, link)

    assert told == [removed(made["id"])]
    assert graph.get(f"{box}/events/{made['id']}").json()["subject"] == "Jubilee"


def test_a_view_wants_a_window_and_nothing_selected(graph, box):
    for options in (
        "",
        "?startDateTime=2026-01-01T00:00:00Z",
        f"?{WINDOW}&$select=subject",
        "?startDateTime=x&endDateTime=y",
    ):
        assert graph.get(f"{box}/calendarView/delta{options}").status_code == 400, options


def test_few_tenants_answer_a_feed_of_all_events(microsoft, dental, graph, box, weekly):
    feed = f"{box}/calendar/events/delta?startDateTime=1900-01-01T00:00:00Z"
    refused = graph.get(feed)
    microsoft.mutate(dental, {"op": "events_delta"})

    told, link = round_of(graph, feed)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "ErrorInvalidRequest")
    assert {one["type"] for one in told} == {"singleInstance", "seriesMaster"}
    assert ids_of(told) == ids_of(graph.value(f"{box}/events?$top=1000"))
    assert graph.get(f"{box}/events/delta").status_code == 400
    change(microsoft, dental, "delete_event", event=weekly)
    assert round_of(graph, link)[0] == [removed(weekly)]


def test_a_fragile_calendar_answers_nothing_to_large_pages(graph, box):
    [fragile] = [one for one in graph.value(f"{box}/calendars") if one["name"] == "Works council"]
    feed = f"{box}/calendars/{fragile['id']}/calendarView/delta?{AROUND_NOW}"

    large = prefer(graph, 50).get(feed)
    told, _ = round_of(prefer(graph, 10), feed)

    assert (large.status_code, large.content) == (503, b"")
    assert len(told) == 12


def test_a_shared_calendar_shows_the_events_of_its_owner(microsoft, dental, graph, box):
    calendars = graph.value(f"/users/{dental['user_id']}/calendars")
    [shared] = [one for one in calendars if not one["canEdit"]]
    [owned] = [one for one in calendars if one["isDefaultCalendar"]]

    events = graph.value(f"/users/{dental['user_id']}/calendars/{shared['id']}/events?$top=1000")

    assert shared["owner"]["address"] == dental["admin_upn"]
    assert owned["owner"]["address"] == dental["user_upn"]
    assert ids_of(events) == ids_of(graph.value(f"{box}/events?$top=1000"))


def test_a_moved_event_leaves_one_calendar_and_comes_into_another(microsoft, dental, graph, box):
    calendars = {one["isDefaultCalendar"]: one["id"] for one in graph.value(f"{box}/calendars")}
    links = {
        key: round_of(graph, f"{box}/calendars/{calendars[key]}/calendarView/delta?{WINDOW}")[1] for key in calendars
    }
    start = {"dateTime": "2026-12-24T10:00:00", "timeZone": "UTC"}
    made = change(microsoft, dental, "create_event", set={"start": start, "end": start})

    change(microsoft, dental, "move_event", event=made["id"], calendar=calendars[False])

    assert round_of(graph, links[True])[0] == []
    assert ids_of(round_of(graph, links[False])[0]) == {made["id"]}


def test_the_truth_of_a_calendar_is_what_one_gets_by_asking(microsoft, dental, graph, box, weekly):
    truth = microsoft.mailbox(dental, dental["admin_id"])["events"]

    for one in truth:
        asked = graph.get(f"{box}/events/{one['id']}?$expand=exceptionOccurrences").json()
        assert {name: asked[name] for name in one["record"] if name != "exceptionOccurrences"} == {
            name: value for name, value in one["record"].items() if name != "exceptionOccurrences"
        }
    assert ids_of(truth) == {
        event["id"]
        for calendar in graph.value(f"{box}/calendars")
        for event in graph.value(f"{box}/calendars/{calendar['id']}/events?$top=1000")
    }


def test_the_calendar_of_a_group_can_be_viewed(microsoft, dental, graph: Graph, truth):
    groups = {group["unified"]: group["id"] for group in truth()["groups"]}

    assert graph.value(f"/groups/{groups[True]}/calendarView?{AROUND_NOW}")
    assert graph.get(f"/groups/{groups[False]}/calendar").status_code == 404
