"""Older versions of a client go by its rule: never what is current or held, never before a week's warning, and nothing
at all while much is missing at the source.
"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from accounts.models import AuditEntry
from accounts.sentences import changes, sentence
from backups.actions.legal_holds import HeldAlready, LiftedAlready, lift_hold, place_hold
from backups.engine.vault_retention import KeepFor, over_by, request_due_retention, would_go
from backups.models import DiscoveryFeed, Restore, Snapshot, VaultVersion
from backups.models.vault_object import STILL
from backups.tests.retaining import DAY, a_mailbox_of_sixty_days, apply, revision_of, rule, versions
from backups.vault.retention import Point
from jobs.models import Job
from notifications.models import OutgoingEmail
from organizations.actions.retention import (
    DELAY,
    NotFrozen,
    NothingWaits,
    RuleChangedMeanwhile,
    edit_retention,
    resume,
    take_back,
)
from organizations.models import Item, RetentionRule
from organizations.tests.factories import make_item

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(acme, cast, vault_store):
    """Eva's mailbox: one mail changed every 20 days, one never, one deleted at the source on day 40."""
    return a_mailbox_of_sixty_days(acme)


def test_only_what_is_old_and_not_current_goes(box, cast, noon):
    now = box.begin + 85 * DAY
    rule(box, 30, cast["ada"].user, now)

    applied = apply(box, now)

    # Those that ended on the 20th and 40th day are gone; the one that ended on the 60th is 25 days old.
    assert versions(box) == {"changing": 2, "steady": 1, "lost": 0}
    assert (applied.purged_at, applied.purged_versions) == (now, 3)
    assert applied.purged_bytes > 0
    told = sentence(AuditEntry.objects.get(action="retention.purged"))
    assert told.startswith("removed older versions of Acme Dental by its rule, older versions kept 30 days: 3 versions")
    apply(box, now)
    assert AuditEntry.objects.filter(action="retention.purged").count() == 1


def test_without_a_rule_everything_is_kept_for_ever(box, cast):
    before = versions(box)

    assert request_due_retention(box.begin + 9_999 * DAY) == 0
    rule(box, None, cast["ada"].user, box.begin)
    apply(box, box.begin + 9_999 * DAY)

    assert versions(box) == before


def test_what_is_current_stays_however_old(box, cast):
    now = box.begin + 9_999 * DAY
    rule(box, 30, cast["ada"].user, now)

    apply(box, now)

    assert versions(box) == {"changing": 1, "steady": 1, "lost": 0}
    assert not VaultVersion.objects.exclude(to_commit=STILL).exists()


@pytest.mark.parametrize("whole", [True, False])
def test_a_legal_hold_beats_the_rule_until_it_is_lifted(box, cast, whole):
    ada, acme, now = cast["ada"].user, box.container.organization, box.begin + 85 * DAY
    before = versions(box)
    rule(box, 30, ada, now)
    items = None if whole else [box.container.item]
    (hold,) = place_hold(organization=acme, items=items, reason="A court asked.", actor=ada, now=now)
    with pytest.raises(HeldAlready):
        place_hold(organization=acme, items=items, reason="Again.", actor=ada, now=now)

    apply(box, now)
    assert versions(box) == before
    assert would_go(acme, 30, now, seconds=8) == {}

    lift_hold(hold=hold, reason="The case is over.", actor=ada, now=now)
    with pytest.raises(LiftedAlready):
        lift_hold(hold=hold, reason="Again.", actor=ada, now=now)
    apply(box, now)
    assert versions(box)["lost"] == 0
    actions = ["legal_hold.placed", "legal_hold.lifted"]
    entries = AuditEntry.objects.filter(action__in=actions).order_by("pk")
    assert [sentence(one).split()[0] for one in entries] == ["put", "lifted"]


def test_the_preview_counts_what_then_goes(box, cast):
    acme, now = box.container.organization, box.begin + 85 * DAY
    expected = sum(one.versions for one in would_go(acme, 30, now, seconds=8).values())
    rule(box, 30, cast["ada"].user, now)

    assert apply(box, now).purged_versions == expected == 3


def test_a_stricter_rule_waits_a_week_is_told_and_can_be_taken_back(box, cast, noon):
    acme, ada = box.container.organization, cast["ada"].user

    changed = edit_retention(organization=acme, days=365, revision=0, actor=ada, now=noon)

    assert (changed.days, changed.next_days, changed.next_at) == (None, 365, noon + DELAY)
    mail = OutgoingEmail.objects.get(kind="retention_tightened")
    assert (mail.to, "1 year instead of for ever" in mail.text) == ("ada.lindqvist@example.com", True)
    entry = AuditEntry.objects.get(action="retention.edited")
    assert changes(entry) == ["kept: for ever → 1 year"]
    assert take_back(organization=acme, actor=ada, now=noon + DAY).next_at is None
    with pytest.raises(NothingWaits):
        take_back(organization=acme, actor=ada, now=noon + DAY)


def test_a_rule_that_waited_is_applied_when_its_week_is_over(box, cast):
    acme, ada, now = box.container.organization, cast["ada"].user, box.begin + 85 * DAY
    edit_retention(organization=acme, days=30, revision=0, actor=ada, now=now)

    assert apply(box, now + DELAY - timedelta(minutes=1)).days is None
    assert versions(box)["lost"] == 1
    assert apply(box, now + DELAY).days == 30
    assert versions(box)["lost"] == 0
    with pytest.raises(NothingWaits):
        take_back(organization=acme, actor=ada, now=now + DELAY)


