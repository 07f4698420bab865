"""A team comes back: what it is, who is in it, its channels and tabs, and what was said there."""

import re

import pytest

from backups.connectors.base import CannotBeRestored, Obstacle, ProviderBusy
from backups.connectors.contract import Source
from backups.connectors.microsoft365.restore_teams import TeamsRestorer
from backups.connectors.microsoft365.teams import TeamsConnector
from backups.connectors.restoring import Conflict, Less
from backups.models import RestoreObject
from backups.tests.backing_up import back_up, protect
from backups.tests.connector_contract import graph_of
from backups.tests.looks import Clock, connected, look
from backups.tests.restorer_contract import put_back, put_surely
from backups.tests.restores_made import let_write, states
from backups.tests.restores_made import put_back as brought_back
from backups.tests.restoring import MemoryTree, assignment_of, saved_tree
from organizations.models import Item

FOLDER = "Restored 22 Nov 2026"


@pytest.fixture
def tenant(microsoft):
    tenant = microsoft.add_tenant("Acme Dental", size="tiny", seed="teeth")
    for name in ("backup", "restore"):
        microsoft.consent(tenant, microsoft.apps[name].client_id)
    return tenant


@pytest.fixture
def team(microsoft, tenant):
    return Source(microsoft.team(tenant)["id"], "TEAM")


@pytest.fixture
def restorer(microsoft, tenant):
    with graph_of(microsoft, tenant, "restore", clock=Clock(microsoft)) as graph:
        yield TeamsRestorer(graph)


@pytest.fixture
def read(microsoft, tenant):
    """Return what is saved of a team now."""

    def _read(source):
        with graph_of(microsoft, tenant) as graph:
            return saved_tree(TeamsConnector(graph), source)

    return _read


def only(tree, *types):
    """Return a tree of which only feeds of these types are put back."""
    return MemoryTree(tree.all_feeds, {key: one for key, one in tree.objects.items() if one.feed.type in types})


def said(tree):
    """Return {channel: texts of its posts and answers}."""
    found = {}
    for one in tree.objects.values():
        if one.feed.type == "channel":
            texts = found.setdefault(one.feed.name, set())
            for message in (one.record, *one.record.get("replies", [])):
                if message.get("messageType") == "message" and not message.get("deletedDateTime"):
                    texts.add(re.sub(r"<[^>]+>|\s+", "", str(message["body"]["content"])))
    return found


def is_said(one):
    return one.record.get("messageType") == "message"


def in_nobodys_inbox(microsoft, tenant):
    return (
        microsoft.control(f"/tenants/{tenant['id']}/outbox"),
        microsoft.control(f"/tenants/{tenant['id']}/invitations"),
    )


def test_people_tabs_and_settings_that_were_lost_come_back(microsoft, tenant, team, restorer, read):
    saved = read(team)
    owner_free = [one for one in saved.objects.values() if one.feed.type == "members" and not one.feed.parent]
    gone = next(one for one in owner_free if "owner" not in one.record.get("roles", []))
    microsoft.mutate(tenant, {"op": "remove_member", "group": team.remote_id, "member": gone.record["userId"]})

    tree = only(saved, "settings", "members", "tabs", "apps")
    result = put_back(restorer, assignment_of(team, tree, folder="", conflict=Conflict.SKIP))

    now = read(team)
    members = {
        one.record["userId"] for one in now.objects.values() if one.feed.type == "members" and not one.feed.parent
    }
    assert gone.record["userId"] in members
    assert result.failed == {}
    assert gone.id in result.outcomes
    assert in_nobodys_inbox(microsoft, tenant) == ([], [])


def test_what_was_said_comes_back_as_a_page_to_read(microsoft, tenant, team, restorer, read):
    saved = read(team)
    tree = only(saved, "channel")

    result = put_back(restorer, assignment_of(team, tree, folder=FOLDER))
    again = put_back(restorer, assignment_of(team, tree, folder=FOLDER, key="restore-2"))

    assert result.failed == again.failed == {}
    assert result.lacking >= {Less.TRANSCRIPT}
    assert said(read(team)) == said(saved)
    pages = [
        one for drive in microsoft.drives(tenant)["drives"] for one in drive["items"]
        if FOLDER in one["path"] and one["path"].endswith(".html")
    ]  # fmt: skip
    channels = {one.feed.id for one in tree.objects.values()}
    assert len({one["id"] for one in pages}) >= len(channels)
    assert in_nobodys_inbox(microsoft, tenant) == ([], [])


