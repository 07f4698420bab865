"""What comes while older versions are being removed wins, and nobody's last restore point goes with them."""

import pytest
from django.db import connection

from accounts.models import AuditEntry
from backups.actions.exports import Wanted, draft_export
from backups.actions.legal_holds import place_hold
from backups.actions.restores import Chosen
from backups.engine import vault_retention
from backups.engine.vault_retention import over_by
from backups.models import Container, Failure, Restore, Snapshot, VaultVersion
from backups.tests.restores_made import plan, stock_to_restore
from backups.tests.retaining import DAY, a_mailbox_of_sixty_days, apply, revision_of, rule, versions
from backups.tests.searching import Mailbox, make_container
from backups.vault import faults
from backups.vault.errors import Superseded
from organizations.actions.retention import edit_retention
from organizations.models import Item, RetentionRule

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(acme, cast, vault_store):
    """Eva's mailbox of sixty days."""
    return a_mailbox_of_sixty_days(acme)


def hold(box, ada, now):
    place_hold(organization=box.container.organization, items=None, reason="A court asked.", actor=ada, now=now)


def loosen(box, ada, now):
    organization = box.container.organization
    edit_retention(organization=organization, days=None, revision=revision_of(box), actor=ada, now=now)


def freeze(box, ada, now):
    RetentionRule.objects.update(frozen_at=now, frozen_because="Much is missing.")


def export(box, ada, now):
    draft_export(
        organization=box.container.organization, wanted=[Wanted(box.container, 3)], what="Mail", actor=ada, now=now
    )


def export_of_one(box, ada, now):
    chosen = ((box.object_of("changing"), 1),)
    wanted = [Wanted(box.container, chosen=chosen)]
    draft_export(organization=box.container.organization, wanted=wanted, what="Mail", actor=ada, now=now)


def restore(box, ada, now):
    plan(
        Item.objects.get(pk=box.container.item_id),
        ada,
        chosen=[Chosen(box.container)],
        snapshot=Snapshot.objects.get(commit=3),
    )


def restore_of_one(box, ada, now):
    chosen = ((box.object_of("changing"), 1),)
    plan(Item.objects.get(pk=box.container.item_id), ada, chosen=[Chosen(box.container, objects=chosen)])


@pytest.mark.parametrize("reads", [export_of_one, restore_of_one])
def test_what_is_being_read_of_a_single_object_stays(box, cast, reads):
    now = box.begin + 85 * DAY
    Container.objects.update(status=Container.Status.SUCCESS)
    stock_to_restore(box.container.organization)
    before = versions(box)
    reads(box, cast["ada"].user, now)
    rule(box, 30, cast["ada"].user, now)

    apply(box, now)

    assert box.object_of("changing") in set(VaultVersion.objects.filter(from_commit=1).values_list("object", flat=True))
    assert versions(box) != before


@pytest.mark.parametrize(("days", "stays"), [(6, True), (8, False)])
def test_a_restore_that_stopped_finds_what_it_needs_to_go_on_for_a_week(box, cast, days, stays):
    ada, acme, now = cast["ada"].user, box.container.organization, box.begin + 85 * DAY
    Snapshot.objects.create(organization=acme, item=box.container.item, commit=3, taken_at=now, kinds=["MAIL"])
    Container.objects.update(status=Container.Status.SUCCESS)
    stock_to_restore(acme)
    restore(box, ada, now)
    ended_at = now - days * DAY
    Restore.objects.update(state="PARTIAL", started_at=ended_at, ended_at=ended_at, objects_total=3)
    before = versions(box)
    rule(box, 30, ada, now)

    apply(box, now)

    assert (versions(box)["lost"] == before["lost"]) == stays


