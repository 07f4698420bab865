"""Ops keeps vaults in order from a command line: whole sentences for people, JSON for programs, codes for scripts."""

import io
import json
import os
import pty
import subprocess
import sys
from contextlib import suppress

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from backups.models import VaultKey, VaultOrganization, VaultPack
from backups.tests.catalogues import forget, rows_of
from backups.tests.damage import changed, files_of, flipped
from backups.tests.vault_model import dying_at
from backups.tests.vaults import EVAS_MAIL, back_up, contents_of, fixed_bytes, mail_with
from backups.vault.configured import configured_root, configured_store
from backups.vault.erased_organizations import erase_organization
from backups.vault.progress import ProgressLine
from backups.vault.stores.local import LocalStore
from backups.vault.vault import open_vault

pytestmark = pytest.mark.django_db(transaction=True)
CONTENTS = {"mail": mail_with(fixed_bytes("photo", 90_000)), "note": b"Dear Ida, " * 30, "empty": b""}
PASSPHRASE = "correct horse battery staple"


def vault(*words, **options):
    """Run a subcommand and return its lines, from JSON."""
    out = io.StringIO()
    problem = None
    try:
        call_command("vault", "--json", *map(str, words), stdout=out, **options)
    except CommandError as refused:
        problem = refused
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return lines, problem


def said(*words):
    """Run a subcommand that goes well and return what it said."""
    out = io.StringIO()
    call_command("vault", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An installation with an empty store and a root key in a file."""
    LocalStore(tmp_path / "vault", create=True)
    call_command("vault", "root-key", str(tmp_path / "root.key"), stdout=io.StringIO())
    monkeypatch.setenv("VAULT_STORE", f"file://{tmp_path / 'vault'}")
    monkeypatch.setenv("VAULT_ROOT_FILE", str(tmp_path / "root.key"))
    return tmp_path / "vault"


@pytest.fixture
def acmes(acme, folder):
    """Acme's UUID, with a vault that holds three mails of Eva."""
    vault("init", acme.uuid)
    back_up(_open(acme.uuid), EVAS_MAIL, CONTENTS)
    return acme.uuid


def _open(organization):
    return open_vault(organization, store=configured_store(), root=configured_root())


def test_a_vault_is_made_by_client_id_and_only_once(acme, folder, tmp_path):
    lines, problem = vault("init", acme.client_id)
    again, refused = vault("init", acme.uuid)

    assert (lines, problem) == ([{"organization": str(acme.uuid), "epoch": 1}], None)
    assert again == []
    assert refused.returncode == 2
    assert "has a vault already" in str(refused)
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="exists"):
        call_command("vault", "root-key", str(tmp_path / "root.key"))


def test_figures_are_told_for_one_and_for_all(acmes):
    ((one,), _), ((all_of_them,), _) = vault("stats", acmes), vault("stats", "--all")

    assert one == all_of_them
    assert (one["objects"], one["versions"], one["accounts"], one["commits"], one["packs"]) == (3, 3, 1, 1, 1)
    assert one["version_bytes"] == sum(map(len, CONTENTS.values()))
    assert one["oldest_check"] is None
    assert "3 objects of 1 accounts" in said("stats", acmes)


def test_a_sound_vault_passes_every_level(acmes):
    lines, problem = vault("check", acmes, "--level", "all", "--seed", "today")

    assert problem is None
    assert [(line["level"], line["findings"]) for line in lines] == [
        ("listing", 0), ("rotation", 0), ("content", 0), ("drill", 0)
    ]  # fmt: skip
    assert vault("stats", acmes)[0][0]["oldest_check"]


def test_damage_ends_with_one_and_names_what_it_touches(acmes, folder):
    (path,) = files_of(folder, acmes, "packs")

    with changed(path, flipped(path.read_bytes(), 25)):
        lines, problem = vault("check", acmes, "--level", "content")
        out = io.StringIO()
        with pytest.raises(CommandError):
            call_command("vault", "check", str(acmes), "--level", "content", stdout=out)

    assert problem.returncode == 1
    assert lines[0]["error"] == "PackDamaged"
    assert lines[0]["objects_total"] == len(lines[0]["objects"]) > 0
    assert lines[0]["objects"][0][0] == EVAS_MAIL
    assert lines[-1]["findings"] == 1
    assert f"Concerned: {EVAS_MAIL} " in out.getvalue()
    assert "stay readable" in out.getvalue()


