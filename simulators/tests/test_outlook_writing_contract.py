"""What a restore is answered, against Microsoft's own description of Graph. Skipped where that is not at hand."""

import pytest

from simulators.tests.outlook import Restorer
from simulators.tests.published import NEEDS_DESCRIPTION

TIMES = {
    name: {"dateTime": f"2027-01-01T{hour}:00:00", "timeZone": "UTC"} for name, hour in (("start", 10), ("end", 11))
}
FILE = {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.bin", "contentBytes": "AAEC"}
UPLOAD = {"AttachmentItem": {"attachmentType": "file", "name": "b.bin", "size": 9}}

pytestmark = NEEDS_DESCRIPTION


class Checked(Restorer):
    """A restore whose every answer is held against the description."""

    def __init__(self, microsoft, dental, description) -> None:
        super().__init__(microsoft, dental)
        self.description, self.found = description, []

    def make(self, method: str, path: str, type_name: str, body: object, status: int = 201) -> dict:
        """Send something whose answer is of a type."""
        answer = self.send(method, path, body, status)
        self.found += self.description.findings_of(type_name, status, answer)
        return answer

    def drop(self, path: str) -> None:
        """Delete something."""
        self.send("DELETE", path, status=204)


@pytest.fixture
def restorer(microsoft, dental, description):
    return Checked(microsoft, dental, description)


def mail(restorer: Checked) -> None:
    folder = restorer.make("POST", "/mailFolders", "mailFolder", {"displayName": "Restored"})["id"]
    inner = restorer.make("POST", f"/mailFolders/{folder}/childFolders", "mailFolder", {"displayName": "Inner"})["id"]
    restorer.make("PATCH", f"/mailFolders/{inner}", "mailFolder", {"displayName": "Other"}, 200)
    draft = restorer.make("POST", "/messages", "message", {"subject": "Draft"})["id"]
    restorer.make("PATCH", f"/messages/{draft}", "message", {"isRead": False}, 200)
    restorer.make("POST", f"/messages/{draft}/move", "message", {"destinationId": folder})
    restorer.drop(f"/messages/{draft}")
    kept = restorer.make("POST", f"/mailFolders/{folder}/messages", "message", {"subject": "Kept"})["id"]
    part = restorer.make("POST", f"/messages/{kept}/attachments", "fileAttachment", FILE)["id"]
    restorer.make("POST", f"/messages/{kept}/attachments/createUploadSession", "uploadSession", UPLOAD)
    restorer.drop(f"/messages/{kept}/attachments/{part}")
    restorer.make("PATCH", f"/mailFolders/{folder}/messages/{kept}", "message", {"categories": ["Red"]}, 200)
    restorer.drop(f"/mailFolders/{folder}/messages/{kept}")
    restorer.drop(f"/mailFolders/{folder}")


def calendars(restorer: Checked) -> None:
    calendar = restorer.make("POST", "/calendars", "calendar", {"name": "Restored"})["id"]
    for begin in ("", "/calendar", f"/calendars/{calendar}"):
        event = restorer.make("POST", f"{begin}/events", "event", {"subject": "Lunch"} | TIMES)["id"]
        restorer.make("PATCH", f"{begin}/events/{event}", "event", {"subject": "Dinner"}, 200)
        part = restorer.make("POST", f"/events/{event}/attachments", "fileAttachment", FILE)["id"]
        restorer.make("POST", f"/events/{event}/attachments/createUploadSession", "uploadSession", UPLOAD)
        restorer.drop(f"/events/{event}/attachments/{part}")
        restorer.drop(f"{begin}/events/{event}")
    restorer.drop(f"/calendars/{calendar}")


def contacts(restorer: Checked) -> None:
    folder = restorer.make("POST", "/contactFolders", "contactFolder", {"displayName": "Restored"})["id"]
    restorer.make("POST", f"/contactFolders/{folder}/childFolders", "contactFolder", {"displayName": "Inner"})
    for begin in ("", f"/contactFolders/{folder}"):
        contact = restorer.make("POST", f"{begin}/contacts", "contact", {"displayName": "Ada"})["id"]
        restorer.make("PATCH", f"{begin}/contacts/{contact}", "contact", {"nickName": "A"}, 200)
        photo = {"content": b"\xff\xd8", "headers": {"Content-Type": "image/jpeg"}}
        restorer.send("PUT", f"{begin}/contacts/{contact}/photo/$value", status=200, **photo)
        restorer.drop(f"{begin}/contacts/{contact}")
    restorer.drop(f"/contactFolders/{folder}")


def test_every_answer_of_a_restore_is_one_that_microsoft_describes(microsoft, dental, restorer):
    mail(restorer)
    calendars(restorer)
    contacts(restorer)
    reader = microsoft.apps["backup"].client_id
    microsoft.consent(dental, reader, ["User.Read.All"])
    restorer.graph = type(restorer.graph)(microsoft, dental)
    body = {"inputIds": ["x"], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"}
    [translated] = restorer.send("POST", "/translateExchangeIds", body, 200)["value"]
    restorer.found += restorer.description.findings_of("convertIdResult", 200, translated)

    assert restorer.found == []
    seen = {(entry["method"], entry["template"]) for entry in microsoft.log() if entry["status"] < 400}
    routes = [route for route in microsoft.control("/routes") if route["part"] == "outlook"]
    writing = {(route["method"], route["template"]) for route in routes if route["method"] != "GET"}
    assert {call for call in writing - seen if not call[1].startswith("/admin/exchange")} == set()
