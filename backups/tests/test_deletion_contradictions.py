"""What must not be deleted is not, whoever authorized it: what is held, protected again, or backed up at the moment."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Role
from backups.actions.deletions import (
    MustNotGoOn,
    OnLegalHold,
    authorize_deletion,
)
from backups.actions.legal_holds import TooLate, lift_hold, place_hold
from backups.actions.runs import BeingDeleted, start_run
from backups.engine.backup_item import backup_item
from backups.engine.deletion_endings import end_contradicted
from backups.models import Deletion, Run, RunItem
from backups.tests.deletions_made import DAY, ask, begun, carry_out, held, mails, objects_of, protect, stocked
from backups.tests.runs_made import make_run, place
from backups.vault import faults
from jobs import claims
from jobs.models import Job
from jobs.requests import request_job
from organizations.actions.items import ClientWasErased, protect_items
from organizations.models import Item, Organization

pytestmark = pytest.mark.django_db
State = Deletion.State


@pytest.fixture
def stock(acme, cast, vault_store):
    """Eva's mailbox with three messages."""
    return stocked(acme)


@pytest.fixture
def second(stock, acme):
    """Ida's mailbox beside it."""
    return stocked(acme, "Ida Berg")


def test_an_authorizer_who_lost_the_right_ends_the_deletion(stock, cast, noon):
    deletion = held(stock, cast, noon)
    Membership.objects.filter(pk=cast["ada"].pk).update(role=Role.BASIC)

    assert end_contradicted(noon + DAY) == 1

    deletion.refresh_from_db()
    assert (deletion.state, deletion.ended_by) == (State.CANCELLED, "Schedule")
    assert "may not authorize deletions any more" in deletion.ended_because


def test_the_last_look_asks_again_who_authorized(stock, cast, noon):
    deletion = held(stock, cast, noon)
    Membership.objects.filter(pk=cast["ada"].pk).update(products=[])

    assert carry_out(deletion).state == State.CANCELLED
    assert objects_of(stock) > 0


def test_an_account_that_is_protected_again_ends_the_request(stock, cast, noon):
    deletion = held(stock, cast, noon)
    protect(stock, cast, noon)

    assert end_contradicted(noon) == 1
    deletion.refresh_from_db()
    assert deletion.ended_because.startswith("Eva Lindholm is protected again.")
    assert mails("deletion_ended") == ["ada.lindqvist@example.com"]


def test_at_the_end_a_protected_account_is_never_erased(stock, cast, noon):
    deletion = held(stock, cast, noon)
    protect(stock, cast, noon)

    assert carry_out(deletion).state == State.CANCELLED
    assert objects_of(stock) > 0


def test_a_legal_hold_refuses_ends_and_beats_a_deletion(stock, second, cast, noon):
    ada, acme = cast["ada"].user, stock.organization
    deletion = held(stock, cast, noon)

    place_hold(organization=acme, items=[stock.item], reason="A court asked.", actor=ada, now=noon)

    with pytest.raises(OnLegalHold, match="Eva Lindholm is on legal hold"):
        ask(stock, cast["ben"].user, noon)
    with pytest.raises(OnLegalHold):
        ask(stock, cast["ben"].user, noon, everything=True)
    waiting = ask(second, cast["ben"].user, noon)
    place_hold(organization=acme, items=None, reason="All of it.", actor=ada, now=noon)
    with pytest.raises(MustNotGoOn, match="as a whole"):
        authorize_deletion(deletion=waiting, actor=ada, now=noon)
    assert carry_out(deletion).state == State.CANCELLED
    assert end_contradicted(noon) == 1
    assert objects_of(stock) > 0


def test_a_backup_that_is_under_way_comes_to_its_end_first(sign_in, stock, cast, noon):
    deletion = held(stock, cast, noon)
    line = RunItem.objects.create(run=make_run(stock.item.connection), item=stock.item)

    waiting = carry_out(deletion)
    shown = sign_in("ben").get(place("deletion_detail", stock.organization, deletion.uuid)).content.decode()
    RunItem.objects.filter(pk=line.pk).update(state="DONE", ended_at=timezone.now())

    assert waiting.state == State.AUTHORIZED
    assert "A backup of it is under way and comes to its end first." in shown
    assert carry_out(deletion).state == State.DONE


def test_a_backup_of_a_whole_client_is_called_off(stock, cast, noon):
    deletion = held(stock, cast, noon, everything=True)
    run = make_run(stock.item.connection)

    assert carry_out(deletion).state == State.AUTHORIZED
    run.refresh_from_db()
    assert run.cancel_asked_at
    assert Job.objects.filter(kind="end_run", subject_id=run.pk).exists()


