"""Mailboxes, as a restore writes into them."""

import base64
import email
import hashlib

import httpx
import pytest

from portal.tests.simulator import plain_client
from simulators.tests.clients import fetch
from simulators.tests.outlook import Restorer, prefer, round_of

BERLIN = "W. Europe Standard Time"
MIME = (
    b"From: Rita <rita@rival.example>\r\nTo: ben@x.example\r\nSubject: Offer\r\n"
    b"Message-ID: <7@x.example>\r\n\r\nHello\r\n"
)


@pytest.fixture
def restorer(microsoft, dental):
    return Restorer(microsoft, dental)


def test_a_message_posted_as_mime_becomes_a_draft_and_only_at_one_address(restorer):
    text = base64.b64encode(MIME).decode()

    made = restorer.send("POST", "/messages", content=text, headers={"Content-Type": "text/plain"})
    refused = restorer.send(
        "POST", "/mailFolders/inbox/messages", content=text, headers={"Content-Type": "text/plain"}, status=400
    )

    assert (made["isDraft"], made["subject"], made["internetMessageId"]) == (True, "Offer", "<7@x.example>")
    assert restorer.get(f"/messages/{made['id']}/$value").content == MIME
    assert restorer.send("PATCH", f"/messages/{made['id']}", {"isDraft": False}, 400)
    assert refused["error"]["code"] == "UnableToDeserializePostBody"


def test_a_message_posted_with_the_flags_of_a_received_one_is_no_draft_and_keeps_its_dates(restorer):
    properties = {"Integer 0x0E07": "1", "SystemTime 0x0039": "2019-05-01T10:00:00Z"}
    properties |= {"SystemTime 0x0E06": "2019-05-01T10:00:05Z", "String {0f3e} Name RestoreKey": "k7"}
    body = {
        "subject": "Lease",
        "body": {"contentType": "html", "content": "<p>Yes</p>"},
        "toRecipients": [{"emailAddress": {"address": "ben@x.example", "name": "Ben"}}],
        "internetMessageHeaders": [{"name": "x-restored", "value": "1"}],
        "singleValueExtendedProperties": [{"id": key, "value": value} for key, value in properties.items()],
    }

    made = restorer.send("POST", "/mailFolders/archive/messages", body)
    plain = restorer.send("POST", "/mailFolders/archive/messages", {"subject": "Draft"})
    wanted = "$filter=singleValueExtendedProperties/Any(p: p/id eq 'String {0f3e} Name RestoreKey' and p/value eq 'k7')"

    assert (made["isDraft"], made["isRead"], plain["isDraft"]) == (False, True, True)
    assert (made["sentDateTime"], made["receivedDateTime"]) == ("2019-05-01T10:00:00Z", "2019-05-01T10:00:05Z")
    assert [one["id"] for one in restorer.get(f"/messages?{wanted}").json()["value"]] == [made["id"]]
    shown = email.message_from_bytes(restorer.get(f"/messages/{made['id']}/$value").content)
    assert (shown["Subject"], shown["x-restored"], shown["To"]) == ("Lease", "1", "Ben <ben@x.example>")
    body["internetMessageHeaders"] = [{"name": "Received", "value": "by us"}]
    assert restorer.send("POST", "/messages", body, 400)["error"]["code"] == "InvalidInternetMessageHeader"
    body["internetMessageHeaders"] = [{"name": f"x-{number}", "value": "1"} for number in range(6)]
    assert "Maximum number of headers" in restorer.send("POST", "/messages", body, 400)["error"]["message"]
    assert restorer.send("POST", "/messages", {"planet": "Mars"}, 400)["error"]["code"] == "RequestBodyRead"


def test_a_received_message_keeps_its_words_but_not_its_marks(restorer):
    [message] = restorer.get("/mailFolders/inbox/messages?$top=1").json()["value"]
    path = f"/messages/{message['id']}"

    restorer.send("PATCH", path, {"isRead": not message["isRead"], "categories": ["Blue"]}, 200)
    restorer.send("PATCH", path, {"subject": "Other"}, 400)

    after = restorer.get(path).json()
    assert (after["isRead"], after["categories"], after["subject"]) == (
        not message["isRead"],
        ["Blue"],
        message["subject"],
    )


