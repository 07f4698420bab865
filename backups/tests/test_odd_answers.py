"""Answers as no tenant should give them: half an entry, a name that is no name, news older than what we know."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from backups.tests.looks import Clock, connected, differences, look, person
from organizations.models import Item


@pytest.fixture
def dental(source, acme):
    connection = connected(source, acme)
    look(connection)
    return connection


def tell(source, feed, *entries):
    """Let the next page of a feed hold ``entries``, and end the round."""
    link = f"{source.graph_url}/v1.0/{feed}/delta?$deltatoken=made-up"
    body = {"value": list(entries), "@odata.deltaLink": link}
    source.fault({"status": 200, "body": body}, path=f"/{feed}/delta", times=1)


def test_who_is_gone_for_good_is_not_brought_back_into_the_bin_by_old_news(source, dental):
    mia = person(source, dental)["id"]
    tell(source, "users", {"id": mia, "@removed": {"reason": "deleted"}})
    look(dental)
    tell(source, "users", {"id": mia, "@removed": {"reason": "changed"}})

    look(dental)

    assert Item.objects.get(remote_id=mia).presence == "GONE"
    assert AuditEntry.objects.filter(action="item.gone").count() == 1


def test_a_reason_nobody_knows_keeps_the_most_and_strangers_are_no_news(source, dental):
    mia = person(source, dental)["id"]
    tell(
        source, "users",
        {"id": mia, "@removed": {"reason": "evaporated"}},
        {"id": "nobody-we-know", "@removed": {"reason": "deleted"}},
        {"id": "nobody-either", "@removed": "?"},
    )  # fmt: skip

    look(dental)

    assert Item.objects.get(remote_id=mia).presence == "DELETED"
    assert not Item.objects.filter(remote_id__startswith="nobody").exists()


def test_half_an_entry_changes_only_what_it_speaks_of(source, dental):
    mia = person(source, dental)
    before = Item.objects.get(remote_id=mia["id"])
    tell(source, "users", {"id": mia["id"], "displayName": "Mia Half"})

    look(dental)

    after = Item.objects.get(remote_id=mia["id"])
    assert after.name == "Mia Half"
    for name in ("address", "is_external", "is_enabled", "has_mail_plan", "mailbox", "presence"):
        assert getattr(after, name) == getattr(before, name)


def test_entries_nobody_can_be_known_by_are_left_out_and_the_others_are_taken(source, dental):
    tell(
        source, "users",
        {"displayName": "No id"}, {"id": None, "displayName": "Null"}, {"id": 7, "displayName": "Seven"},
        {"id": "x" * 300, "displayName": "Long id"}, {"id": "a\0b", "displayName": "NUL id"}, "no entry at all",
        {"id": "no-name-and-no-address"}, {"id": "fine", "displayName": "Fine", "mail": "fine@acme.example"},
    )  # fmt: skip

    found = look(dental)

    assert found.discovery == "IDLE"
    assert list(Item.objects.filter(is_new=True).values_list("name", "address")) == [("Fine", "fine@acme.example")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Mi\0a", "Mia"),
        ("x" * 10_000, "x" * 256),
        ("İ" * 256, "İ" * 256),
        ("  Mia  ", "Mia"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Mia\r\nBcc: all@acme.example", "Mia  Bcc: all@acme.example"),
        ("\u202eaiM 👩‍🔬", "\u202eaiM 👩‍🔬"),
        (None, ""),
        (["Mia"], ""),
    ],
)
def test_names_of_any_kind_fit_and_break_nothing(source, dental, given, kept):
    tell(source, "users", {"id": "odd", "displayName": given, "userPrincipalName": "odd@acme.example"})

    assert look(dental).discovery == "IDLE"

    assert Item.objects.get(remote_id="odd").name == kept


def test_kinds_of_everything_that_nobody_has_heard_of_are_taken_calmly(source, dental):
    tell(
        source, "users",
        {
            "id": "new", "displayName": "Newton", "userType": "Hologram", "accountEnabled": "maybe",
            "assignedPlans": [{"service": "exchange", "capabilityStatus": "Dreaming"}, None, 3], "aura": {"hue": 7},
        },
    )  # fmt: skip
    tell(source, "groups", {"id": "g", "displayName": "Gang", "resourceProvisioningOptions": ["Metaverse"]})
    source.fault({"status": 200, "body": {"userPurpose": "hologram"}}, path="/users/new/mailboxSettings")

    look(dental)

    newton = Item.objects.get(remote_id="new")
    assert (newton.is_external, newton.is_enabled, newton.has_mail_plan, newton.mailbox) == (
        False,
        True,
        False,
        "OTHER",
    )
    assert not Item.objects.filter(remote_id="g").exists()


def test_guests_are_known_by_any_of_three_marks(source, dental):
    tell(
        source, "users",
        {"id": "1", "displayName": "By type", "userType": "Guest", "assignedPlans": []},
        {"id": "2", "displayName": "By name", "userPrincipalName": "x_y.example#EXT#@acme.example"},
        {"id": "3", "displayName": "By state", "externalUserState": "PendingAcceptance"},
        {"id": "4", "displayName": "At home", "userType": "Member", "externalUserState": None},
    )  # fmt: skip

    look(dental)

    found = Item.objects.filter(is_new=True).order_by("remote_id").values_list("remote_id", "is_external", "skipped_as")
    assert list(found) == [("1", True, "EXTERNAL"), ("2", True, "EXTERNAL"), ("3", True, "EXTERNAL"), ("4", False, "")]
    # A guest without a plan has no mailbox here, and is not asked about.
    assert Item.objects.get(remote_id="1").mailbox == "NONE"


def test_a_team_that_is_a_plain_group_again_is_gone_and_the_group_is_not(source, dental):
    team = Item.objects.get(kind="TEAM")
    tell(source, "groups", {"id": team.remote_id, "displayName": team.name, "resourceProvisioningOptions": []})

    look(dental)

    team.refresh_from_db()
    assert team.presence == "GONE"
    assert not dental.groups.get(remote_id=team.remote_id).is_gone


@pytest.mark.parametrize("page", [{"value": "no list"}, {}, {"value": [], "@odata.nextLink": 7}, [1]])
def test_a_page_that_is_none_ends_the_feed_in_words_and_heals(source, dental, page):
    source.fault({"status": 200, "body": page}, path="/users/delta")

    found = look(dental)

    assert found.discovery == "FAILED"
    assert found.discovery_problem.startswith("Microsoft 365 could not list accounts: ")
    source.heal()
    assert look(dental).discovery == "IDLE"
    assert differences(source, dental) == []


def test_in_a_listing_two_links_on_a_page_do_not_end_it_early(source, dental):
    clock = Clock(source)
    clock.forward(timedelta(days=8))
    source.fault({"two_deltalinks": True}, path="/users/delta", when={"nth": 1})

    found = look(dental, clock=clock)

    assert (found.discovery, found.discovery_problem) == ("IDLE", "")
    assert differences(source, dental) == []
    assert not AuditEntry.objects.filter(action="item.gone").exists()
