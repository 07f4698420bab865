"""Mailboxes against Microsoft's own description of Graph. Skipped where that description is not at hand."""

import pytest

from simulators.tests.outlook import AROUND_NOW
from simulators.tests.published import NEEDS_DESCRIPTION, findings, key_of, published_roles

# What the simulator sends although the description does not have it, and why.
EXCEPTIONS: dict[str, str] = {}
# Calls the published list does not have for applications, and what stands in.
UNLISTED = {
    "GET /users/{}/messages/{}/$value": "the same as the attachments beside it",
    "GET /users/{}/messages/{}/attachments/{}": "listed below folders only",
    "GET /users/{}/messages/{}/attachments/{}/$value": "the same as without $value",
    "GET /users/{}/events/{}/attachments/{}": "the same as the list of them",
    "GET /users/{}/events/{}/attachments/{}/$value": "the same as the list of them",
    "GET /users/{}/calendar": "the same as the list of calendars",
    "GET /users/{}/calendars/{}": "listed for deleting only; the same as the list of calendars",
    "GET /users/{}/calendar/calendarview/delta": "the same as without the word calendar",
    "GET /users/{}/contacts/delta": "the same as the feed of a named folder",
    "GET /users/{}/contacts/{}/photo/$value": "the same as without $value",
    "GET /users/{}/contactfolders/{}/contacts/{}/photo/$value": "the same as without $value",
    "DELETE /users/{}/messages/{}/attachments/{}": "the same as adding one",
    "DELETE /users/{}/events/{}/attachments/{}": "the same as adding one",
    "PUT /users/{}/contacts/{}/photo/$value": "listed without $value",
    "PUT /users/{}/contactfolders/{}/contacts/{}/photo/$value": "listed without $value",
    "GET /users/{}/settings/exchange": "not listed at all; whoever reads settings or folders of mailboxes",
    "GET /admin/exchange/mailboxes/{}/folders/delta": "the same as the list of folders",
    "GET /admin/exchange/mailboxes/{}/folders/{}/items/delta": "the same as the list of items",
    "GET /groups/{}/calendar": "listed for people only",
    "GET /groups/{}/events/{}/attachments/{}": "the same as the list of them",
    "GET /groups/{}/events/{}/attachments/{}/$value": "the same as the list of them",
}

pytestmark = NEEDS_DESCRIPTION


