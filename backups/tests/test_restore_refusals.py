"""Who may not restore, what cannot be restored, and what nobody restores alone: refused before anything is written."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Can
from backups.actions.restore_refusals import (
    FolderNameRefused,
    NeedsSecondPerson,
    NoConsentToWrite,
    NotCountedYet,
    NothingToRestore,
    NotOfThisItem,
    RestoreIsOver,
    TargetGone,
)
from backups.actions.restores import Chosen, cancel_restore, pause_restore, resume_restore, start_restore
from backups.models import Restore
from backups.tests.restores_made import begun, let_write, plan, put_back, stock_to_restore, work
from backups.tests.scripted_restorer import ScriptedRestorer
from notifications.models import OutgoingEmail
from organizations.tests.factories import make_item

pytestmark = pytest.mark.django_db(transaction=True)

State = Restore.State


@pytest.fixture
def ada(cast):
    return cast["ada"].user


@pytest.fixture
def stock(acme, vault_store):
    """Eva's mailbox with nine messages."""
    stock = stock_to_restore(acme)
    for number in range(9):
        at = f"2026-10-{20 - number:02}T10:00:00Z"
        stock.put(f"m{number}", {"id": f"m{number}"}, parts={"mime": b"Hello %d" % number}, modified_at=at)
    stock.close()
    return stock


@pytest.fixture
def target():
    return ScriptedRestorer()


@pytest.fixture
def options(target):
    return {"restorers": lambda graph: {"MAIL": target}}


def test_everything_that_cannot_be_is_refused_in_words_before_anything_is_written(stock, ada, cast, acme, options):
    now = timezone.now()
    tenant, eva = stock.container.connection, stock.item
    other, gone = make_item(tenant, "Ida Berg"), make_item(tenant, "Ole Gone", presence="GONE")
    site = make_item(tenant, "Sales", kind="SITE")
    with pytest.raises(NothingToRestore):
        plan(other, ada)
    with pytest.raises(NotOfThisItem):
        plan(other, ada, chosen=[Chosen(stock.container)])
    for target in (gone, site):
        with pytest.raises(TargetGone):
            plan(eva, ada, target=target)
    for name in ("a/b", "x" * 121, "dot."):
        with pytest.raises(FolderNameRefused):
            plan(eva, ada, folder=name)
    restore = plan(eva, ada, target=other)
    with pytest.raises(NotCountedYet):
        start_restore(restore=restore, actor=ada, now=now)
    tenant.restore_roles = ["Calendars.ReadWrite"]
    tenant.save()
    with pytest.raises(NoConsentToWrite, match="Mail.ReadWrite missing"):
        plan(eva, ada)
    let_write(tenant)
    ready = work(restore, **options)
    cancel_restore(restore=ready, actor=ada, now=now)
    with pytest.raises(RestoreIsOver):
        start_restore(restore=ready, actor=ada, now=now)
    with pytest.raises(RestoreIsOver):
        resume_restore(restore=ready, actor=ada, now=now)
    assert not OutgoingEmail.objects.exists()

    seen = {who: Restore.objects.visible_to(one).count() for who, one in cast.items()}
    assert seen == {"ada": 1, "ben": 1, "cora": 1, "otto": 1, "pia": 0, "rita": 0}
    assert {who for who, one in cast.items() if one.may(Can.RESTORE_DATA)} == {"ada", "ben", "otto", "pia", "rita"}


def test_who_lost_the_right_restores_nothing_more_and_another_one_goes_on(stock, cast, target, options):
    ben = cast["ben"]
    restore = begun(stock, ben.user, options)
    Membership.objects.filter(pk=ben.pk).update(products=[])

    stopped = work(restore, **options)

    assert (stopped.state, target.order) == (State.FAILED, [])
    assert "may not restore" in stopped.problem
    ada = cast["ada"].user
    again = resume_restore(restore=stopped, actor=ada, now=timezone.now())
    assert (work(again, **options).state, again.person) == (State.DONE, ada)


def test_nobody_replaces_what_is_live_alone_unless_nobody_else_may(stock, ada, cast, target, options):
    target.held["live"] = ("m1", "another text")
    restore = work(plan(stock.item, ada, folder="", conflict="REPLACE"), **options)

    with pytest.raises(NeedsSecondPerson, match="second person must agree"):
        start_restore(restore=restore, actor=ada, now=timezone.now())
    # Of those who are left, Cora may not restore, and Pia and Rita belong to others.
    Membership.objects.filter(pk__in=[cast["ben"].pk, cast["otto"].pk]).update(joined_at=None)
    started = start_restore(restore=restore, actor=ada, now=timezone.now())

    assert work(started, **options).state == State.DONE
    assert "live" not in target.held


def test_where_nothing_is_replaced_nobody_else_is_asked(stock, ada, target, options):
    assert put_back(stock.item, ada, folder="", conflict="REPLACE", options=options).state == State.DONE


def test_nobody_waits_until_there_is_something_to_replace(stock, ada, cast, target, options):
    restore = work(plan(stock.item, ada, folder="", conflict="REPLACE"), **options)
    later = timezone.now() + timedelta(minutes=31)

    with pytest.raises(NeedsSecondPerson):
        start_restore(restore=restore, actor=ada, now=later)
    started = start_restore(restore=restore, actor=cast["ben"].user, now=timezone.now())
    target.script["m1"] = [lambda: pause_restore(restore=restore, actor=ada, now=timezone.now())]
    paused = work(started, until=lambda one: one.rests, looks_every=0, **options)

    assert paused.state == State.PAUSED
    with pytest.raises(NeedsSecondPerson):
        resume_restore(restore=paused, actor=ada, now=later)
    assert work(resume_restore(restore=paused, actor=ada, now=timezone.now()), **options).state == State.DONE
