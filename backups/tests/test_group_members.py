"""Whoever is in a group that the filter of Acme Dental names is left out, however deep the group is nested."""

from datetime import timedelta

import pytest
from django.utils import timezone

from backups.engine.group_members import read_members
from backups.tests.looks import Clock, connected, look, state_of
from jobs import claims
from jobs.models import Job
from jobs.requests import request_job
from organizations.models import Group, GroupMember, Item, Policy


@pytest.fixture
def dental(source, acme):
    connection = connected(source, acme)
    look(connection)
    yield connection
    assert source.unknown_calls() == []


def group_named(connection, name):
    return Group.objects.get(connection=connection, name=name)


def make_group(source, connection, name, *members):
    (made,) = source.mutate(connection.tenant_id, {"op": "create_group", "display_name": name})
    source.mutate(connection.tenant_id, *({"op": "add_member", "group": made["id"], "member": one} for one in members))
    return made["id"]


def staff(connection, count):
    people = Item.objects.filter(connection=connection, kind="USER", is_external=False, is_enabled=True)
    return list(people.order_by("pk").values_list("remote_id", flat=True)[:count])


def read(group, clock=timezone.now):
    key = f"read_group_members:{group.pk}"
    request_job("read_group_members", subject_id=group.pk, at=timezone.now(), key=key)
    claim = claims.claim(Job.objects.get(key=key, state="QUEUED").pk)
    read_members(group.pk, claim, clock=clock, sleep=getattr(clock, "sleep", lambda seconds: None))
    group.refresh_from_db()
    return claim


def test_members_of_groups_within_groups_are_members(source, dental):
    ann, bob = staff(dental, 2)
    inner = make_group(source, dental, "Hygienists", ann)
    make_group(source, dental, "Everybody else", inner, bob)
    look(dental)
    group = group_named(dental, "Everybody else")
    assert group.members_read_at is None

    claim = read(group)

    assert state_of(claim) == "DONE"
    assert set(group.members.values_list("remote_id", flat=True)) == {ann, bob}
    assert group.members_read_at is not None


def test_the_job_leaves_out_who_is_in_a_group_that_the_policy_names(source, dental, acme):
    (ann,) = staff(dental, 1)
    make_group(source, dental, "Leavers", ann)
    look(dental)
    group = group_named(dental, "Leavers")
    Policy.objects.get(organization=acme).skip_groups.add(group)
    job = request_job("read_group_members", subject_id=group.pk, at=timezone.now(), key="read_group_members")

    assert claims.run(job.pk) == "DONE"

    assert Item.objects.get(remote_id=ann).skipped_as == "GROUP"
    acme.refresh_from_db()
    assert acme.items_skipped == Item.objects.exclude(skipped_as="").count()


def test_every_look_keeps_the_members_of_named_groups_fresh(source, dental, acme):
    ann, bob = staff(dental, 2)
    group_id = make_group(source, dental, "Leavers", ann)
    look(dental)
    Policy.objects.get(organization=acme).skip_groups.add(group_named(dental, "Leavers"))
    look(dental)
    assert list(Item.objects.filter(skipped_as="GROUP").values_list("remote_id", flat=True)) == [ann]
    source.mutate(
        dental.tenant_id,
        {"op": "remove_member", "group": group_id, "member": ann},
        {"op": "add_member", "group": group_id, "member": bob},
    )

    look(dental)

    assert list(Item.objects.filter(skipped_as="GROUP").values_list("remote_id", flat=True)) == [bob]
    assert GroupMember.objects.count() == 1


def test_a_group_that_was_deleted_keeps_the_members_it_had(source, dental, acme):
    (ann,) = staff(dental, 1)
    group_id = make_group(source, dental, "Leavers", ann)
    look(dental)
    Policy.objects.get(organization=acme).skip_groups.add(group_named(dental, "Leavers"))
    look(dental)
    source.mutate(dental.tenant_id, {"op": "delete_group", "group": group_id})

    found = look(dental)

    assert (found.discovery, found.discovery_problem) == ("IDLE", "")
    assert group_named(dental, "Leavers").is_gone
    assert Item.objects.get(remote_id=ann).skipped_as == "GROUP"
    assert state_of(read(group_named(dental, "Leavers"))) == "DONE"
    assert GroupMember.objects.count() == 1


def test_a_pause_puts_the_reading_off_and_changes_nothing(source, dental):
    clock = Clock(source)
    (ann,) = staff(dental, 1)
    make_group(source, dental, "Leavers", ann)
    look(dental)
    source.fault({"status": 429, "retry_after": 300}, path="/transitiveMembers", times=1)
    group = group_named(dental, "Leavers")

    claim = read(group, clock)

    assert (state_of(claim), group.members_read_at) == ("QUEUED", None)
    clock.forward(timedelta(minutes=6))
    Job.objects.filter(pk=claim.job_id).update(not_before=timezone.now())
    read_members(group.pk, claims.claim(claim.job_id), clock=clock, sleep=clock.sleep)
    assert group.members.count() == 1


def test_without_the_permission_nobody_is_a_member_and_the_connection_says_so(source, dental):
    group = Group.objects.filter(connection=dental).first()
    roles = [role for role in source.apps["backup"].roles if role != "Group.Read.All"]
    source.consent(dental.tenant_id, source.apps["backup"].client_id, roles)

    claim = read(group)

    dental.refresh_from_db()
    assert (state_of(claim), dental.state, group.members_read_at) == ("RUNNING", "NEEDS_CONSENT", None)


def test_a_group_of_a_client_that_was_given_up_is_not_read(source, dental):
    group = Group.objects.filter(connection=dental).first()
    type(dental).objects.filter(pk=dental.pk).update(state="DISCONNECTED", disconnected_at=timezone.now())
    before = source.log()

    read(group)

    assert source.log() == before
