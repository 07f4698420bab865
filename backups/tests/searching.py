"""Saved mails for tests of the index: in a real vault, or as rows of one only."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db import transaction

from backups.engine import indexing_store
from backups.engine.indexing import KIND, index_organization, request_indexing
from backups.engine.indexing_changes import Saved
from backups.engine.indexing_entries import entry_of
from backups.engine.indexing_texts import Texts
from backups.engine.notes import RECORD, Note, canonical, external_id
from backups.engine.search_words import mark_of
from backups.engine.vaults import vault_of
from backups.models import STILL, Container, SearchEntry, SearchProgress, VaultOrganization, VaultVersion
from backups.vault import ids
from backups.vault.lookups import VersionRow
from backups.vault.writer import Writer
from jobs import claims
from jobs.models import Job
from organizations.tests.factories import make_connection, make_item

MORNING = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)


def make_container(organization, name, kind="MAIL"):
    """Return one kind of data of somebody at a client."""
    connection = organization.connections.first() or make_connection(organization)
    item = connection.items.filter(name=name).first() or make_item(connection, name)
    account = f"{kind.lower()}/{item.remote_id}"
    return Container.objects.create(
        organization=organization, connection=connection, item=item, kind=kind, account=account
    )


def shelve(
    container, name, *, body="", sender="", to=(), files=(), at=MORNING, size=1_000, feed="inbox", begins=1, ends=STILL,
    of=None,
):  # fmt: skip
    """Put a saved state of an object into the index, with as much of a vault as the database asks for.

    ``of`` is an earlier state of the same object.
    """
    owner = container.organization.uuid
    VaultOrganization.objects.get_or_create(organization=owner, defaults={"head_digest": b"", "created_at": MORNING})
    progress, _ = SearchProgress.objects.get_or_create(organization=owner)
    object_id, one = (of.object_id, of.object) if of else (f"object {uuid4()}", uuid4())
    VaultVersion.objects.create(
        organization=owner, object=one, from_commit=begins, to_commit=ends, size=size, sha256=b"", recipe=b"", meta=b""
    )
    saved = Saved(container.account, object_id, VersionRow(one, begins, ends, size, b"", b"", b""))
    facts = {"name": name, "modified_at": at.isoformat(), "start": at.isoformat(), "has_attachments": bool(files)}
    texts = Texts([name], [sender, *to], [sender], list(to), list(files), [body])
    entry = entry_of(mark_of(progress.pk), container, saved, Note("", feed, size=size, facts=facts), texts, at)
    assert indexing_store.store(owner, [entry], holds=lambda: None) == 1
    return SearchEntry.objects.get(organization=owner, object=one, from_commit=begins)


class Mailbox:
    """Somebody's mailbox, or another kind of data, that is saved in a real vault, a commit at a time."""

    def __init__(self, organization, name="Eva Lindholm", kind="MAIL"):
        self.container = make_container(organization, name, kind)
        self.account = self.container.account
        self.vault = vault_of(organization, now=MORNING)
        self.at = MORNING

    def save(self, **mails):
        """Save mails by id: the text after a line with the subject. None removes one at the source."""
        self.at += timedelta(minutes=1)
        with Writer(self.vault, now=lambda: self.at) as writer:
            for one, text in mails.items():
                for name in ("mime", RECORD):
                    if text is None:
                        writer.delete(self.account, external_id(name, one))
                if text is not None:
                    self._put(writer, one, *text.split("\n", 1))

    def _put(self, writer, one, subject, body=""):
        mime = f"From: ida@acme.example\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()
        facts = {"name": subject, "modified_at": self.at.isoformat(), "from": "Ida <ida@acme.example>"}
        record = canonical({"subject": subject, "id": one})
        writer.put(self.account, external_id("mime", one), mime)
        note = Note(f"{self.at}", "inbox", "", {"mime": ("", len(mime))}, len(record), facts)
        writer.put(self.account, external_id(RECORD, one), record, note.as_bytes())

    def save_whole(self, one, facts, record, **parts):
        """Save an object as it is, with its parts by name."""
        self.at += timedelta(minutes=1)
        with Writer(self.vault, now=lambda: self.at) as writer:
            for name, content in parts.items():
                writer.put(self.account, external_id(name, one), content)
            written = canonical(record)
            note = Note(
                "1", "inbox", "", {name: ("1", len(content)) for name, content in parts.items()}, len(written), facts
            )
            writer.put(self.account, external_id(RECORD, one), written, note.as_bytes())

    def object_of(self, one):
        """Return the vault's id of a mail."""
        return ids.object_id(self.vault.keys.object_key, self.account, external_id(RECORD, one))


def index(organization, **options):
    """Bring the index up to the vault, as a worker does it, slice after slice; return how many slices it took."""
    with transaction.atomic():
        request_indexing(organization, now=MORNING)
    for slices in range(1, 100):
        job = Job.objects.filter(kind=KIND, subject_id=organization.pk, state=Job.State.QUEUED).get()
        claim = claims.claim(job.pk)
        index_organization(organization.pk, claim, **options)
        if not claim.has_ended:
            claim.finish()
            return slices
    raise AssertionError("The index never comes up.")


def rows_of(organization):
    """Return the index of a client as plain rows."""
    names = [field.attname for field in SearchEntry._meta.fields if field.name != "id"]
    return sorted(SearchEntry.objects.filter(organization=organization.uuid).values_list(*names), key=repr)