def test_a_deleted_message_goes_down_step_by_step(microsoft, dental, restorer):
    [message] = restorer.get("/mailFolders/inbox/messages?$top=1").json()["value"]
    places = []
    for _ in range(3):
        restorer.send("DELETE", f"/messages/{message['id']}", status=204)
        there = restorer.get(f"/messages/{message['id']}")
        places.append(there.json().get("parentFolderId"))

    known = {one["id"]: one["well_known"] for one in microsoft.mailbox(dental, dental["user_id"])["folders"]}
    assert [known.get(place) for place in places] == ["deleteditems", "recoverableitemsdeletions", None]


def test_folders_are_made_renamed_and_deleted_and_case_makes_no_other_name(restorer):
    made = restorer.send("POST", "/mailFolders", {"displayName": "Restored"})
    inner = restorer.send("POST", f"/mailFolders/{made['id']}/childFolders", {"displayName": "Inner"})
    twice = restorer.send("POST", "/mailFolders", {"displayName": "RESTORED"}, 409)
    renamed = restorer.send("PATCH", f"/mailFolders/{inner['id']}", {"displayName": "INNER"}, 200)
    restorer.send("DELETE", f"/mailFolders/{made['id']}", status=204)
    bin_id = restorer.get("/mailFolders/deleteditems").json()["id"]

    assert twice["error"]["code"] == "ErrorFolderExists"
    assert (renamed["displayName"], renamed["parentFolderId"]) == ("INNER", made["id"])
    assert restorer.get(f"/mailFolders/{made['id']}").json()["parentFolderId"] == bin_id
    restorer.send("DELETE", f"/mailFolders/{made['id']}", status=204)
    assert restorer.get(f"/mailFolders/{inner['id']}").status_code == 404
    restorer.send("DELETE", "/mailFolders/inbox", status=403)


def test_a_mail_within_a_mail_is_posted_as_an_item_and_read_as_a_mail(restorer):
    path = f"/messages/{restorer.send('POST', '/messages', {'subject': 'Fwd'})['id']}/attachments"
    sender = {"emailAddress": {"address": "rita@rival.example", "name": "Rita"}}
    file = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.bin", "contentBytes": "AAEC"}
    inner = {"@odata.type": "#microsoft.graph.message", "subject": "Offer", "from": sender, "attachments": [file]}
    inner["singleValueExtendedProperties"] = [{"id": "SystemTime 0x0039", "value": "2019-05-01T10:00:00Z"}]
    item = {"@odata.type": "#microsoft.graph.itemAttachment", "name": "Offer", "item": inner}
    added = restorer.send("POST", path, item)
    restorer.send("POST", path, item | {"item": inner | {"attachments": [file | {"contentBytes": "?"}]}}, status=400)

    found = email.message_from_bytes(restorer.get(f"{path}/{added['id']}/$value").content)
    assert (found["Subject"], found["Date"]) == ("Offer", "Wed, 01 May 2019 10:00:00 +0000")
    assert found.get_payload()[1].get_payload(decode=True) == b"\x00\x01\x02"


def test_an_extended_property_that_is_set_leaves_the_others_alone(restorer):
    times = {name: {"dateTime": "2027-01-01T09:00:00", "timeZone": "UTC"} for name in ("start", "end")}
    one, two = ([{"id": f"String {{0f3e}} Name {name}", "value": name}] for name in ("One", "Two"))
    for path, body in (("messages", {"subject": "A"}), ("events", times), ("contacts", {"displayName": "Ada"})):
        made = restorer.send("POST", f"/{path}", body | {"singleValueExtendedProperties": one})
        restorer.send("PATCH", f"/{path}/{made['id']}", {"singleValueExtendedProperties": two}, 200)

        shown = "$expand=singleValueExtendedProperties($filter=id eq 'String {0f3e} Name One')"
        after = restorer.get(f"/{path}/{made['id']}?{shown}").json()
        assert after["singleValueExtendedProperties"] == one, path


