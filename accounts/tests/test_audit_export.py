"""The audit log as a file: what the filters show, checkable without us, noted itself; and whether the chain holds."""

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.actions.chains import EVERY, LONG, request_due_verifications, verify_one
from accounts.models import AuditChain, AuditEntry
from accounts.tests.test_audit_log import tamper
from jobs.claims import run
from jobs.models import Job
from organizations.tests.factories import make_organization

FILE = "/settings/activity/file/"


@pytest.fixture
def log(cast, acme, bolt, noon):
    """Ada, Ben and Otto did something, at Acme, at Bolt and at home."""
    people = {"ada": None, "ben": bolt, "otto": acme}
    for who, client in people.items():
        with audit.coming_from(audit.Origin("192.0.2.7", cast[who].role)):
            audit.record(
                "profile.edited", partner_id=cast["ada"].partner_id, organization_id=client and client.pk,
                actor=cast[who].user, at=noon, target=cast[who].user, details={"city": ["=1+1", "Köln"]},
            )  # fmt: skip
    audit.record(
        "item.gone", partner_id=cast["ada"].partner_id, organization_id=acme.pk, actor="Schedule", at=noon, target=acme,
        details={"count": 2, "names": "Mia; Noa"},
    )  # fmt: skip


def _lines(answer):
    return [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]


def _table(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def _hash(line):
    left_out = ("hash", "sentence")
    facts = {name: value for name, value in line.items() if name not in left_out}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_stranger_checks_the_chain_of_the_whole_file(sign_in, log):
    ada = sign_in("ada")

    answer = ada.get(FILE, {"format": "jsonl"})
    lines = _lines(answer)

    assert answer["Content-Disposition"] == f'attachment; filename="Audit log {timezone.localdate():%Y-%m-%d}.jsonl"'
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert [_hash(line) for line in lines] == [line["hash"] for line in lines]
    assert [line["previous_hash"] for line in lines] == ["0" * 64, *(line["hash"] for line in lines[:-1])]
    noted = AuditEntry.objects.get(action="log.exported")
    assert noted.details == {"format": "JSON Lines", "entries": len(lines)}
    assert (noted.number, noted.previous_hash) == (len(lines) + 1, lines[-1]["hash"])
    assert "took" in ada.get("/settings/activity/").content.decode()


def test_the_filters_hold_for_the_file_and_no_cell_is_a_formula(sign_in, log, cast, bolt):
    ada = sign_in("ada")

    for number in range(510):
        client = make_organization(bolt.partner, f"Chain store {number}")
        audit.record(
            "organization.created", partner_id=bolt.partner_id, organization_id=client.pk, actor=cast["ada"].user,
            at=timezone.now(), target=client,
        )  # fmt: skip
    assert len(_lines(ada.get(FILE, {"client": "chain store", "format": "jsonl"}))) == 510

    rows = _table(ada.get(FILE, {"client": bolt.client_id, "subject": "users"}))
    page = ada.get("/settings/activity/", {"client": "bolt"}).content.decode()
    odd = ada.get(FILE, {"client": "Nobody at all", "format": "jsonl"}, follow=True)

    assert [row["Who"] for row in rows] == ["Ben Okafor"]
    assert rows[0]["Time (UTC)"].startswith("2026-10-25T11:00:00")
    assert not any(cell.startswith(("=", "+", "@")) for cell in rows[0].values())
    assert "Ben Okafor" in page
    assert "Otto Brandt" not in page.partition("audit-rows")[2]
    assert "No client has this name or Client ID." in odd.content.decode()


@pytest.mark.parametrize(("who", "may"), [("ada", 200), ("ben", 403), ("cora", 403), ("otto", 404), ("rita", 200)])
def test_who_may_take_the_partners_log_along(sign_in, log, who, may):
    answer = sign_in(who).get(FILE, {"format": "jsonl"})

    assert answer.status_code == may
    if who == "rita":
        assert _lines(answer) == []


def test_a_clients_log_goes_along_in_both_parts_without_where_we_work(sign_in, log, cast, acme):
    file = reverse("organizations:organization_log_export", args=[acme.uuid])
    with audit.coming_from(audit.Origin("192.0.2.8", cast["ada"].role)):
        audit.record(
            "organization.edited", partner_id=acme.partner_id, organization_id=acme.pk, actor=cast["ada"].user,
            at=timezone.now(), target=acme,
        )  # fmt: skip

    lines = _lines(sign_in("otto").get(file, {"format": "jsonl"}))
    people = {line["actor"]: line for line in lines if line["action"] != "log.exported"}
    system = _table(sign_in("otto").get(file, {"show": "system"}))

    assert people.keys() == {"Otto Brandt", "Ada Lindqvist"}
    assert people["Ada Lindqvist"]["address"] is None
    assert people["Otto Brandt"]["address"] == "192.0.2.7"
    # Nothing but what the page shows.
    assert not any({"details", "actor_id", "organization_id"} & line.keys() for line in lines)
    assert people["Otto Brandt"]["changes"]
    assert [row["Action"] for row in system] == ["item.gone"]
    assert AuditEntry.objects.filter(action="log.exported", organization_id=acme.pk).count() == 2
    assert {sign_in(who).get(file).status_code for who in ("pia", "rita")} == {404}


def test_a_chain_is_computed_anew_every_hour_and_pages_say_so(sign_in, log, acme, noon, cast):
    chain = AuditChain.objects.get(partner=acme.partner)
    page = "/settings/activity/"
    never = sign_in("ada").get(page).content.decode()
    assert "Not verified yet" in never
    assert "success-text" not in never.partition("Not verified yet")[0].rpartition("<p")[2]

    assert request_due_verifications(noon) >= 1
    # Nor is one that was given up asked for every minute.
    Job.objects.filter(kind="verify_chain").update(state="QUARANTINED", finished_at=noon)
    assert request_due_verifications(noon + timedelta(minutes=1)) == 0
    Job.objects.filter(kind="verify_chain").update(state="QUEUED", finished_at=None)
    for job in Job.objects.filter(kind="verify_chain"):
        assert run(job.pk) == Job.State.DONE
    assert request_due_verifications(timezone.now()) == 0
    chain.refresh_from_db()
    assert (chain.verified_length, chain.verified_problem) == (4, "")
    assert "Intact, 4 entries, verified" in sign_in("ada").get(page).content.decode()
    otto = sign_in("otto").get(reverse("organizations:organization_log", args=[acme.uuid])).content.decode()
    assert "Intact, verified" in otto

    later = chain.verified_at + EVERY + timedelta(minutes=1)
    assert request_due_verifications(later) == 1
    Job.objects.all().delete()
    AuditChain.objects.filter(pk=chain.pk).update(length=LONG)
    assert request_due_verifications(later) == 0


def test_an_entry_that_was_edited_is_told_loudly(sign_in, log, acme):
    chain = AuditChain.objects.get(partner=acme.partner)
    tamper("UPDATE accounts_auditentry SET actor = 'Nobody' WHERE number = 2 AND chain_id = %s", chain.pk)

    verify_one(chain.pk, now=timezone.now())

    for page in ("/settings/activity/", reverse("organizations:organization_log", args=[acme.uuid])):
        told = sign_in("ada").get(page).content.decode()
        assert "This log does not hold. Entry 2 was edited after it was written." in told
        assert 'role="alert"' in told
