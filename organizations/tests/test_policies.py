"""What is backed up of an organization: saved whole, applied at once, never undone unseen."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.sentences import changes
from accounts.tests.test_members import in_two_threads
from jobs.models import Job
from organizations.actions.automation import protect_newcomers
from organizations.actions.filter_forecasts import counts_by_skip, forecast
from organizations.actions.group_members import request_members, unread_members
from organizations.actions.policies import PolicyChangedMeanwhile, edit_policy
from organizations.models import Group, GroupMember, Item, Organization, Policy
from organizations.models.organization import ConnectionState
from organizations.models.user_filter import UserFilter
from organizations.tests.factories import make_connection, make_item


@pytest.fixture
def tenant(acme):
    return make_connection(acme, domains=["acmedental.example"])


@pytest.fixture
def save(acme, cast, noon):
    """Save as somebody of the cast, at ``revision`` or the stored one."""

    def _save(who="ada", revision=None, at=noon, **values):
        stored = Policy.objects.get(organization=acme).revision
        return edit_policy(
            organization=acme, values=values, revision=stored if revision is None else revision,
            actor=cast[who].user, now=at,
        )  # fmt: skip

    return _save


def make_group(connection, name, members=None, **fields):
    """Make a group; with ``members`` (items) they are known already."""
    read_at = None if members is None else timezone.now()
    group = Group.objects.create(
        organization=connection.organization, connection=connection, remote_id=name, name=name,
        members_read_at=read_at, **fields,
    )  # fmt: skip
    GroupMember.objects.bulk_create(GroupMember(group=group, remote_id=item.remote_id) for item in members or [])
    return group


def edits():
    return list(AuditEntry.objects.filter(action="policy.edited").order_by("number"))


def test_ada_switches_a_service_off_and_the_log_says_what_was_before(save, acme):
    changed = save(teams=False, mail=True)

    policy = Policy.objects.get(organization=acme)
    assert (changed, policy.teams, policy.mail, policy.revision) == (["teams"], False, True, 1)
    assert [(entry.actor, entry.organization_id, changes(entry)) for entry in edits()] == [
        ("Ada Lindqvist", acme.pk, ["Teams: on → off"])
    ]


def test_the_same_values_again_change_nothing_and_write_nothing(save, acme):
    save(teams=False)

    assert save(teams=False, revision=0) == []

    assert (len(edits()), Policy.objects.get(organization=acme).revision) == (1, 1)


def test_groups_and_patterns_stand_in_the_log_by_name(save, tenant):
    sales = make_group(tenant, "Sales", members=[])

    save(skip_groups=[sales], skip_patterns=["test-*@*", "*@temp.example"])
    save(skip_groups=[], skip_patterns=["*@temp.example", "test-*@*"])

    assert [changes(entry) for entry in edits()] == [
        ["Skipped groups: – → Sales", "Skipped addresses: – → test-*@*, *@temp.example"],
        ["Skipped groups: Sales → –"],
    ]


def test_a_filter_is_applied_with_the_save_and_wins_over_a_choice_by_hand(save, acme, tenant):
    kim = make_item(tenant, "Kim Old", is_enabled=False, is_chosen=True)
    lena = make_item(tenant, "Lena Vogt", is_chosen=True)

    save(skip_disabled=True)

    for item in (kim, lena):
        item.refresh_from_db()
    acme.refresh_from_db()
    assert (kim.protection, kim.is_chosen, lena.protection) == ("SKIPPED", True, "PROTECTED")
    assert (acme.users_protected, acme.users_eligible, acme.items_skipped) == (1, 1, 1)
    assert [entry.action for entry in AuditEntry.objects.order_by("number")] == ["policy.edited", "item.skipped"]

    save(skip_disabled=False)

    kim.refresh_from_db()
    assert kim.protection == "PROTECTED"


def test_a_service_that_goes_off_leaves_the_filter_alone(save, tenant):
    guest = make_item(tenant, "Guest", is_external=True)

    save(mail=False)

    guest.refresh_from_db()
    assert guest.skipped_as == ""


def test_automatic_backup_counts_from_the_moment_it_was_switched_on(save, acme, tenant, noon):
    make_item(tenant, "Early", is_new=True, first_seen_at=noon - timedelta(hours=1))
    save(auto_users=True)
    make_item(tenant, "Late", is_new=True, first_seen_at=noon + timedelta(hours=1))
    make_item(tenant, "Late Guest", is_new=True, first_seen_at=noon + timedelta(hours=1), is_external=True,
              skipped_as="EXTERNAL")  # fmt: skip

    protect_newcomers(organization=acme, now=noon + timedelta(hours=2))

    policy = Policy.objects.get(organization=acme)
    assert policy.auto_users_since == noon
    assert policy.auto_sites_since is None
    assert [item.name for item in Item.objects.protected()] == ["Late"]

    save(auto_users=False)

    assert Policy.objects.get(organization=acme).auto_users_since is None


def test_an_unchanged_switch_keeps_its_beginning(save, acme, noon):
    save(auto_sites=True)

    save(auto_sites=True, auto_teams=True, at=noon + timedelta(days=1))

    policy = Policy.objects.get(organization=acme)
    assert (policy.auto_sites_since, policy.auto_teams_since) == (noon, noon + timedelta(days=1))


def test_ben_who_opened_the_page_before_ada_saved_is_told_and_changes_nothing(save, acme):
    save(teams=False)

    with pytest.raises(PolicyChangedMeanwhile) as problem:
        save("ben", revision=0, mail=False)

    assert (problem.value.entry.actor, changes(problem.value.entry)) == ("Ada Lindqvist", ["Teams: on → off"])
    assert Policy.objects.get(organization=acme).mail
    assert len(edits()) == 1


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_two_people_who_save_at_the_same_moment_do_not_undo_each_other(acme, cast, noon):
    def saving(who, **values):
        return lambda: edit_policy(organization=acme, values=values, revision=0, actor=cast[who].user, now=noon)

    outcomes = in_two_threads(saving("ada", teams=False), saving("ben", mail=False))

    policy = Policy.objects.get(organization=acme)
    assert sorted(map(str, outcomes)) == sorted([str(None), str(PolicyChangedMeanwhile)])
    assert (policy.revision, policy.teams + policy.mail, len(edits())) == (1, 1, 1)


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_a_double_click_saves_once(acme, cast, noon):
    def save_it():
        edit_policy(organization=acme, values={"skip_disabled": True}, revision=0, actor=cast["ada"].user, now=noon)

    assert in_two_threads(save_it, save_it) == [None, None]

    assert (Policy.objects.get(organization=acme).revision, len(edits())) == (1, 1)


def test_a_group_nobody_has_read_is_asked_for_once(save, tenant, noon):
    sales, known = make_group(tenant, "Sales"), make_group(tenant, "Known", members=[])

    save(skip_groups=[sales, known])
    request_members([sales], now=noon)

    job = Job.objects.get(kind="read_group_members")
    assert (job.subject_id, job.state) == (sales.pk, "QUEUED")


def test_a_reading_that_came_to_nothing_rests_before_it_is_asked_for_again(tenant, noon):
    sales = make_group(tenant, "Sales")
    request_members([sales], now=noon)
    Job.objects.update(state="QUARANTINED", finished_at=noon)

    soon = request_members([sales], now=noon + timedelta(minutes=5))
    later = request_members([sales], now=noon + timedelta(minutes=11))

    assert (soon.reading, soon.failed) == ([], [sales])
    assert (later.reading, later.failed) == ([sales], [])
    assert Job.objects.count() == 2


def test_a_group_that_is_gone_and_groups_without_access_are_not_asked_for(tenant, noon):
    gone = make_group(tenant, "Gone", is_gone=True)
    assert request_members([gone], now=noon).failed == [gone]

    tenant.state = ConnectionState.ACCESS_LOST
    tenant.save()
    sales = make_group(tenant, "Sales")

    assert unread_members([sales], now=noon).failed == [sales]
    request_members([sales], now=noon)

    assert not Job.objects.exists()


def make_everybody(connection, dice):
    """Make a tenant full of people of all kinds, some of them chosen, some not there any more."""
    names = ["test-anna", "Bob", "carl.x", "Dora", "temp_ed", "Finn", "guest.gil", "Hana", "iris", "Jo"]
    items = [
        make_item(
            connection,
            f"{dice.choice(names)}{number}",
            address=f"{dice.choice(names)}{number}@{dice.choice(['Acme.example', 'temp.example', 'acme+x.example'])}",
            kind=dice.choice(["USER"] * 8 + ["SITE", "TEAM"]),
            is_external=dice.random() < 0.2,
            is_enabled=dice.random() < 0.8,
            mailbox=dice.choice(["USER", "SHARED", "ROOM", "EQUIPMENT", "OTHER", "NONE", ""]),
            presence=dice.choice(["PRESENT"] * 5 + ["DELETED", "GONE"]),
            is_chosen=dice.random() < 0.5,
        )
        for number in range(40)
    ]
    groups = [make_group(connection, name, members=dice.sample(items, 6)) for name in ("Sales", "Staff", "Empty")]
    return items, groups


def values_of(dice, groups):
    patterns = ["test-*", "*@temp.example", "?ob*", "*+x*", "*.gil?@*", "carl.x*"]
    return {
        "skip_external": dice.random() < 0.5,
        "skip_shared_mailboxes": dice.random() < 0.5,
        "skip_disabled": dice.random() < 0.5,
        "skip_groups": dice.sample(groups, dice.randint(0, 3)),
        "skip_patterns": dice.sample(patterns, dice.randint(0, 4)),
    }


@pytest.mark.parametrize("seed", range(6))
def test_the_forecast_is_exactly_what_saving_does(save, acme, bolt, tenant, seed):
    dice = random.Random(seed)
    _, groups = make_everybody(tenant, dice)
    bolts = make_item(make_connection(bolt), "test-bolt", is_external=True, is_chosen=True)
    present = Item.objects.filter(organization=acme, presence="PRESENT")
    for _ in range(5):
        values = values_of(dice, groups)
        new = UserFilter(
            skip_external=values["skip_external"], skip_shared_mailboxes=values["skip_shared_mailboxes"],
            skip_disabled=values["skip_disabled"], groups=frozenset(group.pk for group in values["skip_groups"]),
            patterns=tuple(values["skip_patterns"]),
        )  # fmt: skip
        expected = forecast(acme, new)
        foreseen = set(new.skips(present).values_list("pk", "reason"))
        before = set(Item.objects.filter(organization=acme).protected().values_list("pk", flat=True))

        save(**values)

        after = set(Item.objects.filter(organization=acme).protected().values_list("pk", flat=True))
        assert set(present.exclude(skipped_as="").values_list("pk", "skipped_as")) == foreseen
        assert (expected.skipped, expected.losing, expected.returning) == (
            len(foreseen), len(before - after), len(after - before),
        )  # fmt: skip
        assert sum(part.count for part in expected.parts) == expected.skipped
        assert Organization.objects.get(pk=acme.pk).items_skipped == expected.skipped
    bolts.refresh_from_db()
    assert bolts.protection == "PROTECTED"


def test_the_forecast_names_first_who_loses_protection_and_never_more_than_ten(acme, tenant):
    for number in range(12):
        make_item(tenant, f"Guest {number:02}", is_external=True)
    make_item(tenant, "Zoe Last", is_external=True, is_chosen=True)

    expected = forecast(acme, UserFilter(skip_external=True))

    assert (expected.skipped, expected.losing, expected.unnamed) == (13, 1, 3)
    assert expected.names[:2] == ["Zoe Last", "Guest 00"]


def test_each_filter_alone_is_counted_for_the_note_beside_its_switch(acme, tenant):
    make_item(tenant, "Guest", is_external=True, is_enabled=False, is_chosen=True)
    make_item(tenant, "Reception", mailbox="SHARED", is_enabled=False)

    assert counts_by_skip(acme) == {
        "skip_external": (1, 1), "skip_shared_mailboxes": (1, 0), "skip_disabled": (1, 1),
    }  # fmt: skip


def test_what_a_forecast_costs_does_not_grow_with_the_people(acme, tenant, django_assert_num_queries):
    for size in (3, 30):
        for number in range(size):
            make_item(tenant, f"Guest {size}-{number}", is_external=True)
        with django_assert_num_queries(3):
            forecast(acme, UserFilter(skip_external=True, patterns=("*-1@*",)))