@pytest.fixture
def paths(microsoft, dental, graph, truth):
    """One path for every call that reads, and some that are refused."""
    admin, user = dental["admin_id"], dental["user_id"]
    box = f"/users/{admin}"
    mails = {one["subject"]: one for one in graph.value(f"{box}/messages?$select=subject&$top=1000")}
    microsoft.mutate(dental, {"op": "events_delta"})
    events = graph.value(f"{box}/events?$top=1000")
    filed = next(one["id"] for one in events if one["hasAttachments"])
    series = next(one["id"] for one in events if one["type"] == "seriesMaster")
    calendars = graph.value(f"/users/{user}/calendars")
    group = next(group["id"] for group in truth()["groups"] if group["unified"])
    group_feed = f"/groups/{group}/events/delta?startDateTime=1900-01-01T00:00:00Z"
    planned = graph.value(f"/groups/{group}/calendarView?{AROUND_NOW}&$top=1000") + graph.round(group_feed)[0]
    group_event = next(one["id"] for one in planned if one["hasAttachments"])
    group_series = next(one["id"] for one in planned if one["type"] == "seriesMaster")
    calendar_group = graph.value(f"/users/{user}/calendarGroups")[0]["id"]
    found = [
        f"{box}/mailFolders", f"{box}/mailFolders?$select=displayName&includeHiddenFolders=true",
        f"{box}/mailFolders/delta", f"{box}/mailFolders/inbox", f"{box}/mailFolders/recoverableitemsdeletions",
        f"{box}/mailFolders/inbox/childFolders", f"{box}/mailFolders/inbox/messages?$top=40&$filter=isRead eq true",
        f"{box}/mailFolders/nowhere", f"{box}/messages/nonsense", f"{box}/messages?$orderby=nonsense",
        f"{box}/messages?$select=subject,from,internetMessageHeaders&$count=true&$top=5",
        f"{box}/messages?$filter=receivedDateTime ge 2026-01-01T00:00:00Z and isDraft eq false&$select=id",
        f"{box}/messages?$filter=nonsense eq 7",
        f"{box}/mailFolders/inbox/messages/delta?$select=subject&$expand=singleValueExtendedProperties"
        "($filter=id eq 'Long 0x0E08')",
        f"{box}/calendars", f"{box}/calendar", f"{box}/calendarGroups",
        f"/users/{user}/calendarGroups/{calendar_group}/calendars",
        f"{box}/events/{series}?$expand=exceptionOccurrences", f"{box}/events/{series}/instances?{AROUND_NOW}",
        f"{box}/calendar/events/{series}/instances?{AROUND_NOW}", f"{box}/events/{series}/instances",
        f"{box}/events/delta", f"/groups/{group}/calendar", f"/groups/{group}/calendarView?{AROUND_NOW}",
        f"/groups/{group}/events/{group_event}", f"/groups/{group}/events/{group_event}/attachments",
        f"/groups/{group}/events/{group_series}/instances?{AROUND_NOW}", group_feed,
    ]  # fmt: skip
    for subject in ("", "All the photos", "Confidential"):
        found += [f"{box}/messages/{mails[subject]['id']}"]
    for message in mails.values():
        if message["subject"].startswith("Fwd: ") or message["subject"] == "All the photos":
            path = f"{box}/messages/{message['id']}/attachments"
            [*_, last] = graph.value(path)
            found += [path, f"{path}?$select=name,size", f"{path}/{last['id']}"]
            found += [f"{path}/{last['id']}?$expand=microsoft.graph.itemAttachment/item", f"{path}/{last['id']}/$value"]
            found += [f"{box}/messages/{message['id']}?$expand=attachments", f"{box}/messages/{message['id']}/$value"]
            found += [f"{box}/mailFolders/inbox/messages/{message['id']}"]
    known = graph.value(f"{box}/contacts?$top=100")
    book = graph.value(f"{box}/contactFolders")[0]["id"]
    found += [f"{box}/contactFolders", f"{box}/contactFolders/delta", f"{box}/contactFolders/{book}"]
    found += [f"{box}/contactFolders/{book}/childFolders", f"{box}/contactFolders/{book}/contacts"]
    for begin in (box, f"{box}/contactFolders/contacts"):
        found += [f"{begin}/contacts", f"{begin}/contacts/delta"]
        for one in known:
            path = f"{begin}/contacts/{one['id']}"
            found += [path, f"{path}/photo", f"{path}/photo/$value"]
    for begin, event in ((box, filed), (f"/groups/{group}", group_event)):
        path = f"{begin}/events/{event}/attachments"
        word = graph.value(path)[0]["id"]
        found += [path, f"{path}/{word}", f"{path}/{word}/$value"]
    for calendar in (f"{box}/calendar", box, *[f"/users/{user}/calendars/{one['id']}" for one in calendars]):
        listed = graph.value(f"{calendar}/events?$top=1000")
        found += [calendar] if "calendars" in calendar else []
        found += [
            f"{calendar}/events",
            f"{calendar}/calendarView?{AROUND_NOW}",
            f"{calendar}/calendarView/delta?{AROUND_NOW}",
        ]
        found += [
            f"{calendar}/events/delta?startDateTime=1900-01-01T00:00:00Z",
            f"{calendar}/calendarView",
            f"{calendar}/events",
        ]
        found += [f"{calendar}/events/{one['id']}" for one in listed[:3]]
        found += [f"{calendar}/events/{one['id']}/instances?{AROUND_NOW}" for one in listed if one["recurrence"]]
    return found


def test_every_answer_is_one_that_microsoft_describes(graph, description, paths):
    found = {}
    for path in paths:
        answer = graph.get(path)
        if not path.endswith("/$value") or answer.status_code >= 400:
            found[path] = findings(description, path, answer, EXCEPTIONS)

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_every_simulated_call_is_checked(graph, paths, microsoft):
    for path in paths:
        graph.get(path)

    seen = {("GET", entry["template"]) for entry in microsoft.log() if entry["status"] < 400}
    routes = [route for route in microsoft.control("/routes") if route["part"] == "outlook"]
    # The import and export API has a contract test of its own.
    own = ("/admin/exchange", "/users/{user}/settings/exchange")
    reading = {(route["method"], route["template"]) for route in routes if route["method"] == "GET"}
    reading = {(method, template) for method, template in reading if not template.startswith(own)}
    assert reading - seen == set()


def test_each_call_asks_for_the_roles_microsoft_publishes(published, microsoft):
    listed = published_roles(published)
    routes = [route for route in microsoft.control("/routes") if route["part"] == "outlook"]
    ours = {key_of(route["method"], route["template"]): set(route["roles"]) for route in routes}

    assert {call for call in ours if call not in listed} == set(UNLISTED)
    for call, roles in ours.items():
        given = listed.get(call, roles)
        # Whoever may write may read, which the list does not always say.
        writers = {role.replace(".Read", ".ReadWrite") for role in given if role.endswith(".Read")}
        assert given <= roles <= given | writers, call
