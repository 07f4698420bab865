"""A container with objects in its vault, as a backup leaves them, without the source and the work."""

import json

from django.utils import timezone

from backups.engine.notes import Note, canonical, external_id
from backups.engine.vaults import vault_of
from backups.models import Container, ContainerFeed, Snapshot
from backups.vault import ids, lookups
from backups.vault.writer import Writer
from organizations.tests.factories import make_connection, make_item


class Stock:
    """One container. `put` objects, then `close`: what is closed together is one commit."""

    def __init__(self, organization, name="Eva Lindholm", kind="MAIL"):
        tenant = organization.connections.first() or make_connection(organization)
        self.item = make_item(tenant, name)
        self.organization, self.vault = organization, vault_of(organization, now=timezone.now())
        self.container = Container.objects.create(
            organization=organization, connection=tenant, item=self.item, kind=kind,
            account=f"{self.item.remote_id}/{kind}", status=Container.Status.SUCCESS,
        )  # fmt: skip
        self._waiting = []

    def feed(self, key="inbox", name="Inbox", type="folder", parent="", record=None):
        ContainerFeed.objects.create(container=self.container, key=key, name=name, type=type, parent_key=parent)
        words = {"name": name, "type": type, "parent": parent, "record": record or {}}
        self._waiting.append((external_id("feed", key), canonical(words), b""))
        return self

    def put(self, object_id, record=None, *, feed="inbox", name="", parts=None, parent="", **facts):
        """Put an object with its parts; ``facts`` are those of its note."""
        content, parts = canonical(record or {"id": object_id}), parts or {}
        for part, plain in parts.items():
            self._waiting.append((external_id(part, object_id), plain, b""))
        facts = {"name": name or object_id, "modified_at": "2026-10-25T10:00:00Z", **facts}
        tags = {part: (f"tag {len(plain)}", len(plain)) for part, plain in parts.items()}
        note = Note(json.dumps(facts), feed, parent, tags, len(content), facts)
        self._waiting.append((external_id("record", object_id), content, note.as_bytes()))
        self.container.objects_kept += 1
        self.container.bytes_kept += note.whole_size
        return self

    def mail(self, number, *, text="Dear Ida", name="", **options):
        """Put a message and return its bytes."""
        mime = f"From: eva@acme.example\r\nSubject: {number}\r\n\r\n{text}\r\n".encode()
        self.put(f"m{number}", name=name or f"Offer {number}", parts={"mime": mime}, **options)
        return mime

    def remove(self, object_id, *parts):
        with Writer(self.vault) as writer:
            for part in ("record", *parts):
                writer.delete(self.container.account, external_id(part, object_id))
        return self

    def close(self):
        """Commit what was put, as one pack, and return the commit's number."""
        with Writer(self.vault) as writer:
            for external, content, meta in self._waiting:
                writer.put(self.container.account, external, content, meta)
        self._waiting.clear()
        self.container.save()
        return lookups.head(self.organization.uuid)[0]

    def snapshot(self):
        return Snapshot.objects.create(
            organization=self.organization, item=self.item, commit=lookups.head(self.organization.uuid)[0],
            taken_at=timezone.now(), kinds=[self.container.kind],
        )  # fmt: skip

    def id_of(self, object_id, part="record"):
        return ids.object_id(self.vault.keys.object_key, self.container.account, external_id(part, object_id))

    def reference(self, object_id, commit=None):
        """Return an object as a page names it."""
        version = lookups.version_at(self.organization.uuid, self.id_of(object_id), commit)
        return f"{self.container.uuid}:{self.id_of(object_id)}:{version.from_commit}"
