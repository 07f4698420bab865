"""Ten gigabytes handed out: how fast beside a bare `zipfile` over the same bytes, and how much memory it takes.

One film of half the size, large documents, and tens of thousands of mails. The vault keeps equal content once, so that
this takes little room in it; what is handed out takes all of it, and is deleted at the end.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from portal.benchmarks import Figure
from portal.benchmarks.engine_tools import ToolFailed
from portal.benchmarks.export_set import Set, large_set, small_set
from portal.benchmarks.own_server import gather_statistics, own_database
from portal.benchmarks.own_simulator import database_url

MOST_MB = 200
# What the vault and the parcels take besides the bytes that are handed out.
_MARGIN_BYTES = 2 << 30
_MOST_BYTES = 2 * 10**9


def measure(size: str = "full") -> Iterator[Figure]:
    """Yield our rate beside the bare one, and the most memory the worker took."""
    content = large_set() if size == "full" else small_set()
    with tempfile.TemporaryDirectory(prefix="portico-bench-") as folder:
        _require_room(Path(folder), content)
        with _store(Path(folder) / "vault"), own_database():
            export_id = content.furnish()
            gather_statistics()
            told = _export(export_id)
        shutil.rmtree(Path(folder) / "vault")
        bare = _bare(content, Path(folder))
    rate, bare_rate = content.bytes / told["seconds"] / 1e6, content.bytes / bare / 1e6
    what = f"MB/s of {content.bytes / 1e9:.1f} GB in {content.objects:,} objects, and bare"
    yield Figure("export.rate", rate, bare_rate, what)
    yield Figure("export.peak_mb", told["peak_mb"], MOST_MB, "MB, and what is allowed", most=1)


def _export(export_id: int) -> dict:
    environment = os.environ | {"DATABASE_URL": database_url(connection.settings_dict["NAME"]), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "portal.benchmarks.export_worker", str(export_id)]
    answer = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise ToolFailed(f"The export did not end: {answer.stderr[-2000:]}")
    return json.loads(answer.stdout)


def _bare(content: Set, folder: Path) -> float:
    """Return the seconds `zipfile` takes to read the same bytes from files and to write archives as large as ours."""
    sources = content.write_files(folder / "files")
    began, number, archive = time.perf_counter(), 0, None
    for name, pieces in sources:
        if archive is None or archive.fp.tell() >= _MOST_BYTES:
            archive = _next_archive(archive, folder, number)
            number += 1
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if name.endswith(".eml") else zipfile.ZIP_STORED
        info._compresslevel = 1
        with archive.open(info, "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
    _close(archive)
    return time.perf_counter() - began


def _next_archive(before: zipfile.ZipFile | None, folder: Path, number: int) -> zipfile.ZipFile:
    if before is not None:
        _close(before)
    return zipfile.ZipFile(folder / f"{number}.zip", "w", zipfile.ZIP_DEFLATED, allowZip64=True)


def _close(archive: zipfile.ZipFile) -> None:
    """Close an archive, and return when it is on the disk, as a parcel is."""
    path = archive.filename
    archive.close()
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _require_room(folder: Path, content: Set) -> None:
    free, needed = shutil.disk_usage(folder).free, content.bytes + content.distinct_bytes + _MARGIN_BYTES
    if free < needed:
        raise ToolFailed(
            f"{folder.parent} has {free / 1e9:.1f} GB free and {needed / 1e9:.1f} GB are needed. Nothing was measured; "
            "make room, name another place in TMPDIR, or measure --size small."
        )


@contextmanager
def _store(folder: Path) -> Iterator[None]:
    """Let the vault of this process, and of the worker, lie in ``folder``."""
    from backups.vault.root_keys import new_root_key

    own = {"VAULT_STORE": f"{folder.as_uri()}?create=yes&reserve_mb=0", "VAULT_ROOT_KEYS": new_root_key()}
    before = {name: os.environ.get(name) for name in own}
    os.environ |= own
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
