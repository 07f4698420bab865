"""Operators back a client up from the command line, and programs read what came of it."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry
from backups.actions.runs import start_run
from backups.management import backup_work
from backups.models import Container, Run
from backups.tests.backing_up import protect
from backups.tests.looks import connected, look
from jobs.models import Job
from organizations.models import Item, Policy
from organizations.tests.factories import make_connection, make_organization

SMALL = {"users": 3, "shared": 1, "teams": 1, "sites": 1}


@pytest.fixture
def dental(source, vault_store, acme):
    """Acme's contacts, which are quickly copied."""
    Policy.objects.filter(organization=acme).update(
        mail=False, calendar=False, onedrive=False, sharepoint=False, teams=False
    )
    connection = connected(source, acme, size=SMALL)
    return look(connection)


def say(capsys, *words):
    """Run the command; return its exit code and what it printed."""
    try:
        call_command("backup", *words)
        code = 0
    except CommandError as problem:
        code = problem.returncode
        print(problem)
    return code, capsys.readouterr().out


@pytest.mark.parametrize("word", ["client_id", "uuid", "name", "domain"])
def test_a_client_is_backed_up_by_whatever_names_it(dental, acme, capsys, word):
    protect(dental)
    acme.domain = dental.domain
    acme.save(update_fields=["domain"])

    code, words = say(
        capsys, str(getattr(acme, word)).upper() if word in ("name", "domain") else str(getattr(acme, word))
    )

    run = Run.objects.get()
    assert (code, run.state, run.trigger, run.requested_by) == (0, "SUCCESS", "OPERATOR", "Command line")
    assert words.startswith(f"Acme Dental ({acme.client_id}): success after ")
    assert f"{run.added:,} new" in words
    assert run.added == sum(Container.objects.filter(kind="CONTACTS").values_list("objects_kept", flat=True)) > 0
    assert AuditEntry.objects.get(action="run.requested").actor == "Command line"


def test_one_account_alone_is_backed_up_and_told_as_json(dental, acme, capsys):
    protect(dental)
    item = Item.objects.filter(mailbox="USER").first()

    code, words = say(capsys, acme.client_id, "--account", item.address.upper(), "--json")

    facts = json.loads(words)
    assert (code, facts["state"], facts["account"], facts["accounts"]) == (0, "SUCCESS", str(item), 1)
    assert facts["run"] == str(Run.objects.get(item=item).uuid)


def test_what_could_not_be_saved_ends_with_two(source, dental, acme, capsys):
    protect(dental)
    item = Item.objects.filter(mailbox="USER").first()
    source.fault({"status": 403}, path=f"/users/{item.remote_id}/contactFolders")

    code, words = say(capsys, acme.client_id)

    assert code == 2
    assert "partial after" in words
    assert "tried again by itself" in words


def test_a_service_that_does_not_let_us_in_ends_with_one(source, dental, acme, bolt, capsys):
    protect(dental)
    make_connection(bolt, state="ACCESS_LOST")

    code, words = say(capsys, "--all", "--json")

    facts = [json.loads(line) for line in words.splitlines()[:2]]
    assert code == 1
    assert {one["organization"]: one["state"] for one in facts} == {"Acme Dental": "SUCCESS", "Bolt Bakery": "REFUSED"}
    assert "1 of 2 failed." in words


def test_nobody_chosen_is_said(dental, acme, capsys):
    code, words = say(capsys, acme.client_id)

    assert code == 1
    assert "not begun. No account is protected yet" in words


def test_without_waiting_the_work_is_left_to_the_workers(dental, acme, capsys):
    protect(dental)

    code, words = say(capsys, acme.client_id, "--no-wait")

    assert code == 0
    assert "under way, 0 of 0 accounts done." in words
    assert Job.objects.get(kind="begin_run").state == "QUEUED"
    assert Run.objects.get().state == "QUEUED"


def test_a_backup_that_waits_already_is_done_here(dental, acme, capsys):
    protect(dental)
    start_run(connection=dental, trigger="SCHEDULE", actor=None, now=timezone.now())

    code, _ = say(capsys, acme.client_id)

    assert code == 0
    assert (Run.objects.get().state, Run.objects.get().trigger) == ("SUCCESS", "SCHEDULE")


def test_whoever_stops_watching_leaves_the_backup_going(dental, acme, capsys, monkeypatch):
    protect(dental)

    def press_ctrl_c(run):
        raise KeyboardInterrupt

    monkeypatch.setattr(backup_work, "_do_one", press_ctrl_c)
    code, words = say(capsys, acme.client_id)

    assert code == 130
    assert "goes on with the next free worker" in words
    assert Run.objects.get().is_open


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([], "Name one organization"),
        (["99999999"], "There is no organization"),
        (["nobody"], "There is no organization"),
        (["Acme Dental", "--all"], "Name one organization"),
        (["00000000-0000-4000-8000-000000000000"], "There is no organization"),
        (["Bolt Bakery"], "Bolt Bakery is not connected to any service."),
        (["Acme Dental", "--account", "nobody@acme.example"], "has no account with the address or name"),
        (["--all", "--account", "nobody@acme.example"], "There is no organization|--account needs one organization"),
    ],
)
def test_what_makes_no_sense_ends_with_three(acme, bolt, northwind, capsys, words, answer):
    make_connection(acme)
    if words[:1] == ["--all"]:
        make_connection(make_organization(northwind, "Cobalt Law"))

    code, printed = say(capsys, *words)

    assert code == 3
    assert any(one in printed for one in answer.split("|"))
    assert not Run.objects.exists()


def test_a_name_that_two_clients_have_is_not_guessed(acme, rival, capsys):
    make_organization(rival, "Acme Dental")

    code, words = say(capsys, "Acme Dental")

    assert code == 3
    assert "2 organizations are called 'Acme Dental'" in words
    assert acme.client_id in words
