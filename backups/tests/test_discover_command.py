"""Operators look at a client from the command line, and programs read what came of it."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEntry
from backups.models import DiscoveryFeed
from backups.tests.looks import connected, differences, take
from jobs.models import Job
from organizations.models import Connection, Item


@pytest.fixture
def dental(source, acme):
    return connected(source, acme, size={"users": 12, "teams": 1, "sites": 1})


def say(capsys, *words):
    """Run the command; return its exit code and what it printed."""
    try:
        call_command("discover", *words)
        code = 0
    except CommandError as problem:
        code = problem.returncode
        print(problem)
    return code, capsys.readouterr().out


@pytest.mark.parametrize("word", ["client_id", "uuid"])
def test_a_client_is_looked_at_by_its_number_or_its_uuid(source, dental, acme, capsys, word):
    code, words = say(capsys, str(getattr(acme, word)))

    assert code == 0
    assert words.startswith(f"Acme Dental ({acme.client_id}): {Item.objects.count()} seen in ")
    assert differences(source, dental) == []
    assert AuditEntry.objects.get(action="discovery.requested").actor == "Command line"


def test_everybody_is_looked_at_with_one_json_object_a_line(source, dental, bolt, capsys):
    bakery = connected(source, bolt)

    code, words = say(capsys, "--all", "--json")

    facts = [json.loads(line) for line in words.splitlines()]
    assert code == 0
    assert [(one["organization"], one["complete"], one["problem"]) for one in facts] == [
        ("Acme Dental", True, ""), ("Bolt Bakery", True, ""),
    ]  # fmt: skip
    assert differences(source, bakery) == []


def test_a_full_look_lists_everything_afresh(source, dental, acme, capsys):
    say(capsys, acme.client_id)
    rounds = set(DiscoveryFeed.objects.values_list("round", flat=True))

    code, _ = say(capsys, acme.client_id, "--full")

    assert code == 0
    assert set(DiscoveryFeed.objects.values_list("round", flat=True)) == {one + 1 for one in rounds}


def test_a_tenant_that_shrank_is_refused_until_the_operator_accepts_it(source, dental, acme, capsys):
    say(capsys, acme.client_id)
    source.mutate(dental.tenant_id, {"op": "empty"})

    code, words = say(capsys, acme.client_id, "--full")
    assert code == 1
    assert "Nothing was marked as gone" in words
    assert not Item.objects.filter(presence="GONE").exists()
    code, words = say(capsys, acme.client_id, "--accept-shrinking")

    assert code == 0
    assert not Item.objects.exclude(presence="GONE").exists()
    asked = AuditEntry.objects.filter(action="discovery.requested").last()
    assert asked.details == {"lists_afresh": True, "accepts_shrinking": True}


def test_a_pause_is_said_and_left_to_the_workers(source, dental, acme, capsys):
    source.fault({"status": 429, "retry_after": 900}, path="/groups/delta")

    code, words = say(capsys, acme.client_id)

    assert code == 1
    assert "waiting. The provider asked for a pause until" in words
    assert Job.objects.get(kind="discover").state == "QUEUED"
    assert Connection.objects.get().discovery == "WAITING"


def test_a_look_that_a_worker_has_begun_is_left_to_it(source, dental, acme, capsys):
    take(dental)

    code, words = say(capsys, acme.client_id)

    assert code == 1
    assert "A worker is looking at Acme Dental just now." in words
    assert not source.log()


def test_a_look_that_waits_for_a_worker_is_done_here(source, dental, acme, capsys):
    claim = take(dental)
    Job.objects.filter(pk=claim.job_id).update(state="QUEUED", lease_until=None, attempts=0)

    code, _ = say(capsys, acme.client_id)

    assert code == 0
    assert Job.objects.get(kind="discover").state == "DONE"


@pytest.mark.parametrize("words", [[], ["99999999"], ["nobody"], ["00000000-0000-4000-8000-000000000000"]])
def test_what_cannot_be_looked_at_is_said_with_a_code_of_its_own(dental, capsys, words):
    code, answer = say(capsys, *words)

    assert code == 2
    assert "Name one organization" in answer or "There is no organization" in answer


def test_a_client_without_a_service_is_named(bolt, capsys):
    code, answer = say(capsys, bolt.client_id)

    assert (code, answer.strip()) == (2, "Bolt Bakery is not connected to any service.")


def test_one_that_fails_does_not_keep_the_others_from_being_looked_at(source, dental, bolt, capsys):
    bakery = connected(source, bolt)
    source.revoke(dental.tenant_id, source.apps["backup"].client_id)

    code, words = say(capsys, "--all", "--json")

    facts = [json.loads(line) for line in words.splitlines()[:2]]
    assert code == 1
    assert [one["complete"] for one in facts] == [False, True]
    assert "consent was withdrawn" in facts[0]["problem"]
    assert differences(source, bakery) == []
    assert timezone.now() > Connection.objects.get(pk=bakery.pk).discovered_at