def test_a_channel_without_a_place_for_files_is_waited_for_while_it_is_new(microsoft, tenant, team, restorer, read):
    microsoft.mutate(tenant, {"op": "create_channel", "team": team.remote_id, "name": "Deliveries"})
    where = {"team": team.remote_id, "channel": "Deliveries"}
    microsoft.mutate(tenant, {"op": "post_message", "body": "<p>They are late.</p>", **where})
    saved = read(team)
    order = assignment_of(team, saved, folder=FOLDER)
    posts = {one.feed.name: one for one in saved.objects.values() if one.feed.type == "channel" and is_said(one)}
    gone = {"error": {"code": "NotFound", "message": "There is no folder."}}
    microsoft.fault({"status": 404, "body": gone}, path="/filesFolder")

    with pytest.raises(ProviderBusy):
        put_surely(restorer, order, posts["Deliveries"])
    with pytest.raises(CannotBeRestored, match="open its Files tab once") as refusal:
        put_surely(restorer, order, posts["General"])

    assert refusal.value.obstacle == Obstacle.LOCKED
    microsoft.heal()
    assert put_surely(restorer, order, posts["General"]).id


def test_what_was_said_comes_back_as_messages_with_their_dates(microsoft, tenant, team, restorer, read):
    saved = read(team)
    tree = only(saved, "channel")

    skipped = put_back(restorer, assignment_of(team, tree, folder=FOLDER, as_messages=True))
    result = put_back(
        restorer, assignment_of(team, tree, folder=FOLDER, as_messages=True, conflict=Conflict.COPY, key="restore-2")
    )

    now = read(team)
    assert not skipped.outcomes
    assert {one.obstacle for one in result.failed.values()} <= {Obstacle.NOT_RESTORABLE}
    apart = {name: texts for name, texts in said(now).items() if FOLDER in name}
    general = next(texts for name, texts in apart.items() if name.startswith("General"))
    assert len(general) >= len(said(saved)["General"]) * 0.9
    # Each is there in the second it was written in, by whoever is still in the team.
    moments = {one.record["createdDateTime"][:19] for one in tree.objects.values() if one.id in result.outcomes}
    brought = [one.record for one in now.objects.values() if FOLDER in one.feed.name and is_said(one)]
    assert {one["createdDateTime"][:19] for one in brought} == moments
    assert len({one["from"]["user"]["id"] for one in brought}) > 1
    # And nobody is kept from writing there any more.
    modes = [one.record.get("migrationMode") for one in now.all_feeds if one.type == "channel"]
    assert "inProgress" not in modes
    assert "completed" in modes
    assert in_nobodys_inbox(microsoft, tenant) == ([], [])


def test_a_team_that_is_gone_is_made_anew_and_filled(microsoft, tenant, team, restorer, read):
    saved = read(team)
    microsoft.mutate(tenant, {"op": "delete_group", "group": team.remote_id})
    tree = only(saved, "settings", "members", "channel")
    assignment = assignment_of(team, tree, folder="")

    restorer.check(assignment)
    result = put_back(restorer, assignment)

    name = next(one for one in saved.objects.values() if one.feed.type == "settings").record["displayName"]
    live = [
        one for one in microsoft.manifest(tenant)["groups"] if one["display_name"] == name and one["state"] == "live"
    ]
    assert len(live) == 1
    assert live[0]["id"] != team.remote_id
    members = {one for one in live[0]["members"]} | {one for one in live[0]["owners"]}
    people = {
        one.record["userId"] for one in saved.objects.values() if one.feed.type == "members" and not one.feed.parent
    }
    assert members >= people - {one for one in people if one in result.failed}


def test_mails_to_the_group_are_never_put_back(team, restorer, read):
    saved = read(team)
    mail = next(one for one in saved.objects.values() if one.feed.type == "conversations")

    assert restorer.turn(mail.feed, mail.facts) == -1
    with pytest.raises(CannotBeRestored) as refusal:
        put_surely(restorer, assignment_of(team, saved), mail)
    assert refusal.value.obstacle == Obstacle.NOT_RESTORABLE


@pytest.mark.django_db(transaction=True)
def test_a_team_that_was_backed_up_is_put_back_by_a_worker(source, vault_store, acme, cast, clock):
    connection = connected(source, acme, size={"users": 3, "teams": 1, "sites": 0})
    look(connection)
    item = Item.objects.get(connection=connection, kind="TEAM")
    protect(connection, item.name)
    back_up(connection, clock)
    let_write(connection, source)

    restore = brought_back(item, cast["ada"].user, clock, kinds=["TEAMS"], conflict="COPY")

    assert (restore.state, restore.failed) == ("DONE", 0), states(restore)
    assert restore.restored > 10
    written = RestoreObject.objects.filter(part__restore=restore, less__contains=["TRANSCRIPT"])
    assert len(set(written.values_list("new_id", flat=True))) >= 4
    assert source.control(f"/tenants/{connection.tenant_id}/outbox") == []
