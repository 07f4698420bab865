"""A mailbox of hundreds of thousands of messages is copied in short slices and in little memory."""

import time
from pathlib import Path

import pytest

from backups.actions.runs import start_run
from backups.engine import backup_item
from backups.models import Container, Run
from backups.tests import backing_up
from backups.tests.crews import all_at_once
from backups.tests.endless_mailbox import EndlessMailbox
from backups.tests.nights import of_a_night
from organizations.tests.factories import make_connection, make_item

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "messages", [1_000, pytest.param(of_a_night(300_000), marks=pytest.mark.soak, id="mailbox-night")]
)
def test_a_mailbox_of_hundreds_of_thousands_is_copied_in_slices_and_little_memory(
    source, vault_store, acme, mail_only, clock, settings, messages, record_property
):
    tenant = source.add_tenant("Acme Dental")
    source.consent(tenant, source.apps["backup"].client_id)
    with EndlessMailbox(messages) as mailbox:
        settings.MICROSOFT_GRAPH_URL = mailbox.url
        connection = make_connection(acme, tenant["id"], discovered_at=clock())
        make_item(connection, "Eva Lindholm", is_chosen=True, mailbox="USER")
        start_run(connection=connection, trigger=Run.Trigger.PERSON, actor="Ada", now=clock())

        ((told,),) = all_at_once(1, lambda _: _copied(clock), [None])

    slices, longest, kilobytes = told
    record_property("slices", slices)
    record_property("longest slice, in seconds", round(longest, 1))
    record_property("memory at most, in MB", kilobytes // 1_000)
    assert Run.objects.get().state == Run.State.SUCCESS
    assert Container.objects.get().objects_kept == Run.objects.get().added == messages
    assert longest < 5 * 60
    # A worker has about 120 MB when it begins.
    assert kilobytes <= 280_000


def _copied(clock):
    """Do all the work in this process; return the number of slices, how long the longest took, and its memory."""
    lasted = []
    # This process was forked from one that has run other tests: what counts is what it takes besides.
    Path("/proc/self/clear_refs").write_text("5")
    began_with = _kilobytes("VmRSS")

    def timed(*arguments, **options):
        began = time.monotonic()
        try:
            backup_item.backup_item(*arguments, **options)
        finally:
            lasted.append(time.monotonic() - began)

    backing_up.backup_item = timed
    backing_up.work_off(clock, at_most=10_000)
    return len(lasted), max(lasted), _kilobytes("VmHWM") - began_with


def _kilobytes(name):
    return int(Path("/proc/self/status").read_text().partition(f"{name}:")[2].split()[0])
