"""What cannot be read keeps nothing else from being deleted, is told once, and can be given up by the operator."""

from datetime import timedelta
from itertools import chain, repeat

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from accounts.sentences import sentence
from backups.actions.deletions import authorize_deletion, request_deletion
from backups.actions.legal_holds import place_hold
from backups.engine import deletion
from backups.models import Deletion, VaultOrganization
from backups.tests.deletions_made import REASON, carry_out, held, mails, objects_of, stocked
from backups.vault.erasing import erase_account
from backups.vault.errors import BlobDamaged
from jobs import claims
from jobs.models import Job
from jobs.requests import request_job

pytestmark = pytest.mark.django_db
State = Deletion.State
DAMAGE = "Content of others in pack 7 is damaged."


@pytest.fixture
def eva(acme, cast, vault_store):
    return stocked(acme)


@pytest.fixture
def ida(eva, acme):
    return stocked(acme, "Ida Berg")


@pytest.fixture
def stuck(eva, ida, cast, noon, monkeypatch):
    """The deletion of Eva and Ida, of whom Eva's data lies beside something damaged."""

    def erase(vault, account, **options):
        if account == eva.container.account:
            raise BlobDamaged(DAMAGE)
        return erase_account(vault, account, **options)

    monkeypatch.setattr(deletion, "erase_account", erase)
    asked = request_deletion(
        organization=eva.organization, items=[eva.item, ida.item], reason=REASON, actor=cast["ben"].user, now=noon
    )
    return carry_out(authorize_deletion(deletion=asked, actor=cast["ada"].user, now=noon))


def test_the_others_go_and_all_administrators_are_told_once(stuck, eva, ida):
    again = carry_out(stuck)

    assert (again.state, again.stuck_because) == (State.EXECUTING, DAMAGE)
    assert (objects_of(ida), objects_of(eva) > 0) == (0, True)
    assert mails("deletion_stuck") == ["ada.lindqvist@example.com"]
    assert sentence(AuditEntry.objects.get(action="deletion.stuck")).endswith(DAMAGE)
    assert Job.objects.get(kind=deletion.KIND).failure == DAMAGE


def test_what_takes_the_whole_slice_and_cannot_be_erased_keeps_nobody_behind_it(stuck, eva, ida):
    # The slice is over as soon as Eva's turn has come.
    at = stuck.due_at + timedelta(hours=1)
    moments = chain([at] * 4, repeat(at + timedelta(minutes=5)))
    stuck.items.filter(item=ida.item).update(certificates={})
    job = request_job(deletion.KIND, subject_id=stuck.pk, at=stuck.requested_at)

    deletion.execute(stuck.pk, claims.claim(job.pk), clock=lambda: next(moments))

    assert stuck.items.get(item=ida.item).certificates


def test_the_deletion_of_the_whole_client_does_not_wait_for_it_and_ends_it(stuck, eva, ida, cast, noon):
    of_ida = stuck.items.get(item=ida.item).certificates.values()
    everything = carry_out(held(eva, cast, noon, everything=True))
    assert everything.state == State.DONE

    ended = carry_out(stuck)

    assert ended.state == State.DONE
    # Ida's; of Eva nothing was left, and that is what the other certificate says.
    assert ended.certificate["totals"]["objects"] == sum(one["objects"] for one in of_ida) > 0
    assert VaultOrganization.objects.get().erased_at


def test_the_operator_gives_up_what_is_damaged_whatever_hold_of_the_client_came_later(stuck, eva, ida, cast, noon):
    place_hold(organization=eva.organization, items=None, reason="A court asked.", actor=cast["ada"].user, now=noon)
    third = stocked(eva.organization, "Ole Lund")

    def erase(stock):
        name = str(stock.organization.uuid)
        call_command("vault", "erase", name, "--account", stock.container.account, "--over-gaps", "--confirm", name)

    with pytest.raises(CommandError, match="legal hold"):
        erase(third)
    erase(eva)

    assert (objects_of(eva), objects_of(third) > 0) == (0, True)
