"""The offline reader: everything in a vault from its store and a key alone, without the product and its database.

    python -m backups.vault.offline --store file:///mnt/vault --root-key root.key --organization UUID list
    python -m backups.vault.offline --store s3://bucket/vault --sheet sheet.txt --organization UUID export folder

It needs Python and the packages cryptography, blake3, zstandard, pybase64, obstore and httpx, and writes nothing into
the store. What it learns it keeps in a temporary file (names in plain text) that is removed at the end. It ends with 0
when all is well, with 1 when something is damaged, and with 2 when it cannot run.
"""

import getpass
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from backups.vault import layout
from backups.vault.chain import read_chain
from backups.vault.errors import EndUnclear, VaultError
from backups.vault.exporting import export
from backups.vault.history import History
from backups.vault.key_records import best_records, stored_records
from backups.vault.keys import OrganizationKeys, open_keys
from backups.vault.offline_arguments import parser
from backups.vault.offline_index import OfflineIndex, OfflineVersion
from backups.vault.offline_verify import Verification
from backups.vault.progress import ProgressLine
from backups.vault.reading import Reader
from backups.vault.recovery import keys_on_sheet
from backups.vault.root_keys import root_keys_from_environment, root_keys_from_file
from backups.vault.stores.base import Store
from backups.vault.stores.open import open_store

FINE, DAMAGED, CANNOT_RUN = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command of the offline reader and return its exit code."""
    options = parser(__doc__).parse_args(arguments)
    try:
        store = open_store(options.store)
        if options.command == "organizations":
            return _organizations(store, options)
        if options.organization is None:
            raise VaultError("Say which organization: --organization UUID. The command organizations lists them.")
        keys = _keys(store, options)
        with _index(store, keys, options) as index:
            return _COMMANDS[options.command](Reader(keys, store, index), index, options)
    except (VaultError, OSError) as problem:
        print(problem, file=sys.stderr)
        return CANNOT_RUN


def _keys(store: Store, options) -> OrganizationKeys:
    if options.sheet:
        passphrase = (
            options.passphrase_file.read_text("utf-8").rstrip("\r\n")
            if options.passphrase_file
            else getpass.getpass("Passphrase of the recovery sheet: ")
        )
        return keys_on_sheet(options.sheet.read_text("utf-8"), passphrase, organization=options.organization)
    root = root_keys_from_file(options.root_key) if options.root_key else root_keys_from_environment()
    return open_keys(options.organization, best_records(stored_records(store, options.organization), root.name), root)


@contextmanager
def _index(store: Store, keys: OrganizationKeys, options) -> Iterator[OfflineIndex]:
    """Read the store into a temporary index; what could not be used is told at once."""
    with tempfile.TemporaryDirectory(prefix="portico-vault-", dir=options.work) as folder:
        index = OfflineIndex(Path(folder) / "index.sqlite", keys)
        try:
            chain = read_chain(store, keys, expected=options.head)
            with ProgressLine(shows=not options.json) as line:
                index.fill(History(store, keys, chain), progress=line.tell)
            for problem in index.problems:
                _tell_problem(problem, options)
            yield index
        finally:
            index.close()


def _organizations(store: Store, options) -> int:
    seen = set()
    for entry in store.list():
        name = entry.name.partition("/")[0]
        if name not in seen and name != layout.PARCELS:
            seen.add(name)
            print(json.dumps({"organization": name}) if options.json else name)
    return FINE


def _commits(reader: Reader, index: OfflineIndex, options) -> int:
    for number, made_at, kind in index.commits():
        line = {"number": number, "made_at": made_at, "kind": kind}
        print(json.dumps(line) if options.json else f"{number}\t{made_at}\t{kind}")
    return _code(index)


def _list(reader: Reader, index: OfflineIndex, options) -> int:
    for version in _chosen(index, options):
        line = {
            "account": version.account,
            "id": version.external_id,
            "size": version.size,
            "commit": version.begins,
            "sha256": version.sha256.hex(),
        }
        print(json.dumps(line, ensure_ascii=False) if options.json else "\t".join(map(str, line.values())))
    return _code(index)


def _read(reader: Reader, index: OfflineIndex, options) -> int:
    version = next(index.versions(at=_at(index, options), account=options.account, external_id=options.id), None)
    if version is None:
        raise VaultError(
            f"There is no {options.id!r} of {options.account!r} at that moment. Look with the command list."
        )
    try:
        with options.output.open("xb") if options.output else _standard_output() as output:
            for piece in reader.stream(version):
                output.write(piece)
    except VaultError as problem:
        if options.output:
            options.output.unlink(missing_ok=True)
        _tell_problem(problem, options, version)
        return DAMAGED
    return FINE


def _export(reader: Reader, index: OfflineIndex, options) -> int:
    written = damaged = 0
    with ProgressLine(shows=not options.json) as line:
        for version, problem in export(reader, _chosen(index, options), options.folder):
            if problem:
                damaged += 1
                _tell_problem(problem, options, version)
            else:
                written += 1
            line.tell("objects", written)
    line = {"written": written, "damaged": damaged}
    print(json.dumps(line) if options.json else f"{written} objects written, {damaged} could not be read.")
    return DAMAGED if damaged else _code(index)


def _verify(reader: Reader, index: OfflineIndex, options) -> int:
    verification = Verification(reader, index)
    with ProgressLine(shows=not options.json) as line:
        for problem, version in verification.run(restores=options.restore, progress=line.tell):
            _tell_problem(problem, options, version)
    counts = {**verification.counts, "problems": verification.problems + len(_damage(index))}
    words = ", ".join(f"{number:,} {word.replace('_', ' ')}" for word, number in counts.items())
    print(json.dumps(counts) if options.json else f"{words}.")
    return DAMAGED if counts["problems"] else FINE


def _chosen(index: OfflineIndex, options) -> Iterator[OfflineVersion]:
    return index.versions(at=_at(index, options), account=options.account)


def _at(index: OfflineIndex, options) -> int | None:
    if options.at is None or options.at.isdecimal():
        return options.at and int(options.at)
    try:
        moment = datetime.fromisoformat(options.at)
    except ValueError as problem:
        raise VaultError(
            f"{options.at!r} is neither a commit's number nor a moment like 2026-10-25T12:00Z."
        ) from problem
    return index.newest_until(moment.astimezone(UTC).isoformat())


@contextmanager
def _standard_output():
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def _tell_problem(problem: VaultError, options, version: OfflineVersion | None = None) -> None:
    where = f"{version.account} {version.external_id}: " if version else ""
    line = {"error": type(problem).__name__, "message": str(problem)}
    if version:
        line |= {"account": version.account, "id": version.external_id}
    print(json.dumps(line, ensure_ascii=False) if options.json else f"{where}{problem}", file=sys.stderr)


def _code(index: OfflineIndex) -> int:
    return DAMAGED if _damage(index) else FINE


def _damage(index: OfflineIndex) -> list[VaultError]:
    """Return what could not be read; an end that nobody can tell apart was read whole."""
    return [problem for problem in index.problems if not isinstance(problem, EndUnclear)]


_COMMANDS = {"commits": _commits, "list": _list, "read": _read, "export": _export, "verify": _verify}

if __name__ == "__main__":
    sys.exit(main())
