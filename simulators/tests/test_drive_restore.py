"""Portico's restore app writes into Acme Dental's drives, lists and pages."""

import pytest

from simulators.microsoft365.drives.content.quick_xor import quick_xor_hash
from simulators.tests.clients import Graph, fetch
from simulators.tests.published import NEEDS_DESCRIPTION

CONFLICT = "@microsoft.graph.conflictBehavior"
STEP = 320 * 1024


@pytest.fixture
def restorer(microsoft, dental):
    """Graph, as Portico's restore app sees Acme Dental's tenant."""
    microsoft.consent(dental, microsoft.apps["restore"].client_id)
    return Graph(microsoft, dental, "restore")


@pytest.fixture
def send(restorer):
    """Send something to a path below /v1.0, or to a whole address without a token."""

    def _send(method: str, path: str, body: object = None, *, data: bytes | None = None, **headers):
        url = path if path.startswith("http") else f"{restorer.base}{path}"
        content = {"content": data} if data is not None else {"json": body} if body is not None else {}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return restorer.client.request(method, url, headers=headers, **content)

    return _send


@pytest.fixture
def upload(restorer):
    """Send a range to the address of an upload session, as a stranger."""

    def _upload(url: str, data: bytes, start: int, size: int, **headers):
        known = {"Content-Range": f"bytes {start}-{start + len(data) - 1}/{size}"}
        return restorer.client.build_request("PUT", url, content=data, headers=known | headers)

    def _send(*arguments, **headers):
        request = _upload(*arguments, **headers)
        if "Authorization" not in headers:
            del request.headers["Authorization"]
        return restorer.client.send(request)

    return _send


@pytest.fixture
def drive(restorer, dental):
    """The OneDrive of Acme Dental's ordinary user, by its path."""
    return f"/drives/{restorer.get('/users/{user_id}/drive'.format(**dental)).json()['id']}"


@pytest.fixture
def site(truth):
    return next(site["id"] for site in truth()["sites"] if site["path"] == "/sites/intranet")


def test_a_folder_is_made_once_and_then_refused_renamed_or_found(send, drive):
    body = {"name": "Restored 2026-11-22", "folder": {}}

    first, second = (send("POST", f"{drive}/root/children", body) for _ in range(2))
    other = send("POST", f"{drive}/root/children", body | {CONFLICT: "rename"})
    same = send("POST", f"{drive}/root/children", body | {CONFLICT: "replace"})

    assert (first.status_code, second.status_code, other.status_code, same.status_code) == (201, 409, 201, 200)
    assert second.json()["error"]["code"] == "nameAlreadyExists"
    assert other.json()["name"] == "Restored 2026-11-22 1"
    assert same.json()["id"] == first.json()["id"]
    inside = send("POST", f"{drive}/items/{first.json()['id']}/children", {"name": "x", "folder": {}})
    assert inside.json()["parentReference"]["id"] == first.json()["id"]


@pytest.mark.parametrize(
    "name",
    ["CON", "nul.txt", ".lock", "desktop.ini", "a_vti_b", "", "a/b", "a:b", 'a"b', "dot.", " space", "x" * 256, None],
)
def test_names_sharepoint_does_not_take_are_refused(send, drive, name):
    answer = send("POST", f"{drive}/root/children", {"name": name, "folder": {}})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalidRequest")


def test_a_small_file_is_put_at_a_path_and_its_folders_are_made(graph, send, drive):
    link = graph.round(f"{drive}/root/delta")[1]

    made = send("PUT", f"{drive}/root:/New/Deep/a.txt:/content", data=b"one", Content_Type="text/plain")
    replaced = send("PUT", f"{drive}/root:/New/Deep/A.txt:/content", data=b"three")
    renamed = send("PUT", f"{drive}/root:/New/Deep/a.txt:/content?{CONFLICT}=rename", data=b"four")
    refused = send("PUT", f"{drive}/root:/New/Deep/a.txt:/content?{CONFLICT}=fail", data=b"five")

    assert [one.status_code for one in (made, replaced, renamed, refused)] == [201, 200, 201, 409]
    assert replaced.json()["id"] == made.json()["id"]
    assert replaced.json()["file"]["hashes"]["quickXorHash"] == quick_xor_hash(b"three")
    assert renamed.json()["name"] == "a 1.txt"
    address = graph.get(f"{drive}/items/{made.json()['id']}/content").headers["location"]
    assert fetch(address).content == b"three"
    told = {entry["name"] for entry in graph.round(link)[0]}
    assert told >= {"New", "Deep", "a.txt", "a 1.txt"}


