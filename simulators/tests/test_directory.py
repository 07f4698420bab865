"""The directory and the sites, as Portico reads them."""

import pytest


def _live(truth, **wanted) -> list[dict]:
    return [
        user
        for user in truth()["users"]
        if user["state"] == "live" and all(user[name] == value for name, value in wanted.items())
    ]


def test_the_organization_names_its_domains(graph, dental):
    [organization] = graph.value("/organization")

    assert (organization["id"], organization["displayName"]) == (dental["id"], "Acme Dental")
    domains = {domain["name"]: domain["isDefault"] for domain in organization["verifiedDomains"]}
    assert domains == {dental["domain"]: True, dental["initial_domain"]: False}


def test_licences_are_counted(graph, truth):
    [sku] = graph.value("/subscribedSkus")

    assert sku["consumedUnits"] == len(_live(truth, licensed=True)) <= sku["prepaidUnits"]["enabled"]


def test_every_live_user_is_listed_once_however_small_the_pages(graph, truth):
    listed = [user["id"] for user in graph.value("/users?$select=id&$top=2")]

    assert sorted(listed) == sorted(user["id"] for user in _live(truth))


def test_only_what_is_selected_is_shown(graph, dental):
    one = graph.get(f"/users/{dental['user_id']}?$select=displayName,MAIL").json()
    some = graph.get("/users?$select=userPrincipalName").json()["value"]

    assert set(one) == {"@odata.context", "displayName", "mail"}
    assert {name for user in some for name in user} == {"userPrincipalName"}
    assert one["@odata.context"].endswith("/v1.0/$metadata#users(displayName,mail)/$entity")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("$select=shoeSize", "BadRequest"),
        ("$select=", "BadRequest"),
        ("$filter=shoeSize eq 'x'", "Request_UnsupportedQuery"),
        ("$filter=displayName gt 'x'", "BadRequest"),
        ("$filter=accountEnabled eq 'yes'", "BadRequest"),
        ("$filter=displayName eq", "BadRequest"),
        ("$filter=endswith(mail,'x')", "Request_UnsupportedQuery"),
        ("$filter=startswith(accountEnabled,'t')", "BadRequest"),
        ("$filter=displayName eq 'x' displayName", "BadRequest"),
        ("$filter=displayName eq 'x' and ^", "BadRequest"),
        ("$top=0", "Request_UnsupportedQuery"),
        ("$top=1000", "Request_UnsupportedQuery"),
        ("$skiptoken=made-up", "Directory_ExpiredPageToken"),
        ("$nonsense=1", "BadRequest"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(graph, query, code):
    answer = graph.get(f"/users?{query}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_page_of_one_list_is_none_of_another(graph):
    link = graph.get("/users?$top=1").json()["@odata.nextLink"]

    answer = graph.get(link.replace("/users?", "/groups?"))

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("userType eq 'Guest'", {"guest"}),
        ("userType ne 'Guest' and accountEnabled eq true", {"member", "on_premises"}),
        ("accountEnabled eq false and startswith(displayName,'room')", {"room"}),
        (
            "not(accountEnabled eq true) and (startswith(displayName,'Room') or startswith(mail,'info@'))",
            {"room", "shared"},
        ),
        ("mail eq 'INFO@acme-dental.example'", {"shared"}),
        ("userPrincipalName eq 'siobhan.o''neill@acme-dental.example'", {"member"}),
    ],
)
def test_filters_find_whom_they_name(graph, truth, query, kinds):
    known = {user["id"]: user["kind"] for user in truth()["users"]}

    found = {known[user["id"]] for user in graph.value(f"/users?$filter={query}&$select=id&$top=1")}

    assert found == kinds


def test_counting_needs_patience_with_consistency(graph, truth):
    eventual = graph.get("/users?$count=true&$top=1", ConsistencyLevel="eventual").json()
    plain = graph.get("/users?$count=true&$top=1").json()

    assert eventual["@odata.count"] == len(_live(truth))
    assert "@odata.count" not in plain


def test_somebody_is_found_by_id_and_by_sign_in_name(graph, dental):
    by_id = graph.get(f"/users/{dental['user_id']}").json()
    by_name = graph.get(f"/users/{dental['user_upn'].upper()}").json()

    assert by_id == by_name
    assert graph.get("/users/nobody@acme-dental.example").json()["error"]["code"] == "Request_ResourceNotFound"


