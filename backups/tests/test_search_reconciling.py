"""`manage.py search reconcile`: index and vault are compared, and made to agree."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backups.models import SearchEntry, SearchProgress, VaultVersion
from backups.tests.searching import Mailbox, index, rows_of


@pytest.fixture
def eva(acme, vault_store):
    """Eva's mailbox, saved twice and indexed."""
    mailbox = Mailbox(acme)
    mailbox.save(offer="Offer\nTen chairs.", lunch="Lunch\nAt noon?", plan="Plan\nFor spring.")
    mailbox.save(offer="Offer\nTwelve chairs.")
    index(acme)
    return mailbox


def reconcile(*arguments):
    """Return (what was told, exit code)."""
    said, code = StringIO(), 0
    try:
        call_command("search", "reconcile", *arguments, "--json", stdout=said)
    except CommandError as problem:
        code = problem.returncode
    return [json.loads(line) for line in said.getvalue().splitlines()], code


def differences(told):
    return {what: told[what] for what in ("missing", "surplus", "interval", "unmarked") if told[what]}


def plant(eva):
    """Make everything wrong that can be, as somebody may who restores a table by hand."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE backups_searchentry DROP CONSTRAINT backups_searchentry_of_version")
        cursor.execute("UPDATE backups_searchentry SET words = '''0.O''' WHERE object_id = 'lunch'")
    SearchEntry.objects.filter(object_id="plan").delete()
    VaultVersion.objects.filter(object=eva.object_of("offer"), from_commit=1).delete()
    SearchEntry.objects.filter(object_id="offer", from_commit=2).update(to_commit=9)


def test_planted_differences_are_told_and_made_right(acme, bolt, eva):
    assert reconcile() == ([_facts(acme, entries=4)], 0)
    right = [row for row in rows_of(acme) if 1 not in row[3:4] or "offer" not in row]
    plant(eva)

    (told,), code = reconcile(acme.client_id)

    assert (differences(told), code) == ({"missing": 1, "surplus": 1, "interval": 1, "unmarked": 1}, 1)
    assert told["named"]["surplus"] == ["offer of commit 1"]
    assert told["named"]["missing"] == [f"{eva.account} record/plan of commit 1"]

    (told,), code = reconcile(acme.client_id, "--repair")
    assert (told["repaired"], code) == (6, 0)
    assert reconcile() == ([_facts(acme, entries=3)], 0)
    assert {row for row in rows_of(acme)} <= set(right)


def _facts(acme, *, entries):
    counts = dict.fromkeys(("missing", "surplus", "interval", "unmarked"), 0)
    return {
        "organization": acme.name, "client_id": acme.client_id, "entries": entries, "reached": 2, "head": 2, **counts,
        "named": {}, "repaired": 0,
    }  # fmt: skip


def test_an_index_that_lost_its_mark_is_made_anew(acme, eva):
    SearchProgress.objects.all().delete()
    index(acme)

    (told,), code = reconcile(acme.client_id)
    assert (differences(told), code) == ({"unmarked": 4}, 1)

    assert reconcile("--repair")[1] == 0
    assert reconcile()[1] == 0


def test_people_read_a_sentence(acme, eva):
    eva.save(lunch=None)
    said = StringIO()

    call_command("search", "reconcile", stdout=said)

    assert (
        said.getvalue() == f"Acme Dental ({acme.client_id}): 4 entries, nothing differs. It is behind: commit 2 of 3.\n"
    )


def test_what_cannot_be_compared_ends_with_two(acme, bolt, eva):
    assert reconcile("Nobody") == ([], 2)
    assert reconcile(bolt.client_id) == ([], 2)