def test_the_catalogue_is_rebuilt_although_nothing_of_it_is_left(acmes):
    before = rows_of(acmes)
    forget(acmes)

    lines, problem = vault("rebuild", acmes)

    assert problem is None
    assert (lines[0]["commits"], lines[0]["versions"]) == (1, 3)
    assert rows_of(acmes) == before


def test_keys_are_replaced_and_everything_stays_readable(acmes, tmp_path, monkeypatch):
    old = (tmp_path / "root.key").read_text()
    said("root-key", tmp_path / "new.key")
    new = (tmp_path / "new.key").read_text()
    (tmp_path / "root.key").write_text(new + old)

    assert vault("rotate", "root", "--all")[0] == [{"organization": str(acmes), "records": 1}]
    (tmp_path / "root.key").write_text(new)
    ((told,), _) = vault("rotate", "epoch", acmes)
    ((finished,), _) = vault("rotate", "epoch", acmes, "--finish")

    assert (told["epoch"], told["is_new"], told["packs"]) == (2, True, 1)
    assert (finished["epoch"], finished["is_new"], finished["packs"]) == (2, False, 0)
    assert contents_of(_open(acmes), EVAS_MAIL) == CONTENTS
    assert vault("check", acmes, "--level", "all")[1] is None


def test_a_lost_root_key_is_survived_by_a_sheet_of_paper(acmes, tmp_path, monkeypatch):
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    with_passphrase = ("--passphrase-file", tmp_path / "passphrase")
    (tmp_path / "sheet.txt").write_text(said("recover", "sheet", acmes, *with_passphrase))
    (tmp_path / "root.key").unlink()
    forget(acmes)
    said("root-key", tmp_path / "root.key")
    assert vault("rebuild", acmes)[1].returncode == 2

    lines, problem = vault("recover", "open", tmp_path / "sheet.txt", *with_passphrase)

    assert problem is None
    assert lines[0]["versions"] == 3
    assert contents_of(_open(acmes), EVAS_MAIL) == CONTENTS
    assert vault("check", acmes, "--level", "all")[1] is None


def test_a_sheet_older_than_the_rotation_changes_nothing(acmes, tmp_path):
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    with_passphrase = ("--passphrase-file", tmp_path / "passphrase")
    (tmp_path / "sheet.txt").write_text(said("recover", "sheet", acmes, *with_passphrase))
    vault("rotate", "epoch", acmes)
    before = rows_of(acmes, "key")

    _, problem = vault("recover", "open", tmp_path / "sheet.txt", *with_passphrase)

    assert problem.returncode == 2
    assert "rotated to epoch 2" in str(problem)
    assert rows_of(acmes, "key") == before


def test_garbage_is_collected_and_an_erasure_needs_the_name_twice(acmes):
    ((collected,), problem) = vault("gc", acmes)
    _, refused = vault("erase", acmes, "--account", EVAS_MAIL)
    ((certificate,), _) = vault("erase", acmes, "--account", EVAS_MAIL, "--id", "note", "--confirm", acmes)

    assert (problem, collected["given_up"]) == (None, 0)
    assert refused.returncode == 2
    assert f"--confirm {acmes}" in str(refused)
    assert certificate["objects"] == 1
    assert set(contents_of(_open(acmes), EVAS_MAIL)) == {"mail", "empty"}
    assert vault("check", acmes, "--level", "all")[1] is None
    vault("erase", acmes, "--confirm", acmes)
    assert VaultOrganization.objects.get(organization=acmes).erased_at
    assert "were destroyed" in str(vault("check", acmes)[1])
    assert vault("check", "--all") == ([], None)


