"""Filling a volume of an export with one object after the other; what cannot be given out is named in its lists."""

from collections.abc import Iterable
from contextlib import ExitStack
from hashlib import sha256
from typing import IO, Self

from backups.content.names import safe_name
from backups.engine.export_files import File, NotGivenOut, files_of, mark_of, moment_of
from backups.engine.export_plan import Step
from backups.engine.export_saved import Saved
from backups.engine.export_shared import Shared, mark_of_feed, shared_file
from backups.engine.export_volume import Volume
from backups.models import Container, Export
from backups.vault.errors import Damaged, KeyDestroyed, NotInStore
from backups.vault.stores.base import CutShort
from organizations.models import Item

# What concerns one object: the others can be given out.
ONE_OBJECT = (NotGivenOut, Damaged, KeyDestroyed, NotInStore, CutShort)
# A record says what its provider likes; one that makes no sense must not keep the others back.
ODD_RECORD = (ValueError, TypeError, KeyError, AttributeError)
GONE = "It is not in the backup any more: it was erased, or the time it is kept for is over."
ODD = "What the provider said of it makes no sense, so it cannot be written in this form. It stays in the backup."


def account_folders(export: Export) -> dict[int, str]:
    """Return the folder of each item of an export, the same in every volume."""
    used: set[str] = set()
    parts = export.parts.select_related("container__item").order_by("position")
    items = {part.container.item_id: part.container.item for part in parts}
    return {key: safe_name(_folder_of(item), used=used) for key, item in items.items()}


def _folder_of(item: Item) -> str:
    # Of people the address, which is theirs alone; the address of a site is no name.
    return (item.address if "@" in item.address else "") or item.name or item.address or "Account"


class _SharedEntry:
    """A file that the objects of one feed share, open in a volume."""

    def __init__(self, volume: Volume, shared: Shared, path: str, at) -> None:
        self.shared, self.path = shared, path
        self._stack = ExitStack()
        self._entry: IO[bytes] = self._stack.enter_context(volume.opened(path, at=at))
        self._entry.write(shared.head)

    def write(self, saved: Saved) -> tuple[int, str]:
        """Write one object; return the size and SHA-256 of its share."""
        digest, size = sha256(), 0
        for piece in self.shared.written(saved):
            self._entry.write(piece)
            digest.update(piece)
            size += len(piece)
        return size, digest.hexdigest()

    def close(self) -> None:
        self._entry.write(self.shared.tail)
        self._stack.close()

    def break_off(self) -> None:
        self._stack.close()


class Filler:
    """Writes objects into one volume, those of a feed after each other."""

    def __init__(self, export: Export, volume: Volume, folders: dict[int, str]) -> None:
        self.export, self.volume, self.folders = export, volume, folders
        self._feed: tuple[int, str] | None = None
        self._entry: _SharedEntry | None = None
        self._root: tuple[str, ...] = ()
        self._line: dict = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_) -> None:
        if kind is not None and self._entry is not None:
            self.volume.abandon()
            self._entry.break_off()

    def take(self, step: Step, piece: int) -> None:
        """Write one object, or note why not; ``piece`` says which piece of a file that objects share is next.

        Raises what concerns more than this object.
        """
        self._turn_to(step, piece)
        container, saved = step.shelf.container, step.saved
        self._line = {"account": str(container.item), "kind": container.get_kind_display()}
        if saved is None:
            self._fail({"id": str(step.object_id), "commit": step.commit, "problem": GONE})
            return
        self._line |= {"id": saved.id, "commit": saved.version.from_commit}
        try:
            if self._entry is None:
                for file in files_of(step.shelf, step.feed, saved, step.commit):
                    self._write(saved, file)
            else:
                self._share(self._entry, saved)
        except ONE_OBJECT as problem:
            self._fail({"problem": str(problem)})
        except ODD_RECORD:
            self._fail({"problem": ODD})
        else:
            self.volume.objects_done += 1

    def finish(self) -> None:
        """Close the file that objects share, and write what lies beside it."""
        entry, self._entry, self._feed = self._entry, None, None
        if entry is None:
            return
        entry.close()
        for path, saved, part in entry.shared.beside:
            self._line |= {"id": saved.id, "commit": saved.version.from_commit}
            try:
                self._put(path, saved, saved.stream(part), saved.parts[part].sha256)
            except ONE_OBJECT as problem:
                self._fail({"problem": str(problem)})

    def _turn_to(self, step: Step, piece: int) -> None:
        """Close the file of the feed before, and open the one of this feed, where its objects share one."""
        if (step.place.part, step.feed) == self._feed:
            return
        self.finish()
        container: Container = step.shelf.container
        self._feed = (step.place.part, step.feed)
        self._root = (self.folders[container.item_id], container.get_kind_display())
        shared = shared_file(self.export, step.shelf, step.feed, piece)
        if shared is not None:
            path = self.volume.free_name("/".join((*self._root, *shared.path)), mark_of_feed(step.feed))
            self._entry = _SharedEntry(self.volume, shared, path, self.export.requested_at)

    def _share(self, entry: _SharedEntry, saved: Saved) -> None:
        size, digest = entry.write(saved)
        original = saved.parts["mime"].sha256 if "mime" in saved.parts else saved.version.sha256
        self._note(entry.path, size, digest, original)
        self.volume.entries += 1

    def _write(self, saved: Saved, file: File) -> None:
        if file.is_folder:
            path = "/".join((*self._root, *file.path))
            self.volume.add_folder(path, at=moment_of(saved))
            self._note(f"{path}/", 0, "", b"")
        else:
            self._put(file.path, saved, file.pieces(), file.original)

    def _put(self, below: tuple[str, ...], saved: Saved, pieces: Iterable[bytes], original: bytes) -> None:
        path = self.volume.free_name("/".join((*self._root, *below)), mark_of(saved))
        size, digest = self.volume.add(path, pieces, at=moment_of(saved))
        self._note(path, size, digest, original)

    def _note(self, path: str, size: int, digest: str, original: bytes) -> None:
        facts = {"path": path, "size": size, "sha256": digest, "original_sha256": original.hex()}
        self.volume.note({**self._line, **facts})

    def _fail(self, facts: dict) -> None:
        self.volume.note({**self._line, **facts})
        self.volume.objects_failed += 1
