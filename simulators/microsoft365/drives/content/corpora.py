"""Real documents, where the environment's SIMULATOR_CORPORA names a folder that has them."""

import os
import tarfile
from functools import cache, lru_cache
from pathlib import Path

_FOLDER = "documents/"


@cache
def documents() -> tuple[str, ...]:
    """Return the names of the real documents, in order; none where there are none."""
    archive = _archive()
    if archive is None:
        return ()
    with tarfile.open(archive) as opened:
        names = [one.name for one in opened if one.isfile() and f"/{_FOLDER}" in f"/{one.name}"]
    return tuple(sorted(name for name in names if len(name) < 280 and "." in Path(name).name))


@lru_cache(maxsize=256)
def document(name: str) -> bytes:
    """Return the bytes of a real document."""
    with tarfile.open(_archive()) as opened:
        return opened.extractfile(name).read()


def _archive() -> Path | None:
    folder = os.environ.get("SIMULATOR_CORPORA", "")
    found = Path(folder) / "corpora.tar.xz"
    return found if folder and found.is_file() else None
