"""The feed of groups: who joined, who left, and teams that end."""

from simulators.tests.clients import Graph

DAY = 86_400


def _ids(entries: list[dict]) -> list[str]:
    return [entry["id"] for entry in entries]


def _reasons(entries: list[dict]) -> dict[str, str]:
    return {entry["id"]: entry["@removed"]["reason"] for entry in entries if "@removed" in entry}


def _create(microsoft, tenant, name: str) -> str:
    return microsoft.mutate(tenant, {"op": "create_user", "display_name": name})[0]["id"]


def test_groups_tell_who_joined_and_who_left(graph, microsoft, dental, truth):
    told, link, _ = graph.round("/groups/delta?$select=displayName,members")
    assert {entry["id"]: sorted(_ids(entry["members@delta"])) for entry in told} == {
        group["id"]: sorted(group["members"]) for group in truth()["groups"]
    }

    everybody = next(group for group in truth()["groups"] if group["display_name"] == "All staff")
    nina = _create(microsoft, dental, "Nina Roth")
    operations = [
        {"op": "add_member", "group": everybody["id"], "member": nina},
        {"op": "remove_member", "group": everybody["id"], "member": dental["admin_id"]},
        {"op": "add_member", "group": everybody["id"], "member": dental["admin_id"]},
        {"op": "remove_member", "group": everybody["id"], "member": dental["user_id"]},
    ]
    microsoft.mutate(dental, *operations)
    [changed] = graph.round(link)[0]

    steps = {step["id"]: step.get("@removed", {}).get("reason") for step in changed["members@delta"]}
    assert changed["id"] == everybody["id"]
    assert len(changed["members@delta"]) == len(steps)
    assert steps == {nina: None, dental["admin_id"]: None, dental["user_id"]: "deleted"}


def test_who_does_not_ask_for_members_is_not_told_of_them(graph, microsoft, dental):
    told, link, _ = graph.round("/groups/delta?$select=displayName")
    default, _, _ = graph.round("/groups/delta")
    microsoft.mutate(dental, {"op": "remove_member", "group": "All staff", "member": dental["user_id"]})

    assert not any("members@delta" in entry for entry in told)
    assert all("members@delta" in entry for entry in default)
    assert graph.round(link)[0] == []


def test_deleting_somebody_takes_them_out_of_their_groups(graph, microsoft, dental, truth):
    _, link, _ = graph.round("/groups/delta?$select=members")
    microsoft.mutate(dental, {"op": "delete_user", "user": dental["user_id"]})

    told, link, _ = graph.round(link)
    microsoft.mutate(dental, {"op": "restore_user", "user": dental["user_id"]})
    back, _, _ = graph.round(link)

    groups = {group["id"] for group in truth()["groups"] if dental["user_id"] in group["members"]}
    step = {"@odata.type": "#microsoft.graph.user", "id": dental["user_id"]}
    assert {entry["id"] for entry in told} == {entry["id"] for entry in back} == groups
    assert all(entry["members@delta"] == [step | {"@removed": {"reason": "deleted"}}] for entry in told)
    assert all(entry["members@delta"] == [step] for entry in back)


def test_a_group_with_many_members_comes_in_parts(microsoft):
    big = microsoft.add_tenant("Bolt Bakery", size={"users": 2300, "teams": 3})
    microsoft.consent(big, microsoft.apps["backup"].client_id)

    told, _, requests = Graph(microsoft, big).round("/groups/delta?$select=members")

    groups = {group["id"]: set(group["members"]) for group in microsoft.manifest(big)["groups"]}
    parts = [(entry["id"], _ids(entry["members@delta"])) for entry in told]
    assert requests == 3
    assert {group: {member for key, part in parts if key == group for member in part} for group in groups} == groups
    assert sum(len(part) for _, part in parts) == sum(map(len, groups.values()))


def test_teams_that_end_end_in_the_feeds_of_groups_and_sites(graph, microsoft, dental, truth):
    team = next(group for group in truth()["groups"] if group["team"])
    _, groups, _ = graph.round("/groups/delta?$select=displayName")
    _, sites, _ = graph.round("/sites/delta")

    microsoft.mutate(dental, {"op": "delete_group", "group": team["id"]})
    site = graph.round(sites)[0]
    told, groups, _ = graph.round(groups)
    microsoft.advance(6 * DAY)
    microsoft.advance(1)
    security = next(group for group in truth()["groups"] if group["display_name"] == "Leadership")
    microsoft.mutate(dental, {"op": "delete_group", "group": security["id"]})
    later, _, _ = Graph(microsoft, dental).round(groups)

    assert _reasons(told) == {team["id"]: "changed"}
    assert [entry["deleted"] for entry in site] == [{"state": "deleted"}]
    assert _reasons(later) == {security["id"]: "deleted"}
