"""Real mails, documents, calendars and contacts are read without a single exception; some of them are very broken."""

import os
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from backups.content.documents import text_of_document
from backups.content.mails import read_mail
from backups.content.pages import safe_html
from backups.tests.harmless import wrong_in

CORPORA = Path(settings.BASE_DIR).parent / "shared" / "data" / "corpora" / "corpora.tar.xz"
# By night all of them, by day every fourth.
STEP = 1 if os.environ.get("PORTICO_SOAK") == "1" else 4


@pytest.fixture(scope="module")
def contents():
    if not CORPORA.exists():
        pytest.skip("the corpora are not beside the checkout")
    with tarfile.open(CORPORA) as corpora:
        return {one.name: corpora.extractfile(one).read() for one in corpora if one.isfile()}


def _within(contents, folder):
    found = [(name, content) for name, content in sorted(contents.items()) if f"{folder}/" in name]
    return found[::STEP]


def test_thousands_of_real_mails_are_read_and_made_harmless(contents):
    mails = [read_mail(content) for _, content in _within(contents, "mail")]
    pages = [safe_html(mail.html) for mail in mails if mail.html]

    assert len(mails) > 6_000 // STEP
    assert sum(bool(mail.text.strip() or mail.html or mail.attachments) for mail in mails) > 0.99 * len(mails)
    assert sum(bool(mail.subject and mail.sender and mail.date) for mail in mails) > 0.98 * len(mails)
    assert [wrong for page in pages for wrong in wrong_in(page.html)] == []
    assert sum(page.blocked for page in pages) > 1_000 // STEP


def test_hundreds_of_real_documents_give_their_text_or_say_why_not(contents):
    states = {name: text_of_document(content, name=name) for name, content in _within(contents, "documents")}
    counted = Counter(found.state for found in states.values())

    assert set(counted) <= {"DONE", "NOT_A_DOCUMENT", "ENCRYPTED", "DAMAGED"}
    assert counted["DONE"] > 0.85 * len(states)
    assert counted["DAMAGED"] <= 2
    read = [found for found in states.values() if found.state == "DONE"]
    assert sum(bool(found.text) for found in read) > 0.85 * len(read)


def test_real_calendars_and_contacts_are_text_too(contents):
    files = [*_within(contents, "calendars"), *_within(contents, "contacts")]
    read = [text_of_document(content, name=name) for name, content in files]

    assert {found.state for found in read} <= {"DONE", "NOT_A_DOCUMENT"}
    assert sum(found.state == "DONE" for found in read) > 0.95 * len(read)