def test_attachments_are_added_small_and_large_and_removed(restorer):
    message = restorer.send("POST", "/mailFolders/inbox/messages", {"subject": "Files"})
    path, content = f"/messages/{message['id']}/attachments", bytes(range(256)) * 20_000
    small = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.bin", "contentBytes": "AAEC"}

    added = restorer.send("POST", path, small)
    upload = restorer.send(
        "POST", f"{path}/createUploadSession",
        {"AttachmentItem": {"attachmentType": "file", "name": "b.bin", "size": len(content)}},
    )  # fmt: skip
    put(upload["uploadUrl"], content, 0, 4_000_000, 200)
    put(upload["uploadUrl"], content, 4_500_000, len(content), 416)
    put(upload["uploadUrl"], content, 4_000_000, len(content), 201)

    listed = {one["name"]: one for one in restorer.get(path).json()["value"]}
    value = restorer.get(f"{path}/{listed['b.bin']['id']}/$value").content
    assert (listed.keys(), listed["a.bin"]["id"]) == ({"a.bin", "b.bin"}, added["id"])
    assert hashlib.sha256(value).digest() == hashlib.sha256(content).digest()
    assert content in email.message_from_bytes(restorer.get(f"/messages/{message['id']}/$value").content).get_payload()[
        2
    ].get_payload(decode=True)
    restorer.send("DELETE", f"{path}/{added['id']}", status=204)
    assert [one["name"] for one in restorer.get(path).json()["value"]] == ["b.bin"]


def test_an_upload_takes_no_token_no_large_range_and_no_unknown_address(microsoft, restorer):
    message = restorer.send("POST", "/messages", {"subject": "Files"})
    item = {"attachmentType": "file", "name": "b.bin", "size": 9_000_000}
    url = restorer.send("POST", f"/messages/{message['id']}/attachments/createUploadSession", {"AttachmentItem": item})
    url = url["uploadUrl"]

    assert restorer.graph.client.put(url, content=b"x").status_code == 401
    put(url, bytes(9_000_000), 0, 5_000_000, 413)
    put(url + "x", bytes(10), 0, 10, 404)
    assert fetch(url).json() == {"nextExpectedRanges": ["0-"]}
    assert microsoft.counters()["foreign_authorizations"] == 1


def test_an_answer_to_an_upload_may_be_lost_although_the_range_arrived(microsoft, restorer):
    message = restorer.send("POST", "/messages", {"subject": "Files"})
    item = {"attachmentType": "file", "name": "b.bin", "size": 20}
    url = restorer.send("POST", f"/messages/{message['id']}/attachments/createUploadSession", {"AttachmentItem": item})
    url = url["uploadUrl"]
    microsoft.fault({"reset": True}, path="^/outlook/uploads/", method="PUT", times=1)
    microsoft.fault({"status": 503}, path="^/outlook/uploads/", method="PUT", times=1)

    with pytest.raises(httpx.TransportError):
        put(url, bytes(20), 0, 10, 200)

    assert fetch(url).json() == {"nextExpectedRanges": ["10-"]}
    put(url, bytes(20), 10, 20, 503)
    put(url, bytes(20), 10, 20, 201)
    log = [entry["status"] for entry in microsoft.log() if entry["template"] == "/outlook/uploads/{token}"]
    assert log[1:] == [200, 503, 201]


def put(url: str, content: bytes, first: int, end: int, status: int) -> None:
    """Send one range of an upload, without any token."""
    headers = {"Content-Range": f"bytes {first}-{end - 1}/{len(content)}"}
    with plain_client() as client:
        assert client.put(url, content=content[first:end], headers=headers).status_code == status


def test_an_event_with_attendees_would_be_mailed_and_one_without_is_not(microsoft, dental, restorer):
    times = {
        name: {"dateTime": f"2027-01-0{day}T09:00:00", "timeZone": BERLIN} for name, day in (("start", 1), ("end", 2))
    }
    quiet = restorer.send("POST", "/events", {"subject": "Quiet"} | times)
    restorer.send("DELETE", f"/events/{quiet['id']}", status=204)
    before = microsoft.control(f"/tenants/{dental['id']}/outbox")

    loud = {"subject": "Loud", "attendees": [{"emailAddress": {"address": "pia@x.example"}}]}
    made = restorer.send("POST", "/calendar/events", loud | times)
    restorer.send("DELETE", f"/events/{made['id']}", status=204)

    after = microsoft.control(f"/tenants/{dental['id']}/outbox")
    assert before == []
    assert [(one["kind"], one["recipients"]) for one in after] == [
        ("invitation", ["pia@x.example"]),
        ("cancellation", ["pia@x.example"]),
    ]
    assert made["originalStartTimeZone"] == BERLIN
    assert made["start"] == {"dateTime": "2027-01-01T08:00:00.0000000", "timeZone": "UTC"}