def test_guests_look_like_guests_and_shared_mailboxes_have_no_licence(graph, truth):
    shown = {user["id"]: user for user in graph.value("/users?$select=*")}
    [guest], [shared] = _live(truth, kind="guest"), _live(truth, kind="shared")

    assert shown[guest["id"]]["userType"] == "Guest"
    assert shown[guest["id"]]["creationType"] == "Invitation"
    assert shown[guest["id"]]["externalUserState"] == "Accepted"
    assert "#EXT#" in shown[guest["id"]]["userPrincipalName"]
    assert (shown[shared["id"]]["accountEnabled"], shown[shared["id"]]["assignedPlans"]) == (False, [])
    [member, *_] = _live(truth, kind="member")
    plans = {plan["service"] for plan in shown[member["id"]]["assignedPlans"] if plan["capabilityStatus"] == "Enabled"}
    assert {"exchange", "SharePoint", "TeamspaceAPI"} <= plans


def test_mailbox_settings_say_what_a_mailbox_is_for(graph, truth):
    for user in _live(truth):
        answer = graph.get(f"/users/{user['id']}/mailboxSettings?$select=userPurpose")
        if user["kind"] in ("guest", "on_premises"):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")
        else:
            purpose = {"member": "user", "disabled": "user"}.get(user["kind"], user["kind"])
            assert (answer.json()["userPurpose"], set(answer.json())) == (purpose, {"@odata.context", "userPurpose"})


def test_a_drive_is_there_only_when_it_was_provisioned(graph, truth):
    drives = {user["id"]: graph.get(f"/users/{user['id']}/drive") for user in _live(truth)}

    assert {key for key, answer in drives.items() if answer.status_code == 200} == {
        user["id"] for user in _live(truth, drive=True)
    }
    assert {answer.status_code for answer in drives.values()} == {200, 404}
    assert len({answer.json()["id"] for answer in drives.values() if answer.status_code == 200}) == 2


def test_the_bin_holds_who_left_until_they_are_purged(graph, microsoft, dental, truth):
    [before] = graph.value("/directory/deletedItems/microsoft.graph.user?$select=id,deletedDateTime,userPrincipalName")
    assert before["deletedDateTime"]
    assert before["userPrincipalName"].startswith(before["id"].replace("-", ""))

    microsoft.mutate(
        dental, {"op": "purge_user", "user": before["id"]}, {"op": "delete_user", "user": dental["user_id"]}
    )

    assert [user["id"] for user in graph.value("/directory/deletedItems/microsoft.graph.user")] == [dental["user_id"]]
    assert graph.get(f"/users/{dental['user_id']}").status_code == 404


def test_groups_and_teams_are_told_apart(graph, truth):
    groups, teams = graph.value("/groups"), graph.value("/teams")
    as_groups = graph.value("/groups?$filter=resourceProvisioningOptions/Any(x:x eq 'Team')")
    unified = graph.value("/groups?$filter=groupTypes/any(c:c eq 'Unified')&$select=id")

    assert {group["id"] for group in groups} == {group["id"] for group in truth()["groups"]}
    assert [team["id"] for team in teams] == [group["id"] for group in as_groups]
    assert {group["id"] for group in unified} == {group["id"] for group in truth()["groups"] if group["unified"]}
    assert graph.get(f"/teams/{teams[0]['id']}").json()["isArchived"] is False
    security = next(group for group in groups if group["securityEnabled"])
    assert graph.get(f"/teams/{security['id']}").status_code == 404


def test_members_of_nested_groups_are_found_at_any_depth(graph, microsoft, dental, truth):
    managers = next(group for group in truth()["groups"] if group["nested_groups"])
    leadership = next(group for group in truth()["groups"] if group["id"] == managers["nested_groups"][0])
    # A circle must not be walked for ever.
    microsoft.mutate(dental, {"op": "add_member", "group": leadership["id"], "member": managers["id"]})
    path = f"/groups/{managers['id']}"

    direct = graph.value(f"{path}/members?$select=id,displayName,userPrincipalName&$top=1")
    deep = graph.value(f"{path}/transitiveMembers?$select=id")
    people = graph.value(f"{path}/transitiveMembers/microsoft.graph.user?$select=id,mail&$top=1")

    types = {one["@odata.type"] for one in direct}
    assert types == {"#microsoft.graph.user", "#microsoft.graph.group"}
    assert {one["id"] for one in direct} == set(managers["members"])
    expected = {*managers["members"], *leadership["members"]} - {leadership["id"]}
    assert {one["id"] for one in people} == expected
    assert {one["id"] for one in deep} >= expected | {leadership["id"]}
    assert all(set(one) == {"id", "mail"} for one in people)