def test_looser_at_once_stricter_again_anew_and_what_was_announced_keeps_its_day(box, cast, noon):
    acme, ada = box.container.organization, cast["ada"].user

    def edit(days, at):
        found = edit_retention(organization=acme, days=days, revision=revision_of(box), actor=ada, now=at)
        return found.days, found.next_days, found.next_at

    assert edit(100, noon) == (None, 100, noon + DELAY)
    # Keeps more than what was announced, and less than now.
    assert edit(200, noon + DAY) == (None, 200, noon + DELAY)
    assert edit(50, noon + 2 * DAY) == (None, 50, noon + 2 * DAY + DELAY)
    RetentionRule.objects.update(days=50, next_days=None, next_at=None)
    assert edit(60, noon + 20 * DAY) == (60, None, None)
    assert edit(None, noon + 20 * DAY) == (None, None, None)
    with pytest.raises(RuleChangedMeanwhile):
        edit_retention(organization=acme, days=90, revision=1, actor=ada, now=noon)


def test_much_missing_at_the_source_stops_removal_until_somebody_looked(box, cast):
    acme, ada, now = box.container.organization, cast["ada"].user, box.begin + 85 * DAY
    before = versions(box)
    rule(box, 30, ada, now)
    people = [make_item(box.container.connection, f"Person {number}") for number in range(10)]
    gone = Item.objects.filter(pk__in=[one.pk for one in people[:4]])
    gone.update(presence=Item.Presence.GONE, gone_at=now - DAY)

    frozen = apply(box, now)

    assert frozen.frozen_because == "4 of 11 accounts, sites and teams went missing at the source."
    assert versions(box) == before
    assert OutgoingEmail.objects.filter(kind="retention_frozen").count() == 1
    apply(box, now + DAY)
    assert OutgoingEmail.objects.filter(kind="retention_frozen").count() == 1
    resume(organization=acme, actor=ada, now=now + DAY)
    with pytest.raises(NotFrozen):
        resume(organization=acme, actor=ada, now=now + DAY)
    assert apply(box, now + DAY).frozen_at is None
    assert versions(box)["lost"] == 0


def test_a_listing_that_is_not_believed_stops_removal_whatever_else_is_said_of_the_connection(box, cast):
    acme, ada, now = box.container.organization, cast["ada"].user, box.begin + 85 * DAY
    rule(box, 30, ada, now)
    words = "Microsoft 365 lists 0 of 11 accounts."
    feed = DiscoveryFeed.objects.create(
        connection=box.container.connection, name="USERS", doubt=words, missing=11, doubted_at=now - DAY
    )

    assert apply(box, now).frozen_because == words
    resume(organization=acme, actor=ada, now=now)
    assert apply(box, now + DAY).frozen_at is None
    feed.doubted_at = now + DAY
    feed.save()
    assert apply(box, now + 2 * DAY).frozen_because == words


def test_a_few_who_leave_stop_nothing(box, cast):
    now = box.begin + 85 * DAY
    rule(box, 30, cast["ada"].user, now)
    people = [make_item(box.container.connection, f"Person {number}") for number in range(10)]
    gone = Item.objects.filter(pk__in=[one.pk for one in people[:2]])
    gone.update(presence=Item.Presence.GONE, gone_at=now - DAY)

    assert apply(box, now).frozen_at is None


def test_points_that_would_show_less_than_there_was_are_no_points_any_more(box, cast):
    acme, item, now = box.container.organization, box.container.item, box.begin + 85 * DAY
    for commit in (1, 3, 6):
        Snapshot.objects.create(organization=acme, item=item, commit=commit, taken_at=now, kinds=["MAIL"])
    Restore.objects.create(
        organization=acme, connection=item.connection, requested_by="Ada", requested_at=now, what="Mail", source=item,
        target=item, commit=1,
    )  # fmt: skip
    rule(box, 30, cast["ada"].user, now)

    apply(box, now)

    assert over_by(acme, 30, now) == 5
    # The restore under way reads commit 1, and still finds it and what it saw.
    assert list(Snapshot.objects.order_by("commit").values_list("commit", flat=True)) == [1, 6]
    assert versions(box)["changing"] == 3
    Restore.objects.update(state="DONE", started_at=now, ended_at=now)
    apply(box, now)
    assert list(Snapshot.objects.values_list("commit", flat=True)) == [6]


def test_each_client_with_a_rule_has_its_turn_once_a_day(box, cast, bolt):
    rule(box, 30, cast["ada"].user, box.begin)
    night = box.begin.replace(hour=23, minute=59)

    assert [request_due_retention(night), request_due_retention(night)] == [1, 0]
    RetentionRule.objects.update(frozen_at=night, frozen_because="Looked at.")
    Job.objects.all().delete()
    assert request_due_retention(night + DAY) == 0


@given(
    begins=some.lists(some.integers(0, 400), min_size=1, max_size=12, unique=True),
    days=some.integers(30, 200),
    now=some.integers(0, 800),
    in_use=some.sets(some.integers(1, 12)),
)
def test_by_a_model_what_the_last_days_saw_is_kept_and_nothing_else(begins, days, now, in_use):
    """The model: a moment of the last ``days`` sees the newest commit before it."""
    from backups.tests.vaults import NOW

    moments = [NOW + day * DAY for day in sorted(begins)]
    points = [Point(number, at) for number, at in enumerate(moments, 1)]
    end = NOW + now * DAY

    kept = set(KeepFor(days, in_use=frozenset(in_use)).kept(points, end))

    def seen(at):
        return max((one.number for one in points if one.made_at <= at), default=None)

    window = {seen(end - timedelta(days=back)) for back in range(days + 1)} | {
        one.number for one in points if one.made_at > end - timedelta(days=days)
    }
    assert kept == {one for one in window if one} | in_use