@pytest.mark.parametrize("comes", [hold, loosen, freeze, export, export_of_one, restore])
def test_what_comes_while_a_removal_is_under_way_wins(box, cast, monkeypatch, comes):
    ada, acme, now = cast["ada"].user, box.container.organization, box.begin + 85 * DAY
    Snapshot.objects.create(organization=acme, item=box.container.item, commit=3, taken_at=now, kinds=["MAIL"])
    Container.objects.update(status=Container.Status.SUCCESS)
    stock_to_restore(acme)
    rule(box, 30, ada, now)
    before = versions(box)

    class Then:
        def step(self, point):
            if point == "retain.before_commit":
                comes(box, ada, now)

    monkeypatch.setattr(faults, "_trap", Then())
    with pytest.raises(Superseded):
        apply(box, now)

    assert versions(box) == before
    # As it was rolled back, so was what came; nothing of the points is forgotten.
    assert Snapshot.objects.count() == 1


def test_a_worker_that_is_killed_right_after_it_has_removed_has_said_so_in_the_log(box, cast, monkeypatch):
    now, before = box.begin + 85 * DAY, versions(box)
    rule(box, 30, cast["ada"].user, now)

    class Killed:
        def step(self, point):
            if point == "retain.after_commit":
                raise KeyboardInterrupt

    monkeypatch.setattr(faults, "_trap", Killed())
    with pytest.raises(KeyboardInterrupt):
        apply(box, now)

    monkeypatch.setattr(faults, "_trap", None)
    assert versions(box) != before
    assert apply(box, now).purged_at == now
    assert AuditEntry.objects.get(action="retention.purged").details["versions"] == "3"


def test_the_newest_point_of_somebody_who_left_stays_as_nothing_of_it_ended_since(box, cast, noon):
    acme, left, now = box.container.organization, Mailbox(box.container.organization, "Ida Berg"), box.begin + 85 * DAY
    left.at = box.begin + DAY
    for text in ("Draft\nText", "Final\nText"):
        left.save(letter=text)
    # What came and went after the point is nothing it shows.
    left.save(short="Gone soon\nText")
    left.save(short=None)
    for commit in (7, 8):
        Snapshot.objects.create(organization=acme, item=left.container.item, commit=commit, taken_at=left.at)
    box.at = box.begin + 61 * DAY
    for day in (61, 62):
        box.at = box.begin + day * DAY
        box.save(changing=f"Offer {day}\nText")
    rule(box, 30, cast["ada"].user, now)

    apply(box, now + 30 * DAY)

    assert over_by(acme, 30, now + 30 * DAY) > 10
    assert list(Snapshot.objects.values_list("commit", flat=True)) == [8]


def test_points_go_with_time_enough_though_the_vault_has_nothing_to_remove(box, cast, monkeypatch):
    ada, acme, now, seen = cast["ada"].user, box.container.organization, box.begin + 85 * DAY, []
    Container.objects.update(status=Container.Status.SUCCESS)
    stock_to_restore(acme)
    Snapshot.objects.create(organization=acme, item=box.container.item, commit=3, taken_at=now, kinds=["MAIL"])
    restore(box, ada, now)
    Restore.objects.update(state="DONE", started_at=now, ended_at=now)
    rule(box, 30, ada, now)

    def nothing_to_remove(*_, **__):
        with connection.cursor() as cursor:
            # As at the beginning of a transaction.
            cursor.execute("SET LOCAL statement_timeout = '15s'")
        return 0

    monkeypatch.setattr(vault_retention, "retain", nothing_to_remove)

    def look(execute, sql, values, many, context):
        if sql.startswith("DELETE") and "backups_snapshot" in sql:
            with connection.cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                seen.extend(cursor.fetchone())
        return execute(sql, values, many, context)

    with connection.execute_wrapper(look):
        apply(box, now)

    assert seen == ["5min"]
    assert list(Restore.objects.values_list("snapshot", flat=True)) == [None]
    assert not Snapshot.objects.exists()


def test_an_old_doubt_hides_no_new_one(box, cast):
    acme, ada, now = box.container.organization, cast["ada"].user, box.begin + 85 * DAY
    rule(box, 30, ada, now)
    RetentionRule.objects.update(resumed_at=now - DAY)
    other = make_container(acme, "Ida Berg")
    for container, at in ((other, now - 2 * DAY), (box.container, now)):
        Failure.objects.create(
            organization=acme, container=container, reason="SHRUNK", first_seen_at=at, last_seen_at=at, next_try_at=at
        )

    assert apply(box, now).frozen_because == f"{box.container} suddenly lists far fewer objects at the source."