def test_a_member_property_nobody_has_is_refused(graph, truth):
    group = truth()["groups"][0]["id"]

    assert graph.get(f"/groups/{group}/members?$select=shoeSize").status_code == 400
    assert graph.get("/groups/all-staff/members").json()["error"]["code"] == "Request_BadRequest"
    assert graph.get(f"/groups/{group[:-4]}0000/members").status_code == 404


def test_owners_are_listed(graph, truth):
    for group in truth()["groups"]:
        assert [one["id"] for one in graph.value(f"/groups/{group['id']}/owners")] == group["owners"]


def test_who_is_deleted_is_no_member_any_more(graph, microsoft, dental, truth):
    everybody = next(group for group in truth()["groups"] if group["display_name"] == "All staff")

    microsoft.mutate(dental, {"op": "delete_user", "user": dental["user_id"]})
    without = graph.value(f"/groups/{everybody['id']}/members?$select=id")
    microsoft.mutate(dental, {"op": "restore_user", "user": dental["user_id"]})

    assert {one["id"] for one in without} == set(everybody["members"]) - {dental["user_id"]}
    assert len(graph.value(f"/groups/{everybody['id']}/members")) == len(everybody["members"])


def test_all_sites_include_those_of_onedrive(graph, truth):
    sites = {site["id"]: site for site in graph.value("/sites/getAllSites?$top=2")}

    assert {key: site["isPersonalSite"] for key, site in sites.items()} == {
        site["id"]: site["personal"] for site in truth()["sites"]
    }
    assert all("hostname" in site["siteCollection"] for site in sites.values())


def test_a_site_is_found_by_id_by_host_and_by_path(graph, dental, truth):
    host = dental["sharepoint_host"]
    intranet = next(site for site in truth()["sites"] if site["path"] == "/sites/intranet")
    personal = next(site for site in truth()["sites"] if site["personal"])

    for path in (f"/sites/{intranet['id']}", f"/sites/{host}:/sites/Intranet", f"/sites/{host}:/sites/intranet:"):
        assert graph.get(path).json()["id"] == intranet["id"], path
    assert graph.get("/sites/root").json()["id"] == graph.get(f"/sites/{host}").json()["id"]
    assert graph.get(f"/sites/{dental['onedrive_host']}:{personal['path']}").json()["id"] == personal["id"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/sites/acme-dental.sharepoint.example:/sites/nowhere", 404, "itemNotFound"),
        ("/sites/rival.sharepoint.example:/sites/intranet", 400, "invalidRequest"),
        ("/sites/acme-dental.sharepoint.example,x,y", 400, "invalidRequest"),
        ("/sites/acme-dental.sharepoint.example:/personal/nobody", 404, "itemNotFound"),
    ],
)
def test_a_site_that_is_not_there_is_said_not_to_be(graph, path, status, code):
    answer = graph.get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_sites_are_searched_by_name(graph):
    assert [site["displayName"] for site in graph.value("/sites?search=intra")] == ["Intranet"]
    assert len(graph.value("/sites?search=*")) == 4


def test_a_team_has_its_site(graph, truth):
    team = next(group for group in truth()["groups"] if group["team"])

    site = graph.get(f"/groups/{team['id']}/sites/root").json()

    assert next(one for one in truth()["sites"] if one["id"] == site["id"])["group_id"] == team["id"]


def test_every_answer_can_be_named_afterwards(graph):
    answer = graph.get("/organization", client_request_id="mine-1")
    refusal = graph.get("/users/nobody", client_request_id="mine-2")

    assert (answer.headers["client-request-id"], bool(answer.headers["request-id"])) == ("mine-1", True)
    inner = refusal.json()["error"]["innerError"]
    assert (inner["client-request-id"], inner["request-id"]) == ("mine-2", refusal.headers["request-id"])