def test_a_large_file_comes_in_ranges_and_keeps_its_times(graph, send, upload, drive, microsoft):
    data = bytes(range(256)) * (STEP // 256 * 2) + b"the end"
    times = {"createdDateTime": "2019-03-04T05:06:07Z", "lastModifiedDateTime": "2020-01-02T03:04:05Z"}
    begun = send(
        "POST",
        f"{drive}/root:/Big.bin:/createUploadSession",
        {"item": {CONFLICT: "fail", "fileSystemInfo": times}},
    ).json()
    url, size = begun["uploadUrl"], len(data)
    assert begun["nextExpectedRanges"] == ["0-"]

    first = upload(url, data[:STEP], 0, size)
    out_of_order = upload(url, data[2 * STEP :], 2 * STEP, size)
    again = upload(url, data[:STEP], 0, size)
    odd = upload(url, data[STEP : STEP + 1000], STEP, size)
    with_token = upload(url, data[STEP : 2 * STEP], STEP, size, Authorization="Bearer x")
    other_size = upload(url, data[STEP : 2 * STEP], STEP, size + 1)
    second = upload(url, data[STEP : 2 * STEP], STEP, size)
    status = fetch(url).json()
    last = upload(url, data[2 * STEP :], 2 * STEP, size)

    refused = (out_of_order, again, odd, with_token, other_size)
    assert [one.status_code for one in refused] == [416, 416, 400, 401, 400]
    assert (first.status_code, second.status_code, last.status_code) == (202, 202, 201)
    assert status["nextExpectedRanges"] == [f"{2 * STEP}-{size - 1}"]
    made = last.json()
    assert made["file"]["hashes"]["quickXorHash"] == quick_xor_hash(data)
    assert made["fileSystemInfo"] == times
    assert fetch(graph.get(f"{drive}/items/{made['id']}/content").headers["location"]).content == data
    assert fetch(url).status_code == 404
    assert microsoft.counters()["foreign_authorizations"] == 1


def test_an_upload_may_be_given_up_and_grows_old(send, upload, drive, microsoft, restorer):
    urls = [
        send("POST", f"{drive}/root:/{name}:/createUploadSession", {}).json()["uploadUrl"]
        for name in ("a.bin", "b.bin")
    ]
    request = restorer.client.build_request("DELETE", urls[0])
    del request.headers["Authorization"]

    assert restorer.client.send(request).status_code == 204
    microsoft.advance(86_401)
    assert [upload(url, b"x", 0, 1).status_code for url in urls] == [404, 404]


def test_what_there_is_no_room_for_is_refused(send, drive, microsoft, dental):
    microsoft.mutate(dental, {"op": "limit_drive", "user": dental["user_id"], "bytes": 1000})

    session = send("POST", f"{drive}/root:/a.bin:/createUploadSession", {"item": {"fileSize": 10_000}})
    put = send("PUT", f"{drive}/root:/a.bin:/content", data=bytes(2000))

    assert (session.status_code, session.json()["error"]["code"]) == (507, "quotaLimitReached")
    assert put.status_code == 507


def test_an_upload_that_finds_its_name_taken_at_the_end_does_what_was_asked(send, upload, drive):
    asked = {name: {"item": {CONFLICT: name}} for name in ("fail", "rename", "replace")}
    urls = {
        name: send("POST", f"{drive}/root:/{name}.txt:/createUploadSession", body).json()["uploadUrl"]
        for name, body in asked.items()
    }
    for name in asked:
        send("PUT", f"{drive}/root:/{name}.txt:/content", data=b"came first")

    ends = {name: upload(url, b"second", 0, 6) for name, url in urls.items()}

    assert {name: end.status_code for name, end in ends.items()} == {"fail": 409, "rename": 201, "replace": 200}
    assert ends["rename"].json()["name"] == "rename 1.txt"


def test_an_item_is_renamed_moved_given_its_times_and_deleted(graph, send, drive):
    made = send("PUT", f"{drive}/root:/a.txt:/content", data=b"one").json()
    folder = send("POST", f"{drive}/root/children", {"name": "Target", "folder": {}}).json()
    path, times = f"{drive}/items/{made['id']}", {"lastModifiedDateTime": "2018-01-01T00:00:00Z"}

    moved = send("PATCH", path, {"name": "A.txt", "parentReference": {"id": folder["id"]}, "fileSystemInfo": times})
    into_itself = send("PATCH", f"{drive}/items/{folder['id']}", {"parentReference": {"id": folder["id"]}})
    gone = send("DELETE", path)

    assert (moved.json()["name"], moved.json()["parentReference"]["id"]) == ("A.txt", folder["id"])
    assert moved.json()["fileSystemInfo"]["lastModifiedDateTime"] == times["lastModifiedDateTime"]
    assert into_itself.status_code == 400
    assert (gone.status_code, graph.get(path).status_code) == (204, 404)


def test_sharing_comes_back_without_a_mail_to_anybody_unless_asked_for(graph, send, drive, dental, microsoft):
    path = f"{drive}/items/{send('PUT', f'{drive}/root:/a.txt:/content', data=b'one').json()['id']}"
    body = {"recipients": [{"email": dental["admin_upn"]}], "roles": ["write"], "requireSignIn": True}
    link = {"type": "view", "scope": "organization"}

    quiet = send("POST", f"{path}/invite", body | {"sendInvitation": False})
    assert microsoft.control(f"/tenants/{dental['id']}/invitations") == []
    loud = send("POST", f"{path}/invite", body)
    links = [send("POST", f"{path}/createLink", link) for _ in range(2)]

    assert (quiet.status_code, loud.status_code) == (200, 200)
    [sent] = microsoft.control(f"/tenants/{dental['id']}/invitations")
    assert sent["recipients"] == [dental["admin_upn"]]
    assert [one.status_code for one in links] == [201, 200]
    own = {one["id"]: one for one in graph.value(f"{path}/permissions") if "inheritedFrom" not in one}
    assert sorted(one["roles"] for one in own.values()) == [["read"], ["write"]]
    for one in own:
        assert send("DELETE", f"{path}/permissions/{one}").status_code == 204
    assert "shared" not in graph.get(path).json()
    assert send("POST", f"{path}/invite", body | {"recipients": [{"email": "nobody@x.example"}]}).status_code == 400


def test_a_list_and_its_items_can_be_made_again(graph, send, site):
    old = graph.get(f"/sites/{site}/lists/Tasks?$expand=columns").json()
    columns = [one for one in old["columns"] if one["name"] in ("State", "Effort", "Assigned")]
    body = {"displayName": "Tasks restored", "columns": columns, "list": {"template": "genericList"}}

    made, twice = (send("POST", f"/sites/{site}/lists", body) for _ in range(2))
    path = f"/sites/{site}/lists/{made.json()['id']}/items"
    item = send("POST", path, {"fields": {"Title": "Order gloves", "Effort": 2.5, "AssignedLookupId": "1"}})
    changed = send("PATCH", f"{path}/{item.json()['id']}/fields", {"State": "Done", "Effort": None})

    assert (made.status_code, twice.status_code, item.status_code) == (201, 409, 201)
    assert item.json()["fields"]["Effort"] == 2.5
    assert (changed.json()["State"], changed.json().get("Effort")) == ("Done", None)
    for wrong in ({"Nothing": 1}, {"Created": "2020-01-01T00:00:00Z"}, {"Assigned": "Ada"}, {"StateLookupId": "1"}):
        assert send("POST", path, {"fields": {"Title": "x"} | wrong}).status_code == 400, wrong
    link = graph.round(f"{path}/delta?$expand=fields")
    assert [one["fields"]["Title"] for one in link[0]] == ["Order gloves"]
    assert send("DELETE", f"{path}/{item.json()['id']}").status_code == 204
    assert graph.round(link[1])[0] == [{"id": item.json()["id"], "deleted": {"state": "deleted"}}]


def test_a_page_can_be_made_again_and_changed(graph, send, site):
    old = graph.value(f"/sites/{site}/pages/microsoft.graph.sitePage?$expand=canvasLayout")[0]
    body = {"@odata.type": "#microsoft.graph.sitePage", "name": "Again.aspx", "title": "Again"}

    made = send("POST", f"/sites/{site}/pages", body | {"canvasLayout": old["canvasLayout"]})
    path = f"/sites/{site}/pages/{made.json()['id']}"
    changed = send("PATCH", path, {"title": "Once more"})

    assert (made.status_code, changed.json()["title"]) == (201, "Once more")
    shown = graph.get(f"{path}/microsoft.graph.sitePage?$expand=canvasLayout").json()
    assert shown["canvasLayout"] == old["canvasLayout"]
    assert send("POST", f"/sites/{site}/pages", body).status_code == 409
    assert send("POST", f"{path}/microsoft.graph.sitePage/publish").status_code == 204
    assert [send("DELETE", path).status_code, graph.get(path).status_code] == [204, 404]


def test_a_library_can_be_made_and_filled(graph, send, site):
    body = {"displayName": "Rules restored", "list": {"template": "documentLibrary"}}

    made, twice = (send("POST", f"/sites/{site}/lists", body) for _ in range(2))

    assert (made.status_code, twice.status_code) == (201, 409)
    assert made.json()["list"]["template"] == "documentLibrary"
    [drive] = [one["id"] for one in graph.value(f"/sites/{site}/drives") if one["name"] == "Rules restored"]
    assert send("PUT", f"/drives/{drive}/root:/a.txt:/content", data=b"one").status_code == 201
    assert {entry["name"] for entry in graph.round(f"/drives/{drive}/root/delta")[0]} == {"root", "a.txt"}


def test_the_backup_app_may_write_nothing(graph, drive, site, microsoft):
    for route in microsoft.control("/routes"):
        if route["part"] != "drives" or route["method"] == "GET":
            continue
        path = route["template"].format(
            drive=drive.rpartition("/")[2], item="x", path="x", site=site, site_list="Tasks", page="x", permission="x"
        )
        answer = graph.client.request(route["method"], f"{graph.base}{path}", json={})
        assert answer.status_code == 403, route


@NEEDS_DESCRIPTION
def test_what_writing_calls_answer_is_as_microsoft_describes(description, send, drive, site, dental, microsoft):
    exceptions = ("microsoft.graph.identitySet",)

    def check(path, answer):
        assert answer.status_code < 300, answer.text
        found = description.findings(path.partition("?")[0], answer.status_code, answer.json())
        assert [one for one in found if not one.endswith(exceptions)] == [], path
        return answer.json()

    file = check(f"{drive}/items/x", send("PUT", f"{drive}/root:/a.txt:/content", data=b"one"))
    path = f"{drive}/items/{file['id']}"
    check(path, send("PUT", f"{path}/content", data=b"two"))
    check(path, send("PATCH", path, {"name": "b.txt"}))
    check(path, send("POST", f"{drive}/root/children", {"name": "F", "folder": {}}))
    check(f"{path}/permissions/x", send("POST", f"{path}/createLink", {"type": "edit", "scope": "anonymous"}))
    invited = {"recipients": [{"objectId": dental["admin_id"]}], "roles": ["read"], "sendInvitation": False}
    check(f"{path}/permissions", send("POST", f"{path}/invite", invited))
    session = send("POST", f"{path}/createUploadSession", {})
    assert description.findings_of("uploadSession", 200, session.json()) == []
    library = {"displayName": "D", "list": {"template": "documentLibrary"}}
    check(f"/sites/{site}/lists/x", send("POST", f"/sites/{site}/lists", library))
    made = check(f"/sites/{site}/lists/x", send("POST", f"/sites/{site}/lists", {"displayName": "L"}))
    items = f"/sites/{site}/lists/{made['id']}/items"
    item = check(f"{items}/x", send("POST", items, {"fields": {"Title": "x"}}))
    check(f"{items}/x/fields", send("PATCH", f"{items}/{item['id']}/fields", {"Title": "y"}))
