"""Backed-up data is deleted for good only when one person asks, another agrees, and a month passes; then it is gone."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry
from accounts.roles import Role
from accounts.sentences import sentence
from accounts.tests.factories import make_member
from backups.actions.deletions import (
    AskedForAlready,
    MayNotDecide,
    NeedsAnother,
    NothingToDelete,
    NotOpen,
    authorize_deletion,
    cancel_deletion,
    decline_deletion,
    request_deletion,
)
from backups.actions.runs import BeingDeleted, start_run
from backups.engine.deletion import KIND, execute, request_due_deletions
from backups.engine.deletion_endings import warn_of_ends
from backups.models import Container, Deletion, Run, SearchEntry, Snapshot, VaultKey
from backups.models.deletion import HELD_FOR
from backups.tests.deletions_made import DAY, REASON, ask, carry_out, held, mails, objects_of, protect, stocked
from backups.tests.searching import index
from backups.tests.stocked import Stock
from jobs import claims
from jobs.requests import request_job
from notifications.models import OutgoingEmail
from organizations.actions.items import ClientWasErased
from organizations.models import Item, Organization, Policy

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


def test_asking_says_what_would_go_and_switches_protection_off(stock, cast, noon):
    protect(stock, cast, noon)

    deletion = ask(stock, cast["ben"].user, noon)

    stock.item.refresh_from_db()
    assert stock.item.protection == Item.Protection.NOT_PROTECTED
    assert (deletion.accounts, deletion.objects_kept, deletion.versions_kept) == (1, 3, 3)
    assert deletion.bytes_kept > 0
    assert deletion.oldest_at
    assert deletion.oldest_at <= deletion.newest_at
    assert mails("deletion_requested") == ["ada.lindqvist@example.com"]
    assert sentence(AuditEntry.objects.get(action="deletion.requested")).endswith(REASON)
    assert objects_of(stock) > 0


def test_nothing_is_deleted_before_the_month_is_over(stock, cast, noon):
    deletion = held(stock, cast, noon)

    assert deletion.due_at == noon + HELD_FOR
    warn_of_ends(noon + 27 * DAY)
    assert request_due_deletions(noon + HELD_FOR - timedelta(seconds=1)) == 0
    assert request_due_deletions(noon + HELD_FOR) == 1
    assert mails("deletion_authorized") == ["ada.lindqvist@example.com"]
    mail = OutgoingEmail.objects.get(kind="deletion_authorized")
    assert f"/{deletion.uuid}/cancel/" in mail.text
    with pytest.raises(IntegrityError), transaction.atomic():
        Deletion.objects.filter(pk=deletion.pk).update(due_at=noon + 29 * DAY)


def test_the_warning_comes_three_days_before_once(stock, cast, noon):
    held(stock, cast, noon)

    warned = [warn_of_ends(noon + days * DAY) for days in (26, 27, 28)]

    assert warned == [0, 1, 0]
    assert mails("deletion_near") == ["ada.lindqvist@example.com"]


def test_an_ordinary_warning_moves_no_end(stock, cast, noon):
    deletion, at = held(stock, cast, noon), noon + timedelta(seconds=30)

    # Every minute, as the clock asks.
    warned = [warn_of_ends(at + 27 * DAY + timedelta(minutes=minute)) for minute in range(-62, 2)]

    deletion.refresh_from_db()
    assert (sum(warned), deletion.due_at) == (1, noon + HELD_FOR)
    assert deletion.due_at - deletion.warned_at >= 3 * DAY
    assert not AuditEntry.objects.filter(action="deletion.postponed").exists()


def test_a_clock_that_stood_still_until_after_the_end_warns_first(stock, cast, noon):
    deletion, late = held(stock, cast, noon), noon + HELD_FOR + DAY

    assert request_due_deletions(late) == 0
    assert warn_of_ends(late) == 1
    deletion.refresh_from_db()
    assert deletion.due_at == late + 3 * DAY
    assert f"{deletion.due_at:%-d %B %Y}" in OutgoingEmail.objects.get(kind="deletion_near").text
    assert sentence(AuditEntry.objects.get(action="deletion.postponed")).endswith("the warning came late")
    assert [request_due_deletions(late + days * DAY) for days in (2, 3)] == [0, 1]


def test_a_job_that_was_asked_for_too_early_destroys_nothing(stock, cast, noon):
    deletion = held(stock, cast, noon)
    job = request_job(KIND, subject_id=deletion.pk, at=noon)

    execute(deletion.pk, claims.claim(job.pk), clock=lambda: noon + HELD_FOR + DAY)

    deletion.refresh_from_db()
    assert (deletion.state, objects_of(stock) > 0) == (State.AUTHORIZED, True)


def test_whoever_asked_cannot_authorize_under_any_membership_or_login(stock, cast, rival, noon):
    ada = cast["ada"].user
    make_member(ada, rival, Role.ADMINISTRATOR)
    deletion = ask(stock, ada, noon)

    with pytest.raises(NeedsAnother):
        authorize_deletion(deletion=deletion, actor=ada, now=noon)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deletion.objects.filter(pk=deletion.pk).update(authorizer=ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deletion.objects.filter(pk=deletion.pk).update(
            state="AUTHORIZED", authorized_by="Ada", authorizer_email=ada.email, authorized_at=noon,
            due_at=noon + HELD_FOR,
        )  # fmt: skip


@pytest.mark.parametrize("who", ["ben", "cora", "otto", "rita"])
def test_nobody_else_authorizes_or_declines(stock, cast, noon, who):
    deletion = ask(stock, cast["ada"].user, noon)

    for decide in (authorize_deletion, lambda **facts: decline_deletion(reason="No.", **facts)):
        with pytest.raises(MayNotDecide):
            decide(deletion=deletion, actor=cast[who].user, now=noon)


def test_declined_and_cancelled_tell_everybody_and_delete_nothing(stock, second, cast, noon):
    declined, cancelled = ask(stock, cast["ben"].user, noon), held(second, cast, noon)

    decline_deletion(deletion=declined, reason="Not this one.", actor=cast["ada"].user, now=noon)
    with pytest.raises(MayNotDecide):
        cancel_deletion(deletion=cancelled, reason="Me.", actor=cast["cora"].user, now=noon)
    cancel_deletion(deletion=cancelled, reason="It was a mistake.", actor=cast["ben"].user, now=noon)

    with pytest.raises(NotOpen):
        authorize_deletion(deletion=declined, actor=cast["ada"].user, now=noon)
    with pytest.raises(NotOpen):
        cancel_deletion(deletion=cancelled, reason="Again.", actor=cast["ben"].user, now=noon)
    assert len(mails("deletion_ended")) == 2
    assert request_due_deletions(noon + 2 * HELD_FOR) == 0
    assert objects_of(stock) * objects_of(second) > 0
    # What was let go can be asked for again.
    assert ask(stock, cast["ben"].user, noon).state == State.REQUESTED


def test_the_same_is_not_asked_for_twice(stock, second, cast, noon):
    ask(stock, cast["ben"].user, noon)

    with pytest.raises(AskedForAlready, match="Eva Lindholm"):
        ask(stock, cast["ada"].user, noon)
    ask(second, cast["ben"].user, noon, everything=True)
    with pytest.raises(AskedForAlready):
        ask(second, cast["ada"].user, noon)


def test_where_nothing_is_backed_up_nothing_can_be_asked_for(stock, bolt, cast, noon):
    for items in (None, [], [stock.item] * 101):
        with pytest.raises(NothingToDelete):
            request_deletion(organization=bolt, items=items, reason=REASON, actor=cast["ben"].user, now=noon)


def test_the_chosen_account_is_gone_and_its_neighbour_is_not(stock, second, cast, noon):
    index(stock.organization)
    neighbours = SearchEntry.objects.filter(container=second.container).count()

    deletion = carry_out(held(stock, cast, noon))

    assert deletion.state == State.DONE
    assert objects_of(stock) == 0
    assert objects_of(second) > 0
    assert not SearchEntry.objects.filter(container=stock.container).exists()
    assert SearchEntry.objects.filter(container=second.container).count() == neighbours == 3
    container = Container.objects.get(pk=stock.container.pk)
    assert (container.objects_kept, container.status, container.feeds.count()) == (0, "NEVER", 0)
    assert not Snapshot.objects.filter(item=stock.item).exists()
    assert second.container.feeds.exists()
    (erasure,) = deletion.certificate["erasures"]
    assert (erasure["account"], erasure["kind"]) == ("Eva Lindholm", "Mail")
    assert erasure["certificate"]["packs_sha256"]
    assert deletion.certificate["totals"]["objects"] == erasure["certificate"]["objects"] > 0
    assert mails("deletion_done") == ["ada.lindqvist@example.com"]
    assert sentence(AuditEntry.objects.get(action="deletion.done")).startswith("deleted for good")


def test_what_an_earlier_deletion_destroyed_is_not_certified_again(stock, second, cast, noon):
    carry_out(held(stock, cast, noon))
    both = request_deletion(
        organization=stock.organization, items=[stock.item, second.item], reason=REASON, actor=cast["ben"].user,
        now=noon + DAY,
    )  # fmt: skip
    both = authorize_deletion(deletion=both, actor=cast["ada"].user, now=noon + DAY)

    eva, ida = [one["certificate"] for one in carry_out(both).certificate["erasures"]]

    assert (eva["commit"], eva["objects"], eva["packs"]) == (0, 0, 0)
    assert (ida["commit"] > 0, ida["objects"] > 0) == (True, True)


def test_everything_of_a_client_is_gone_and_the_next_client_is_not(stock, cast, bolt, noon):
    bolts = Stock(bolt, "Finn Roth").feed()
    bolts.mail(1)
    bolts.close()
    Policy.objects.filter(organization=stock.organization).update(auto_users=True, auto_users_since=noon)
    index(stock.organization)

    deletion = carry_out(held(stock, cast, noon, everything=True))

    acme = Organization.objects.get(pk=stock.organization.pk)
    assert deletion.state == State.DONE
    assert acme.erased_at is not None
    assert acme.connection_state == "DISCONNECTED"
    assert not Policy.objects.get(organization=acme).auto_users
    assert not VaultKey.objects.filter(organization=acme.uuid, record__isnull=False).exists()
    assert not SearchEntry.objects.filter(organization=acme.uuid).exists()
    assert objects_of(bolts) > 0
    with pytest.raises(ClientWasErased):
        protect(stock, cast, noon)
    with pytest.raises(BeingDeleted):
        start_run(connection=acme.connections.first(), trigger=Run.Trigger.PERSON, actor="Ada", now=noon)
    with pytest.raises(NothingToDelete):
        ask(stock, cast["ben"].user, noon)


def test_the_certificate_is_compared_with_the_vault_by_an_operator(stock, cast, noon, tmp_path, capsys):
    deletion = carry_out(held(stock, cast, noon))
    file = tmp_path / "certificate.json"
    file.write_text(json.dumps(deletion.certificate))

    call_command("vault", "certificates", stock.organization.client_id, "--file", str(file))
    assert "1 of 1" in capsys.readouterr().out

    changed = deletion.certificate
    changed["erasures"][0]["certificate"]["objects"] += 1
    file.write_text(json.dumps(changed))
    with pytest.raises(Exception, match="1 problem"):
        call_command("vault", "certificates", stock.organization.client_id, "--file", str(file))
