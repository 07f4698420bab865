"""What the index says of one saved state of an object: its words by field, and the facts it is filtered by."""

from collections.abc import Iterator
from datetime import UTC, datetime

from backups.engine import search_words as words
from backups.engine.indexing_changes import Saved, parts_at, reader_of
from backups.engine.indexing_store import Entry
from backups.engine.indexing_texts import Texts, is_read, texts_of
from backups.engine.notes import Note, external_id, read_note
from backups.engine.search_conditions import feed_mark
from backups.models import Container, SearchProgress, VaultCommit
from backups.vault.vault import Vault
from organizations.models import Organization

_LINE, _SHOWN = 400, 20_000
# What lies outside is a mistake of somebody's clock or calendar.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200


class EntryMaker:
    """Makes entries of one organization. It keeps a reader of the vault: make a new one for each slice."""

    def __init__(self, organization: Organization, vault: Vault, progress: SearchProgress) -> None:
        self.organization, self.vault = organization, vault
        self.mark = words.mark_of(progress.pk)
        self.reader = reader_of(vault)
        self._containers: dict[str, Container] = {}

    def entries(self, saved: list[Saved]) -> Iterator[Entry]:
        """Yield the entries of versions, all of one account and one commit; none where nobody has the account.

        What cannot be read has an entry all the same, with what its note says. Raises `StoreProblem` and the like.
        """
        container = self._container(saved[0].account) if saved else None
        if container is None:
            return
        commit = saved[0].version.from_commit
        made_at = VaultCommit.objects.get(organization=self.vault.organization, number=commit).made_at
        notes = {one.object_id: read_note(one.version.meta) for one in saved}
        names = [external_id(name, one) for one, note in notes.items() for name in note.parts if is_read(name)]
        parts = parts_at(self.vault, container.account, names, commit)
        for one in saved:
            note = notes[one.object_id]
            mine = {name: parts.get(external_id(name, one.object_id)) for name in note.parts if is_read(name)}
            texts = texts_of(container.kind, note, one.version, mine, self.reader)
            yield entry_of(self.mark, container, one, note, texts, made_at)

    def _container(self, account: str) -> Container | None:
        if account not in self._containers:
            found = Container.objects.filter(organization=self.organization, account=account).first()
            if found is None:
                # Nobody's yet: asked again next time, and nothing is indexed that nobody could be shown.
                return None
            self._containers[account] = found
        return self._containers[account]


def entry_of(mark: str, container: Container, saved: Saved, note: Note, texts: Texts, made_at: datetime) -> Entry:
    """Return the entry of a version that a commit made at ``made_at``."""
    facts = note.facts
    at = moment_of(container.kind, facts) or made_at
    has_attachments = texts.has_attachments or facts.get("has_attachments") is True
    return Entry(
        object=saved.version.object_id,
        from_commit=saved.version.from_commit,
        container_id=container.pk,
        kind=container.kind,
        feed_key=note.feed[:_LINE],
        object_id=saved.object_id,
        parent_id=note.parent,
        name=_line(texts.subject),
        people=_line(texts.people),
        at=at,
        size=note.whole_size,
        has_attachments=has_attachments,
        is_folder=facts.get("is_folder") is True,
        text_state=texts.state,
        words=_tokens(mark, container, note, texts, at, has_attachments),
        text="\n".join(texts.body)[:_SHOWN],
    )


def _tokens(
    mark: str, container: Container, note: Note, texts: Texts, at: datetime, has_attachments: bool
) -> words.Tokens:
    tokens = words.Tokens(mark)
    for letter, value in (
        (words.EVERYTHING, ""),
        (words.OF_KIND, container.kind),
        (words.IN_CONTAINER, container.pk),
        (words.IN_FEED, feed_mark(note.feed)),
        (words.AT_LEAST, words.size_step(note.whole_size)),
        *((token, "") for token in words.time_words(at)),
        *([(words.WITH_ATTACHMENTS, "")] if has_attachments else []),
    ):
        tokens.add_fact(letter, value)
    for letter, values in (
        (words.SUBJECT, texts.subject),
        (words.PEOPLE, texts.people),
        (words.SENDER, texts.sender),
        (words.RECIPIENTS, texts.recipients),
        (words.FILE_NAMES, texts.file_names),
        (words.BODY, texts.body),
    ):
        tokens.add_text(letter, values)
    return tokens


def moment_of(kind: str, facts: dict) -> datetime | None:
    """Return the moment an object belongs to, by its facts: an event's start, else when it came or was changed."""
    names = ("start", "modified_at", "created_at") if kind == Container.Kind.CALENDAR else ("modified_at", "created_at")
    for name in names:
        try:
            at = datetime.fromisoformat(facts.get(name) or "")
        except (TypeError, ValueError):
            continue
        if _FIRST_YEAR <= at.year <= _LAST_YEAR:
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _line(texts: list[str]) -> str:
    return " ".join(", ".join(filter(None, texts)).split())[:_LINE]
