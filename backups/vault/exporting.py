"""Plain files out of a vault: a folder an account, a file an object, and one list of what they are.

Names of accounts and objects are percent-encoded, so that nothing in them means anything to a file system. A file gets
its name once its content was compared with what the source gave.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from backups.vault.errors import VaultError
from backups.vault.offline_index import OfflineVersion
from backups.vault.reading import Reader

INDEX = "index.jsonl"
_LONGEST = 180
_UNFINISHED = ".unfinished"


class NotEmpty(VaultError):
    """The folder to export into has something in it."""


def export(
    reader: Reader, versions: Iterable[OfflineVersion], folder: Path
) -> Iterator[tuple[OfflineVersion, VaultError | None]]:
    """Write every version into ``folder`` and yield (version, what was wrong with it or None).

    One that cannot be read leaves no file, and all others are written. ``index.jsonl`` has one line a file: account,
    id, file, size, SHA-256, the commit it is of, and the note in base64. Raises `NotEmpty`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise NotEmpty(f"{folder} is not empty, and nothing there is overwritten. Name a new folder.")
    with (folder / INDEX).open("w", encoding="utf-8") as index:
        for version in versions:
            path = folder / file_name(version.account) / file_name(version.external_id)
            try:
                _write(reader, version, path)
            except VaultError as problem:
                yield version, problem
            else:
                index.write(json.dumps(_line(version, path.relative_to(folder)), ensure_ascii=False) + "\n")
                yield version, None


def file_name(name: str) -> str:
    """Return a name no file system misunderstands; one that would be too long ends in a hash instead."""
    quoted = quote(name, safe=" @+=,")
    if quoted.startswith("."):
        quoted = f"%2E{quoted[1:]}"
    if len(quoted) > _LONGEST:
        quoted = f"{quoted[: _LONGEST - 33]}~{hashlib.sha256(name.encode()).hexdigest()[:32]}"
    return quoted or "%00"


def _write(reader: Reader, version: OfflineVersion, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    unfinished = path.parent / _UNFINISHED
    try:
        with unfinished.open("wb") as file:
            for piece in reader.stream(version):
                file.write(piece)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _line(version: OfflineVersion, path: Path) -> dict:
    return {
        "account": version.account,
        "id": version.external_id,
        "file": str(path),
        "size": version.size,
        "sha256": version.sha256.hex(),
        "commit": version.begins,
        "note": base64.b64encode(version.meta).decode(),
    }
