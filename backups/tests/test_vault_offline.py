"""Acme leaves, and takes its store and its root key along: everything is read without Portico and its database."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from django.conf import settings

from backups.tests.damage import changed, files_of, flipped
from backups.tests.vaults import ACME, BOLT, EVAS_MAIL, NOW, back_up, fixed_bytes, mail_with, make_vault
from backups.vault import ids, lookups
from backups.vault.commits import Commit, open_commit, seal_commit
from backups.vault.exporting import file_name
from backups.vault.recovery import write_sheet
from backups.vault.retention import KeepPoints, retain
from backups.vault.root_keys import root_keys_from_text
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
IDAS_MAIL = "mail/ida"
ROOT_KEY = "ig6YxVuSjV8T4NCjSiKWvEPWhS3QyXFf3pLyTQkOwW4="
ALONE = """
import sys

class NoProduct:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "psycopg2", "psycopg"):
            raise ImportError(f"the offline reader must not need {name}")

sys.meta_path.insert(0, NoProduct())
from backups.vault.offline import main
sys.exit(main())
"""
EVERYTHING = {
    "empty": b"",
    "mail": mail_with(fixed_bytes("photo", 400_000)),
    "film": fixed_bytes("film", 6_500_000),
    "../../etc/passwd": b"a name that would like to be a path",
    "ü" * 300: b"a long name",
    "note": b"Dear Ida, " * 30,
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "vault"


@pytest.fixture
def root_key(tmp_path):
    path = tmp_path / "root.key"
    path.write_text(ROOT_KEY)
    return path


@pytest.fixture
def vault(folder, root_key, monkeypatch):
    """Acme's vault under a root key in a file: two mailboxes, something changed, something deleted; and Bolt's."""
    monkeypatch.setattr("backups.tests.vaults.ROOT", root_keys_from_text(ROOT_KEY, source="a test"))
    vault = make_vault(folder)
    back_up(vault, EVAS_MAIL, {**EVERYTHING, "note": b"an older note", "gone": b"gone"})
    back_up(vault, IDAS_MAIL, {f"ida {number}": b"Dear Eva, " * number for number in range(30)})
    with Writer(vault) as writer:
        writer.put(EVAS_MAIL, "note", EVERYTHING["note"])
        writer.delete(EVAS_MAIL, "gone")
    back_up(make_vault(folder, BOLT), EVAS_MAIL, {"bolts": b"bolts"})
    return vault


@pytest.fixture
def offline(folder, root_key, vault):
    """Run the offline reader in a process of its own, where Django and the database do not exist."""

    def run(*words, key=("--root-key", str(root_key)), organization=ACME, code=0):
        command = [
            sys.executable,
            "-c",
            ALONE,
            "--store",
            f"file://{folder}",
            "--organization",
            str(organization),
            *key,
        ]
        ended = subprocess.run([*command, *words], capture_output=True, cwd=settings.BASE_DIR, env={"PATH": ""})
        assert ended.returncode == code, ended.stderr.decode()
        return ended

    return run


def _lines(ended):
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_everything_is_listed_as_of_now_and_as_of_an_older_commit(offline):
    now = _lines(offline("--json", "list", "--account", EVAS_MAIL))
    then = _lines(offline("--json", "list", "--account", EVAS_MAIL, "--at", "1"))

    assert {line["id"]: line["size"] for line in now} == {name: len(content) for name, content in EVERYTHING.items()}
    assert {line["id"] for line in then} == {*EVERYTHING, "gone"}
    assert len(_lines(offline("--json", "list"))) == len(EVERYTHING) + 30
    assert [line["number"] for line in _lines(offline("--json", "commits"))] == [1, 2, 3]
    moment = _lines(offline("--json", "commits"))[1]["made_at"]
    assert len(_lines(offline("--json", "list", "--at", moment))) == len(EVERYTHING) + 31


def test_one_object_comes_back_byte_for_byte_and_an_older_version_too(offline, tmp_path):
    assert offline("read", EVAS_MAIL, "mail").stdout == EVERYTHING["mail"]
    assert offline("read", EVAS_MAIL, "note", "--at", "2").stdout == b"an older note"
    assert offline("read", EVAS_MAIL, "empty").stdout == b""
    offline("read", EVAS_MAIL, "film", "--output", str(tmp_path / "film"))
    assert (tmp_path / "film").read_bytes() == EVERYTHING["film"]
    assert b"command list" in offline("read", EVAS_MAIL, "gone", code=2).stderr


def test_an_export_is_plain_files_with_harmless_names_and_a_list(offline, tmp_path):
    out = tmp_path / "out"

    offline("export", str(out), "--account", EVAS_MAIL)

    index = [json.loads(line) for line in (out / "index.jsonl").read_text().splitlines()]
    assert {line["id"]: (out / line["file"]).read_bytes() for line in index} == EVERYTHING
    assert sorted(path.name for path in out.iterdir()) == ["index.jsonl", "mail%2Feva"]
    assert not [path for path in tmp_path.rglob(".unfinished")]
    assert b"not empty" in offline("export", str(out), code=2).stderr


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "ü" * 300, "a\x00b", ".hidden", "x" * 181, "con%2F"])
def test_no_name_is_a_path_or_too_long(name):
    written = file_name(name)

    assert written
    assert "/" not in written
    assert "\x00" not in written
    assert not written.startswith(".")
    assert len(written.encode()) <= 180


def test_a_sound_store_is_verified_down_to_every_version(offline):
    (counts,) = _lines(offline("--json", "verify", "--restore"))

    assert counts["packs"] == 3
    assert counts["versions"] == len(EVERYTHING) + 32
    assert counts["problems"] == 0


def test_damage_is_named_and_everything_else_is_exported(offline, folder, tmp_path):
    path = max(files_of(folder, ACME, "packs"), key=lambda one: one.stat().st_size)

    with changed(path, flipped(path.read_bytes(), 3_000_000)):
        verified = offline("--json", "verify", code=1)
        exported = offline("--json", "export", str(tmp_path / "out"), code=1)
        read = offline("read", EVAS_MAIL, "film", "--output", str(tmp_path / "film"), code=1)

    told = [json.loads(line) for line in verified.stderr.splitlines()]
    assert [line.get("id") for line in told] == [None, "film"]
    assert _lines(exported)[-1] == {"written": len(EVERYTHING) + 29, "damaged": 1}
    assert b"film" in read.stderr
    assert not (tmp_path / "film").exists()


def test_what_is_missing_from_the_store_is_told_and_the_rest_is_read(offline, folder):
    packs, commits = files_of(folder, ACME, "packs"), files_of(folder, ACME, "commits")
    smallest = min(packs, key=lambda one: one.stat().st_size)

    with changed(smallest, None):
        listed = offline("--json", "list", code=1)
    with changed(commits[0], None):
        gap = offline("--json", "list", "--account", IDAS_MAIL, code=1)
    with changed(commits[-1], None):
        newest = commits[-1].name.partition(".")
        noted = f"{int(newest[0])}:{newest[2]}"
        rolled_back = offline("--head", noted, "--json", "list", code=1)

    assert b"There is no" in listed.stderr
    assert len(_lines(gap)) == 30
    assert b"CommitDamaged" in gap.stderr
    assert b"RolledBack" in rolled_back.stderr


def test_erased_and_expired_versions_are_not_listed(offline, vault):
    retain(vault, KeepPoints(frozenset({3})), now=NOW)
    gone = ids.tombstone(vault.keys.tombstone_key, IDAS_MAIL)
    number, digest = lookups.head(ACME)
    erased = seal_commit(vault.keys, Commit(ACME, number + 1, digest, NOW, kind="erase", tombstones=(gone,)))
    vault.store.put_if_absent(erased.name, erased.content)

    then = _lines(offline("--json", "list", "--at", "2"))

    assert {line["account"] for line in then} == {EVAS_MAIL}
    assert "gone" not in {line["id"] for line in then}
    assert "note" not in {line["id"] for line in then}


def test_what_a_rule_never_weighed_is_listed(offline, vault):
    before = _lines(offline("--json", "list", "--at", "2"))
    number, digest = lookups.head(ACME)
    extra = {"kept": [], "held": [], "until": 1}
    rule = seal_commit(vault.keys, Commit(ACME, number + 1, digest, NOW, kind="retain", extra=extra))
    vault.store.put_if_absent(rule.name, rule.content)

    assert _lines(offline("--json", "list", "--at", "2")) == before


def test_two_ends_of_the_chain_are_both_read(offline, vault):
    number, _ = lookups.head(ACME)
    stored = [entry.name for entry in vault.store.list(f"{ACME}/commits")][-1]
    last = open_commit(vault.keys, vault.store.get(stored), name=stored).commit
    rival = seal_commit(vault.keys, replace(last, manifests=(), packs=(), extra={"rival": True}))
    vault.store.put_if_absent(rival.name, rival.content)

    ended = offline("--json", "commits")
    commits = _lines(ended)

    assert [line["number"] for line in commits] == [1, 2, number, number + 1]
    assert b"EndUnclear" in ended.stderr
    assert offline("read", EVAS_MAIL, "note").stdout == EVERYTHING["note"]


def test_a_recovery_sheet_opens_it_without_any_root_key(offline, vault, tmp_path):
    records = [record for record in lookups.key_records(ACME) if record]
    root = root_keys_from_text(ROOT_KEY, source="a test")
    sheet, passphrase = tmp_path / "sheet.txt", tmp_path / "passphrase"
    sheet.write_text(write_sheet(ACME, records, root, "correct horse battery", made_on=NOW.date()))
    passphrase.write_text("correct horse battery\n")
    key = ("--sheet", str(sheet), "--passphrase-file", str(passphrase))

    assert offline("read", EVAS_MAIL, "note", key=key).stdout == EVERYTHING["note"]
    assert b"belongs to organization" in offline("list", key=key, organization=BOLT, code=2).stderr
    passphrase.write_text("correct horse batteries\n")
    assert b"passphrase does not open" in offline("list", key=key, code=2).stderr


def test_without_the_right_key_or_store_it_says_what_is_missing(offline, folder, tmp_path):
    other = tmp_path / "other.key"
    other.write_text(ROOT_KEY[::-1][1:] + "=")

    assert b"is not held here" in offline("list", key=("--root-key", str(other)), code=2).stderr
    assert b"cannot be read" in offline("list", key=("--root-key", str(tmp_path / "none")), code=2).stderr
    assert b"VAULT_ROOT_KEYS is not set" in offline("list", key=(), code=2).stderr
    with changed(folder / ".portico-store", None):
        assert b"is not a store" in offline("list", code=2).stderr
    assert b"no key record" in offline("list", organization="00000000-0000-4000-8000-000000000000", code=2).stderr


def test_the_organizations_in_a_store_are_listed(offline, vault):
    vault.store.put_if_absent(f"parcels/{ACME}/a-parcel/000000", b"sealed")

    listed = {line["organization"] for line in _lines(offline("--json", "organizations"))}

    assert listed == {str(ACME), str(BOLT)}
