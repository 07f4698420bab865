"""One object as a file of its own, without an archive around it."""

from collections.abc import Iterable

from backups.engine.export_files import File, NotGivenOut, files_of
from backups.engine.export_plan import Step
from backups.engine.export_saved import Saved
from backups.engine.export_shared import Shared, shared_file
from backups.models import Export


def single_file(export: Export, step: Step) -> File:
    """Return the file of the object at ``step``. Raises `NotGivenOut` for a folder, and what reading raises."""
    saved = step.saved
    shared = shared_file(export, step.shelf, step.feed, 0)
    if shared is not None:
        return File(shared.path, lambda: _alone(shared, saved), saved.version.sha256)
    for file in files_of(step.shelf, step.feed, saved, step.commit):
        if not file.is_folder:
            return file
    raise NotGivenOut("A folder is no file. Export it as a ZIP archive to get what lies in it.")


def _alone(shared: Shared, saved: Saved) -> Iterable[bytes]:
    yield shared.head
    yield from shared.written(saved)
    yield shared.tail