def test_while_it_is_deleted_nothing_is_saved_and_nothing_held(stock, cast, noon):
    deletion = held(stock, cast, noon)
    begun(deletion)
    line = RunItem.objects.create(run=make_run(stock.item.connection), item=stock.item)
    job = request_job("backup_item", subject_id=line.pk, at=noon)

    backup_item(line.pk, claims.claim(job.pk))

    line.refresh_from_db()
    assert (line.state, line.run.is_open) == (RunItem.State.FAILED, False)
    assert line.run.problem.startswith("What was backed up of Eva Lindholm is being deleted for good.")
    with pytest.raises(TooLate):
        place_hold(
            organization=stock.organization, items=[stock.item], reason="Late.", actor=cast["ada"].user, now=noon
        )


def test_the_rest_of_a_client_is_held_while_an_account_is_deleted_but_not_a_client_that_is(stock, second, cast, noon):
    acme, ada = stock.organization, cast["ada"].user
    one = held(stock, cast, noon)
    begun(one)

    (hold,) = place_hold(organization=acme, items=None, reason="A court asked.", actor=ada, now=noon)

    lift_hold(hold=hold, reason="Over.", actor=ada, now=noon)
    assert carry_out(one).state == State.DONE
    begun(held(second, cast, noon, everything=True))
    with pytest.raises(TooLate):
        place_hold(organization=acme, items=None, reason="Late.", actor=ada, now=noon)


@pytest.mark.parametrize("whole", [True, False])
def test_an_operator_erases_nothing_that_is_held(stock, second, cast, noon, whole):
    acme, ada = stock.organization, cast["ada"].user
    place_hold(organization=acme, items=None if whole else [stock.item], reason="A court.", actor=ada, now=noon)
    name = acme.client_id

    for account in (["--account", stock.container.account], []):
        with pytest.raises(CommandError, match="on legal hold"):
            call_command("vault", "erase", name, *account, "--confirm", str(acme.uuid))

    assert objects_of(stock) > 0
    if not whole:
        call_command("vault", "erase", name, "--account", second.container.account, "--confirm", str(acme.uuid))
        assert objects_of(second) == 0


def test_while_it_is_deleted_it_is_not_protected_and_afterwards_it_is(sign_in, stock, second, cast, noon, monkeypatch):
    deletion, acme, told = held(stock, cast, noon), stock.organization, []
    Item.objects.update(is_chosen=False)

    class Protect:
        def step(self, point):
            if point == "deletion.began":
                both = Item.objects.filter(pk__in=[stock.item.pk, second.item.pk])
                outlook = protect_items(items=both, organization=acme, actor=cast["ada"].user, now=noon)
                switch = reverse("organizations:item_switch", args=[acme.uuid, stock.item.uuid])
                page = sign_in("ben").post(switch, {"do": "protect"}, HTTP_HX_REQUEST="true")
                told.extend([(outlook.changing, outlook.deleted), page.content.decode()])

    monkeypatch.setattr(faults, "_trap", Protect())
    assert carry_out(deletion).state == State.DONE

    assert told[0] == (1, 1)
    assert "What is backed up of Eva Lindholm is being deleted for good." in told[1]
    assert list(Item.objects.protected()) == [second.item]
    protect(stock, cast, noon)
    assert Item.objects.protected().count() == 2


def test_everything_waits_for_an_account_that_is_being_deleted(stock, second, cast, noon):
    one = held(stock, cast, noon)
    begun(one)
    everything = held(second, cast, noon, everything=True)

    assert carry_out(everything).state == State.AUTHORIZED
    assert carry_out(one).state == State.DONE
    assert carry_out(everything).state == State.DONE


def test_what_was_asked_for_of_single_accounts_ends_with_everything(stock, second, cast, noon):
    one, asked = held(stock, cast, noon), ask(second, cast["ben"].user, noon)

    assert carry_out(held(second, cast, noon, everything=True)).state == State.DONE

    for deletion in (one, asked):
        deletion.refresh_from_db()
        assert deletion.state == State.CANCELLED
        assert deletion.ended_because == "Everything of the client is being deleted for good."


def test_what_is_left_over_at_an_erased_client_is_called_off_and_not_tried_for_ever(stock, cast, noon):
    deletion = held(stock, cast, noon)
    Organization.objects.update(erased_at=noon)

    assert end_contradicted(noon) == 1
    deletion.refresh_from_db()
    assert deletion.state == State.CANCELLED


def test_nothing_is_protected_or_begun_from_the_moment_everything_is_being_deleted(stock, cast, noon, monkeypatch):
    deletion, refused = held(stock, cast, noon, everything=True), []

    class Begin:
        def step(self, point):
            if point == "erase_organization.marked":
                with pytest.raises(ClientWasErased):
                    protect(stock, cast, noon)
                with pytest.raises(BeingDeleted):
                    start_run(connection=stock.item.connection, trigger=Run.Trigger.PERSON, actor="Ada", now=noon)
                refused.append(point)

    monkeypatch.setattr(faults, "_trap", Begin())
    assert carry_out(deletion).state == State.DONE
    assert refused