@pytest.mark.parametrize("point", ["marked", "between_keys", "destroyed"])
def test_collecting_everywhere_finishes_an_erasure_that_was_broken_off(acmes, folder, point):
    with dying_at((f"erase_organization.{point}", 1)):
        erase_organization(acmes, store=configured_store(), root=configured_root(), now=timezone.now())
    assert len(list(folder.rglob("*"))) > 6

    ((told,), problem) = vault("gc", "--all")

    assert (problem, told["erased"], told["organization"]) == (None, True, str(acmes))
    (left,) = [path for path in folder.rglob("*") if path.is_file() and str(acmes) in str(path)]
    assert left.parent.name == "erased"
    assert not VaultPack.objects.filter(organization=acmes).exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["check"], "say --all"),
        (["check", "9-9-9"], "no organization"),
        (["check", "--all", "x"], "not both"),
        (["check", "00000000-0000-4000-8000-000000000000"], "no vault"),
        (["stats", "00000000-0000-4000-8000-000000000000"], "has no vault"),
        (["rebuild", "00000000-0000-4000-8000-000000000000"], "no key record"),
        (["rebuild", "--root-key", "/nowhere", "00000000-0000-4000-8000-000000000000"], "cannot be read"),
        (["rebuild", "--store", "ftp://x", "00000000-0000-4000-8000-000000000000"], "file:///"),
        (["rebuild", "--store", "file:///nowhere", "00000000-0000-4000-8000-000000000000"], "not a store"),
        (["recover", "open", "/nowhere"], "cannot be read"),
    ],
)
def test_what_cannot_run_says_why_in_one_line(folder, acme, words, reason):
    lines, problem = vault(*words)

    assert lines == []
    assert problem.returncode == 2
    assert reason in str(problem)
    assert "\n" not in str(problem)


def test_without_a_store_or_a_key_it_says_which_setting_is_missing(acme, tmp_path, monkeypatch):
    for name in ("VAULT_STORE", "VAULT_ROOT_FILE", "VAULT_ROOT_KEYS"):
        monkeypatch.delenv(name, raising=False)

    assert "VAULT_STORE" in str(vault("rebuild", acme.uuid)[1])
    assert "VAULT_ROOT_KEYS" in str(vault("init", acme.uuid, "--store", f"file://{tmp_path}?create=yes")[1])


def test_a_wrong_key_is_told_and_harms_nothing(acmes, tmp_path):
    before = rows_of(acmes)
    said("root-key", tmp_path / "other.key")

    for words in (
        ["check", acmes],
        ["rebuild", acmes],
        ["rotate", "root", acmes],
        ["rotate", "epoch", acmes],
        ["gc", acmes],
    ):
        _, problem = vault(*words, "--root-key", tmp_path / "other.key")
        assert problem.returncode == 2
        assert "is not held here" in str(problem)

    assert rows_of(acmes) == before


def test_a_person_at_a_terminal_sees_how_far_it_is_and_the_codes_are_real(acmes, folder, tmp_path):
    answer, terminal = pty.openpty()
    process = _start(["check", str(acmes), "--level", "content"], stderr=terminal)
    os.close(terminal)
    shown = _all_of(answer)
    out, _ = process.communicate()

    assert process.returncode == 0, shown
    assert b"content [########################] 1 of 1" in shown
    assert b"0 findings" in out
    (path,) = files_of(folder, acmes, "packs")
    with changed(path, None):
        damaged = _start(["check", str(acmes)], stderr=subprocess.PIPE)
        _, words = damaged.communicate()
    assert damaged.returncode == 1
    assert b"#" not in words
    no_store = _start(["check", str(acmes), "--store", "file:///nowhere"], stderr=subprocess.PIPE)
    no_store.communicate()
    assert no_store.returncode == 2


def test_a_database_restarted_in_the_middle_is_one_clear_line_and_the_next_run_goes_on(acmes, monkeypatch):
    forget(acmes)
    before = ProgressLine.tell

    def restart(line, what, *numbers):
        monkeypatch.setattr(ProgressLine, "tell", before)
        with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    monkeypatch.setattr(ProgressLine, "tell", restart)
    _, problem = vault("rebuild", acmes)
    connection.close()

    assert problem.returncode == 2
    assert "\n" not in str(problem)
    assert vault("rebuild", acmes)[1] is None
    assert contents_of(_open(acmes), EVAS_MAIL) == CONTENTS
    assert VaultKey.objects.filter(organization=acmes).count() == 1


def _start(words, *, stderr):
    server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    environment = {**os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}"}
    command = [sys.executable, "-m", "django", "vault", *words]
    return subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=stderr)


def _all_of(answer):
    shown = b""
    # The terminal answers with an error when nobody writes to it any more.
    with suppress(OSError):
        while piece := os.read(answer, 1 << 16):
            shown += piece
    os.close(answer)
    return shown
