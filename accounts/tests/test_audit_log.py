"""The audit log: in the same transaction, in order, unchangeable, and honest about tampering."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import AuditChain, AuditEntry
from accounts.sentences import SENTENCES, SUBJECTS, sentence
from accounts.tests.test_members import in_two_threads


def write(partner, count, at=None, **fields):
    with transaction.atomic():
        return [
            audit.record("partner.edited", partner_id=partner.pk, actor="Ada", target=partner, at=at or timezone.now(),
                         details={"n": n}, **fields)
            for n in range(count)
        ]  # fmt: skip


def tamper(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER accounts_audit_no_change")
        cursor.execute(sql, values)
        cursor.execute("ALTER TABLE accounts_auditentry ENABLE TRIGGER accounts_audit_no_change")


def problems():
    return [(finding.number, finding.problem) for finding in audit.verify()]


def test_entries_are_numbered_per_partner_and_hold(northwind, rival):
    write(northwind, 3)
    write(rival, 2)

    entries = AuditEntry.objects.filter(chain__partner=northwind).order_by("number")
    assert list(entries.values_list("number", flat=True)) == [1, 2, 3]
    assert problems() == []


@pytest.mark.parametrize("sql", ["UPDATE accounts_auditentry SET actor = 'Eve'", "DELETE FROM accounts_auditentry"])
def test_the_database_refuses_to_change_or_remove_an_entry(northwind, sql):
    write(northwind, 1)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_database_refuses_to_empty_the_log(northwind):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012
        cursor.execute("ALTER TABLE accounts_auditentry ENABLE TRIGGER accounts_audit_no_truncate")
        cursor.execute("TRUNCATE accounts_auditentry")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE accounts_auditentry SET actor = 'Eve' WHERE number = 2", [(2, "was edited after it was written")]),
        ("UPDATE accounts_auditentry SET details = '{}' WHERE number = 3", [(3, "was edited after it was written")]),
        ("UPDATE accounts_auditentry SET at = at + interval '1 us' WHERE number = 1",
         [(1, "was edited after it was written")]),
        ("DELETE FROM accounts_auditentry WHERE number = 2", [(2, "1 missing before entry 3")]),
        ("DELETE FROM accounts_auditentry WHERE number = 1", [(1, "1 missing before entry 2")]),
        ("DELETE FROM accounts_auditentry WHERE number > 3", [(4, "2 missing at the end")]),
        ("DELETE FROM accounts_auditentry", [(1, "5 missing at the end")]),
    ],
)  # fmt: skip
def test_an_edited_or_missing_entry_is_found(northwind, sql, found):
    write(northwind, 5)

    tamper(sql)

    assert problems() == found


def test_reordered_entries_are_found(northwind):
    write(northwind, 4)

    tamper("UPDATE accounts_auditentry SET number = 99 WHERE number = 2")
    tamper("UPDATE accounts_auditentry SET number = 2 WHERE number = 3")
    tamper("UPDATE accounts_auditentry SET number = 3 WHERE number = 99")

    assert {number for number, _ in problems()} >= {2, 3}


def test_an_entry_rewritten_with_a_right_hash_breaks_the_one_after_it(northwind):
    second = write(northwind, 3)[1]
    second.actor = "Eve"

    tamper("UPDATE accounts_auditentry SET actor = 'Eve', hash = %s WHERE number = 2", second.computed_hash())

    assert problems() == [(3, "does not follow the entry before it")]


def test_an_added_entry_is_found(northwind):
    last = write(northwind, 2)[-1]
    last.pk, last.number = None, 3
    last.uuid = AuditEntry().uuid
    last.save(force_insert=True)

    assert problems() == [(3, "was added without the chain knowing")]


def test_the_command_says_where_and_fails(northwind, capsys):
    write(northwind, 2)
    call_command("verify_audit")
    tamper("UPDATE accounts_auditentry SET actor = 'Eve' WHERE number = 2")

    with pytest.raises(CommandError):
        call_command("verify_audit")

    printed = capsys.readouterr()
    assert "2 entries checked" in printed.out
    assert "Northwind IT: entry 2 was edited" in printed.err


@pytest.mark.django_db(transaction=True)
def test_an_entry_without_a_transaction_is_refused(northwind):
    with pytest.raises(transaction.TransactionManagementError):
        audit.record("partner.edited", partner_id=northwind.pk, actor="Ada", at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_change_that_fails_leaves_no_entry(northwind):
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        audit.record("partner.edited", partner_id=northwind.pk, actor="Ada", at=timezone.now())
        1 / 0  # noqa: B018

    assert not AuditEntry.objects.exists()
    assert problems() == []


@pytest.mark.outside_servers
@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_stand_one_after_the_other(northwind):
    outcomes = in_two_threads(lambda: write(northwind, 20), lambda: write(northwind, 20))

    assert outcomes == [None, None]
    assert AuditChain.objects.get(partner=northwind).length == 40
    assert problems() == []


def test_every_action_the_code_records_has_a_sentence_and_a_filter():
    files = [
        file for app in ("accounts", "organizations", "portal") for file in Path(settings.BASE_DIR, app).rglob("*.py")
    ]
    code = "\n".join(file.read_text() for file in files if "tests" not in file.parts)
    recorded = set(re.findall(r'(?:record|record_own|_record)\(\s*(?:[\w.]+, )?"([a-z_]+\.[a-z_]+)"', code))
    prefixes = tuple(prefix for _, _, several in SUBJECTS for prefix in several)

    assert len(recorded) > 15
    assert recorded - set(SENTENCES) == set()
    assert [action for action in SENTENCES if not action.startswith(prefixes)] == []


def test_values_from_people_cannot_reach_into_the_sentence(northwind):
    entry = AuditEntry(action="member.created", details={"name": "{target.pk} {0}", "role": "BASIC"}, target="x")

    assert sentence(entry) == "created the user {target.pk} {0} as Basic"


def test_where_a_request_came_from_is_noted(sign_in, cast):
    sign_in("ada", REMOTE_ADDR="192.0.2.7").post(
        "/account/", {"first_name": "Adele", "last_name": "L", "theme": "DARK"}
    )

    entry = AuditEntry.objects.get(action="profile.edited")
    assert (entry.address, entry.actor_role) == ("192.0.2.7", "ADMINISTRATOR")


def shown(answer):
    return [row.sentence for _, rows in answer.context["days"] for row in rows]


def test_the_page_filters_by_person_subject_and_days(sign_in, cast, northwind):
    now = timezone.now()
    with transaction.atomic():
        for actor, action, at in [
            (cast["ada"].user, "partner.edited", now),
            (cast["ben"].user, "sign_in.succeeded", now),
            (cast["ben"].user, "sign_in.succeeded", now - timedelta(days=10)),
        ]:
            audit.record(action, partner_id=northwind.pk, actor=actor, at=at)
    browser = sign_in("ada")
    day = timezone.localdate().isoformat()

    assert len(shown(browser.get("/settings/activity/"))) == 3
    assert len(shown(browser.get(f"/settings/activity/?person={cast['ben'].user.uuid}"))) == 2
    assert shown(browser.get("/settings/activity/?subject=company")) == ["changed the company’s details"]
    assert len(shown(browser.get(f"/settings/activity/?since={day}&until={day}"))) == 2


@pytest.mark.parametrize(
    "query",
    [
        "person=nonsense",
        "subject=x",
        "since=yesterday",
        "since=2026-02-02&until=2026-01-01",
        "before=x",
        "before=" + "9" * 30,
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_left_out(sign_in, query):
    assert sign_in("ada").get(f"/settings/activity/?{query}").status_code == 200


def test_a_rivals_people_cannot_be_chosen(sign_in, cast):
    page = sign_in("ada").get(f"/settings/activity/?person={cast['rita'].user.uuid}")

    assert "person" in page.context["form"].errors
    assert "Rita" not in page.content.decode()


def test_older_entries_are_loaded_from_where_the_page_ends(sign_in, northwind, django_assert_num_queries):
    write(northwind, 120)
    browser = sign_in("ada")
    browser.get("/settings/activity/")
    with django_assert_num_queries(8):
        first = browser.get("/settings/activity/")
    second = browser.get(f"/settings/activity/?before={first.context['older_than']}", headers={"HX-Request": "true"})
    third = browser.get(f"/settings/activity/?before={second.context['older_than']}")

    assert [len(shown(page)) for page in (first, second, third)] == [50, 50, 20]
    assert third.context["older_than"] is None
    assert "<html" not in second.content.decode()


@pytest.mark.parametrize("query", ["", "subject=company", "subject=company&person={ada}"])
def test_every_entry_is_on_one_page_though_clocks_went_back(sign_in, cast, northwind, query):
    now, ada = timezone.now(), cast["ada"].user
    with transaction.atomic():
        # Seven moments, so that most entries share theirs with others.
        for number in range(120):
            at = now - timedelta(hours=number * 5 % 7)
            audit.record("partner.edited", partner_id=northwind.pk, actor=ada, at=at, details={"n": number})
    browser, query = sign_in("ada"), query.format(ada=ada.uuid)

    found, before = [], ""
    while before is not None:
        page = browser.get(f"/settings/activity/?{query}&before={before}")
        found += [row for _, rows in page.context["days"] for row in rows]
        before = page.context["older_than"]

    assert [(row.at, row.number) for row in found] == sorted(((row.at, row.number) for row in found), reverse=True)
    assert sorted(row.number for row in found) == list(range(1, 121))


def test_a_subject_of_one_client_shows_its_newest_entries_of_any_action(sign_in, northwind, acme, bolt):
    with transaction.atomic():
        for number in range(60):
            for client in (acme, bolt):
                action = "run.requested" if number % 3 else "report.generated"
                audit.record(
                    action, partner_id=northwind.pk, organization_id=client.pk, actor="Schedule", at=timezone.now(),
                    target=client, details={"what": "Ada"},
                )  # fmt: skip
            audit.record("partner.edited", partner_id=northwind.pk, actor="Ada", at=timezone.now())

    page = sign_in("ada").get(f"/settings/activity/?subject=backups&client={acme.client_id}")

    rows = [row for _, rows in page.context["days"] for row in rows]
    assert [row.number for row in rows] == [3 * number + 1 for number in range(59, 9, -1)]
    assert all("Acme Dental" in row.sentence for row in rows)
