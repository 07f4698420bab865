"""What is inside: the texts of files and attachments, events and contacts, and of those who have left."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from backups.engine.indexing import KIND
from backups.models import STILL, Container, SearchEntry
from backups.search import Query, parse, search
from backups.tests.backing_up import back_up, protect
from backups.tests.looks import connected, look
from backups.tests.searching import MORNING, Mailbox, index
from jobs import claims
from jobs.models import Job
from organizations.models import Item


@pytest.fixture
def find(cast, acme):
    """Return the names of what Ada finds at Acme, once everything is indexed."""

    def _find(typed):
        answer = search(cast["ada"], acme, Query(parse(typed, zone=timezone.get_current_timezone())), now=MORNING)
        return [entry.name for entry in answer.entries]

    return _find


def test_words_inside_an_attachment_find_the_mail_it_came_with(acme, vault_store, find):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ida@acme.example", "eva@acme.example", "The contract"
    mail.set_content("Please sign.")
    mail.add_attachment("The party of the first part rents a caravan.", filename="caravan-contract.txt")
    mail.add_attachment(b"\x89PNG\r\n\x1a\n", "image", "png", filename="sketch.png")
    facts = {"name": "The contract", "modified_at": "2026-10-20T08:00:00Z", "from": "Ida <ida@acme.example>"}
    Mailbox(acme).save_whole("m1", facts, {"subject": "The contract", "bodyPreview": "preview"}, mime=mail.as_bytes())
    index(acme)

    for typed in ('"rents a caravan"', "filename:caravan", "sketch.png has:attachment", '"please sign" from:ida'):
        assert find(typed) == ["The contract"], typed
    entry = SearchEntry.objects.get()
    assert (entry.text_state, entry.has_attachments) == ("", True)
    assert entry.at == datetime(2026, 10, 20, 8, tzinfo=UTC)
    assert entry.people == "Ida <ida@acme.example>"


def test_a_file_is_found_by_its_name_and_by_what_stands_in_it(acme, vault_store, find):
    drive = Mailbox(acme, kind="ONEDRIVE")
    facts = {"name": "Budget_2027.csv", "modified_at": "2026-09-01T08:00:00Z", "is_folder": False, "size": 20}
    record = {"name": "Budget_2027.csv", "file": {"mimeType": "text/csv"}}
    drive.save_whole("f1", facts, record, content=b"item;euro\nprojector;900\n")
    drive.save_whole(
        "f2", {"name": "broken.pdf", "modified_at": ""}, {"name": "broken.pdf"}, content=b"%PDF-1.7 broken"
    )
    drive.save_whole("f3", {"name": "Budgets", "is_folder": True}, {"name": "Budgets", "folder": {"childCount": 1}})
    index(acme)

    assert find("projector") == find("filename:budget_2027") == ["Budget_2027.csv"]
    assert find("broken.pdf") == ["broken.pdf"]
    assert find("budgets") == ["Budgets"]
    assert SearchEntry.objects.get(object_id="f2").text_state == "DAMAGED"
    assert SearchEntry.objects.get(object_id="f3").is_folder


def test_an_event_is_found_by_its_people_and_stands_at_its_beginning(acme, vault_store, find):
    calendar = Mailbox(acme, kind="CALENDAR")
    facts = {"name": "Fire drill", "modified_at": "2026-01-01T08:00:00Z", "start": "2026-11-05T09:00:00+00:00",
             "from": "Max Weber <max@acme.example>", "to": ["Eva Lindholm <eva@acme.example>"]}  # fmt: skip
    record = {"subject": "Fire drill", "body": {"contentType": "html", "content": "<p>Meet at the <b>gate</b></p>"},
              "start": {"dateTime": "2026-11-05T09:00:00", "timeZone": "UTC"}}  # fmt: skip
    calendar.save_whole("e1", facts, record)
    index(acme)

    assert find('gate from:max to:"Eva Lindholm" kind:event') == ["Fire drill"]
    assert SearchEntry.objects.get().at == datetime(2026, 11, 5, 9, tzinfo=UTC)


def test_what_is_kept_of_somebody_who_has_left_is_found(acme, vault_store, find):
    Mailbox(acme).save(offer="Offer for chairs\nTen chairs, please.")
    index(acme)
    Item.objects.update(presence="GONE", is_chosen=False)
    Container.objects.update(status=Container.Status.NOT_AVAILABLE)

    assert find("chairs") == ["Offer for chairs"]


def test_an_account_that_no_item_has_is_not_indexed_and_holds_nobody_up(acme, vault_store, find):
    mailbox = Mailbox(acme)
    mailbox.account = "mail/of nobody"
    mailbox.save(lost="Lost\nNobody can be shown this.")
    mailbox.account = mailbox.container.account
    mailbox.save(offer="Offer\nTen chairs.")

    index(acme)

    assert find("") == ["Offer"]


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_backup_makes_what_it_saved_searchable(cast, acme, source, vault_store, clock, mail_only):
    tenant = connected(source, acme, size={"users": 2})
    look(tenant)
    whose = source.control(f"/tenants/{tenant.tenant_id}")["user_upn"]
    source.mutate(tenant.tenant_id, {"op": "receive_mail", "user": whose, "subject": "Implant invoice 2203"})
    protect(tenant, whose)
    back_up(tenant, clock)
    query, later = Query(parse("subject:implant", zone=UTC)), clock() + timedelta(minutes=5)

    before = search(cast["ada"], acme, query, now=later)
    job = Job.objects.get(kind=KIND, state=Job.State.QUEUED)
    Job.objects.filter(pk=job.pk).update(not_before=Now())
    assert claims.run(job.pk) == Job.State.DONE
    after = search(cast["ada"], acme, query, now=later)

    assert (before.entries, before.is_behind) == ((), True)
    assert ([entry.name for entry in after.entries], after.is_behind) == (["Implant invoice 2203"], False)
    assert SearchEntry.objects.filter(to_commit=STILL).count() == Container.objects.get().objects_kept