def test_a_series_is_restored_with_its_exceptions_and_cancelled_days(restorer):
    calendar = restorer.send("POST", "/calendars", {"name": "Restored"})
    pattern = {"type": "daily", "interval": 1}
    bounds = {"type": "endDate", "startDate": "2027-03-01", "endDate": "2027-03-05"}
    body = {
        "subject": "Standup",
        "start": {"dateTime": "2027-03-01T09:00:00", "timeZone": BERLIN},
        "end": {"dateTime": "2027-03-01T09:15:00", "timeZone": BERLIN},
        "recurrence": {"pattern": pattern, "range": bounds},
    }
    window = "startDateTime=2027-02-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"

    path = f"/calendars/{calendar['id']}/events"
    master = restorer.send("POST", path, body)
    instances = restorer.get(f"/events/{master['id']}/instances?{window}").json()["value"]
    restorer.send("PATCH", f"/events/{instances[1]['id']}", {"subject": "Long one", "isReminderOn": False}, 200)
    restorer.send("DELETE", f"/events/{instances[2]['id']}", status=204)

    told, _ = round_of(restorer.graph, f"{restorer.box}/calendars/{calendar['id']}/calendarView/delta?{window}")
    assert [one["type"] for one in told] == ["seriesMaster", "occurrence", "exception", "occurrence", "occurrence"]
    assert len(instances) == 5
    for wrong in (
        {"cancelledOccurrences": []},
        {"uid": "x"},
        {"recurrence": {"pattern": pattern, "range": bounds | {"recurrenceTimeZone": ""}}},
        {"start": {"dateTime": "2027-03-01T09:00:00", "timeZone": "Mars"}},
    ):
        restorer.send("POST", path, body | wrong, 400)


def test_contacts_are_restored_with_folder_and_photo(restorer):
    folder = restorer.send("POST", "/contactFolders", {"displayName": "Restored"})
    restorer.send("POST", "/contactFolders", {"displayName": "restored"}, 409)
    path = f"/contactFolders/{folder['id']}/contacts"
    made = restorer.send("POST", path, {"displayName": "Ada", "emailAddresses": [{"address": "ada@x.example"}]})
    photo, picture = f"/contacts/{made['id']}/photo/$value", b"\xff\xd8\xff picture"

    restorer.send("PUT", photo, content=picture, headers={"Content-Type": "image/jpeg"}, status=200)
    restorer.send("PATCH", f"/contacts/{made['id']}", {"jobTitle": "Dentist"}, 200)

    after = restorer.get(f"{path}/{made['id']}").json()
    assert (after["displayName"], after["jobTitle"], after["parentFolderId"]) == ("Ada", "Dentist", folder["id"])
    assert restorer.get(photo).content == picture
    restorer.send("DELETE", f"/contacts/{made['id']}", status=204)
    assert restorer.get(path).json()["value"] == []


def test_ids_are_translated_in_both_directions(graph, dental):
    path = f"/users/{dental['user_id']}"
    ordinary = [one["id"] for one in graph.value(f"{path}/messages?$select=id&$top=100")]
    immutable = [one["id"] for one in prefer(graph).value(f"{path}/messages?$select=id&$top=100")]

    def translated(ids: list[str], source: str, target: str) -> list[str]:
        body = {"inputIds": ids, "sourceIdType": source, "targetIdType": target}
        answer = graph.client.post(f"{graph.base}{path}/translateExchangeIds", json=body)
        return [one.get("targetId") for one in answer.json()["value"]]

    assert translated(ordinary, "restId", "restImmutableEntryId") == immutable
    assert translated([*immutable, "x"], "restImmutableEntryId", "restId") == [*ordinary, None]


def test_the_backup_app_may_not_write(graph, dental):
    for path in ("messages", "mailFolders", "events", "calendars", "contacts", "contactFolders"):
        answer = graph.client.post(f"{graph.base}/users/{dental['user_id']}/{path}", json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Authorization_RequestDenied")


def test_a_mailbox_takes_so_many_bytes_in_five_minutes(microsoft, restorer):
    # A thousandth of 150 MB.
    microsoft.limits(0.001, "outlook")
    body = {"subject": "Large", "body": {"contentType": "text", "content": "x" * 100_000}}

    restorer.send("POST", "/messages", body)
    refused = restorer.graph.client.post(f"{restorer.graph.base}{restorer.box}/messages", json=body)
    microsoft.advance(300)

    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "ApplicationThrottled")
    assert 0 < int(refused.headers["retry-after"]) <= 300
    restorer.send("POST", "/messages", body)
