"""Operators restore from the command line: a plan first, then the start, with codes that scripts understand."""

import json
from functools import partial

import pytest
from django.core.management import CommandError, call_command

from backups.engine import restore, restore_counting
from backups.models import Restore
from backups.tests.restores_made import let_write
from backups.tests.scripted_restorer import ScriptedRestorer, refused
from backups.tests.stocked import Stock
from organizations.actions.source_apps import register_app
from organizations.models import SourceApp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def target(acme, vault_store, monkeypatch, noon):
    """Eva's three messages, and a target that the jobs of this test write to."""
    register_app(purpose=SourceApp.Purpose.RESTORE, client_id="restores", actor="Ops", now=noon)
    stock = Stock(acme).feed()
    for number in range(3):
        stock.mail(number)
    stock.close()
    stock.snapshot()
    let_write(stock.container.connection)
    target = ScriptedRestorer()
    for module, name in ((restore, "restore_objects"), (restore_counting, "count_restore")):
        # The jobs' own doors take no restorer.
        into = partial(getattr(module, name), restorers=lambda graph: {"MAIL": target})
        monkeypatch.setattr(module, name, into)
    return target


def _told(capsys, *words):
    call_command("restore", *words, "--json")
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_an_operator_plans_looks_starts_and_lists(target, acme, capsys):
    plan = _told(capsys, "plan", acme.name, "--account", "Eva Lindholm", "--kind", "mail", "--original-place")
    assert (plan["state"], plan["to_restore"], target.order) == ("READY", 3, [])
    done = _told(capsys, "start", plan["restore"])
    assert (done["state"], done["restored"], len(target.order)) == ("DONE", 3, 3)

    call_command("restore", "list", acme.name)
    assert capsys.readouterr().out.strip() == (
        f"{plan['restore']}  Done: Mail of Eva Lindholm to Eva Lindholm, the original place."
        " 3 of 3 restored, 0 there already, 0 not restored."
    )
    assert Restore.objects.get().requested_by == "Command line"


def test_what_cannot_be_ends_with_a_code_that_says_so(target, acme, capsys):
    codes = {}
    target.script = {"m1": [refused()]}
    plan = _told(capsys, "plan", acme.name, "--account", "Eva Lindholm", "--at", "2099-01-01")
    for name, words in {
        "partial": ["start", plan["restore"]],
        "over": ["start", plan["restore"]],
        "nobody": ["plan", acme.name, "--account", "Nobody"],
        "no such": ["show", "7"],
        "too early": ["plan", acme.name, "--account", "Eva Lindholm", "--at", "2001-01-01"],
        "no moment": ["plan", acme.name, "--account", "Eva Lindholm", "--at", "yesterday"],
        "nothing kept": ["plan", acme.name, "--account", "Eva Lindholm", "--kind", "teams"],
    }.items():
        with pytest.raises(CommandError) as raised:
            call_command("restore", *words)
        codes[name] = raised.value.returncode

    assert codes == {
        "partial": 2, "over": 1, "nobody": 3, "no such": 3, "too early": 3, "no moment": 3, "nothing kept": 3,
    }  # fmt: skip
