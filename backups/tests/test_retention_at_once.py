"""Who asks for older versions, or holds them, while a rule is just letting them go, waits for it and finds what is."""

import threading

import pytest

from backups.actions.exports import NothingToExport, Wanted, draft_export
from backups.actions.legal_holds import place_hold
from backups.engine import vault_retention
from backups.engine.retained_points import forget_points
from backups.models import Export, Snapshot
from backups.tests.retaining import DAY, a_mailbox_of_sixty_days, apply, rule, versions
from backups.tests.standing_still import meanwhile, wait_until_somebody_waits
from organizations.models import LegalHold

pytestmark = pytest.mark.django_db(transaction=True)


def hold(box, ada, now):
    place_hold(organization=box.container.organization, items=None, reason="A court asked.", actor=ada, now=now)


def export(box, ada, now):
    wanted = [Wanted(box.container, 3)]
    with pytest.raises(NothingToExport, match="not kept any more"):
        draft_export(organization=box.container.organization, wanted=wanted, what="Mail", actor=ada, now=now)


@pytest.mark.parametrize("asks", [hold, export])
def test_whoever_asks_behind_the_last_question_waits_until_it_is_removed(acme, cast, vault_store, monkeypatch, asks):
    box, ada = a_mailbox_of_sixty_days(acme), cast["ada"].user
    now, asked = box.begin + 85 * DAY, threading.Event()
    Snapshot.objects.create(organization=acme, item=box.container.item, commit=3, taken_at=now, kinds=["MAIL"])
    rule(box, 30, ada, now)
    before = versions(box)

    def forget(points):
        forget_points(points)
        asked.set()
        wait_until_somebody_waits()

    def ask():
        assert asked.wait(10)
        asks(box, ada, now)

    monkeypatch.setattr(vault_retention, "forget_points", forget)
    with meanwhile(ask):
        apply(box, now)

    assert versions(box) != before
    assert not Snapshot.objects.exists()
    assert (LegalHold.objects.count(), Export.objects.count()) == (1 if asks is hold else 0, 0)
