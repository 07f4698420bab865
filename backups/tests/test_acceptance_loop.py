"""The promise as a whole: whatever happens at the source and on the way, each point in time holds what was there.

Things happen to an item, calls fail or lie, a backup is made, again and again; then everything that was ever promised
is compared with what was really there at that moment.
"""

import hashlib
import random
from datetime import timedelta

import pytest

from backups.connectors.base import Refusal
from backups.models import Container, ContainerFeed, Failure, Run, Snapshot
from backups.tests.backing_up import back_up, kept
from backups.tests.connector_contract import load_subjects
from backups.tests.looks import connected, look
from organizations.models import Item, Policy

pytestmark = pytest.mark.django_db(transaction=True)

KINDS = load_subjects()
MOODS = {"short": 0.4, "empty": 0.3, "duplicates": 0.4, "replays": 0.3, "shuffle": True}
CALM = {"short": 0, "empty": 0, "duplicates": 0, "replays": 0, "shuffle": False}
TROUBLES = (
    {},
    {"status": 429, "retry_after": 9},
    {"status": 503, "retry_after": 4},
    {"status": 500},
    {"status": 403},
    {"status": 400, "body": {"error": {"code": "Odd", "message": "Odd"}}},
    {"reset": True},
    {"truncate": True},
    {"duplicate_item": True},
    {"foreign_nextlink": True},
    {"nextlink_loop": True},
)
A_DAY = timedelta(hours=25)


class Promises:
    """One item of a client, what happens to it, and what its snapshots have to hold."""

    def __init__(self, source, subject, tenant, item, clock):
        self.source, self.subject, self.tenant, self.item, self.clock = source, subject, tenant, item, clock
        # In their order: some happen to what an earlier one made.
        self.made, self.to_come = [], list(subject.mutations)

    def let_happen(self, dice):
        """Let a few things happen, and at times a whole working day."""
        for _ in range(min(dice.randint(1, 3), len(self.to_come))):
            getattr(self.subject, self.to_come.pop(0))()
        if not self.to_come or dice.random() < 0.3:
            self.source.day(self.tenant.tenant_id)

    def trouble(self, dice):
        """Let something go wrong from now on."""
        if dice.random() < 0.4:
            self.subject.forget()
        if dice.random() < 0.5:
            self.source.moods(self.tenant.tenant_id, seed=dice.randrange(99), **MOODS)
        if action := dice.choice(TROUBLES):
            when = {"probability": 0.1, "seed": dice.randrange(99)}
            self.source.fault(action, path=r"/(users|teams|groups|drives|sites|content)/", when=when)

    def calm(self):
        self.source.heal()
        self.source.moods(self.tenant.tenant_id, **CALM)

    def back_up(self):
        return back_up(self.tenant, self.clock, item=self.item)

    def back_up_wholly(self):
        """Back up until no listing is doubted any more, and remember what that has to hold."""
        for _ in range(3):
            self.clock.forward(A_DAY)
            run = self.back_up()
            if not Failure.objects.filter(closed_at=None).exclude(reason__in=Refusal).exists():
                break
        newest = Snapshot.objects.order_by("-pk").first()
        self.made.append((newest.commit, self.subject.truth()))
        return run

    def held(self, commit=None):
        """Return what is kept, as `Subject.truth` tells what is there."""
        container = Container.objects.get(item=self.item)
        return {one: self._plain(*told) for one, told in kept(self.tenant, container, commit).items()}

    def differences(self, commit, truth):
        """Return every way in which a point in time differs from what was there; nothing, one hopes."""
        held = self.held(commit)
        expected = {one: self._expected(told) for one, told in truth.items()}
        return [(one, held.get(one), expected.get(one)) for one in held.keys() | expected.keys() if
                held.get(one) != expected.get(one)]  # fmt: skip

    def _plain(self, note, record, parts):
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
        return note.feed, note.parent, hashes, self.subject.compared(record)

    @staticmethod
    def _expected(truth):
        parts = {name: told for name, told in truth.parts.items() if told not in Refusal.__members__}
        return truth.feed, truth.parent, parts, truth.record


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def promises(request, source, vault_store, acme, clock):
    tenant = connected(source, acme)
    look(tenant)
    subject = request.param(source, source.control(f"/tenants/{tenant.tenant_id}"))
    item = Item.objects.get(connection=tenant, kind=subject.source.kind, remote_id=subject.source.remote_id)
    Item.objects.filter(pk=item.pk).update(is_chosen=True, chosen_by="PERSON", skipped_as="")
    wanted = subject.connector_class.kind.lower()
    toggles = ("mail", "calendar", "contacts", "onedrive", "sharepoint", "teams")
    Policy.objects.filter(organization=acme).update(**{name: name == wanted for name in toggles})
    return Promises(source, subject, tenant, item, clock)


@pytest.mark.parametrize(
    ("seed", "rounds"), [(3, 2), *(pytest.param(seed, 6, marks=pytest.mark.soak) for seed in range(100, 120))]
)
def test_every_point_in_time_holds_what_was_there_whatever_happened(promises, seed, rounds):
    dice = random.Random(f"{promises.subject.name} {seed}")
    promises.back_up_wholly()

    for _ in range(rounds):
        promises.trouble(dice)
        promises.let_happen(dice)
        troubled = promises.back_up()
        if troubled.state == Run.State.SUCCESS and not is_seldom(promises):
            newest = Snapshot.objects.order_by("-pk").first()
            assert promises.differences(newest.commit, promises.subject.truth()) == []
        promises.calm()
        promises.back_up_wholly()
    promises.clock.forward(A_DAY)
    idle = promises.back_up()

    assert [promises.differences(commit, truth) for commit, truth in promises.made] == [[]] * len(promises.made)
    assert (idle.added, idle.changed, idle.removed, idle.bytes_read) == (0, 0, 0, 0)
    assert promises.source.control("/counters")["foreign_authorizations"] == 0
    if promises.subject.forgets:
        assert idle.requests <= 2 * ContainerFeed.objects.live().count() + 12


def is_seldom(promises):
    """Return whether the kind is read less often than it is backed up, so that a snapshot may be older."""
    return promises.subject.name == "teams"
