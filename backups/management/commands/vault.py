"""`manage.py vault`: make, check, rebuild, rotate, recover, tidy and erase vaults from the command line."""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.utils import timezone

from backups.management import certificate_work
from backups.management import vault_work as work
from backups.management.vault_work import Surroundings, Told
from backups.models import VaultOrganization
from backups.vault.errors import VaultError
from backups.vault.progress import ProgressLine
from backups.vault.root_keys import new_root_key
from organizations.models import Organization

_DAMAGED, _CANNOT_RUN = 1, 2


class Command(BaseCommand):
    help = (
        "Works on vaults. Ends with 0 when all is well, with 1 when damage was found, and with 2 when it cannot run."
        " The store is named by VAULT_STORE, the root key by VAULT_ROOT_FILE or VAULT_ROOT_KEYS, or by options."
    )

    # A vault has to be reachable also where the rest of the product is not fit to run.
    requires_system_checks = ()

    def add_arguments(self, parser) -> None:
        parser.set_defaults(store="", root_key=None, json=False, with_erased=False)
        _add_common(parser)
        commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")
        _one(commands, "init", work.init, "make the vault of an organization")
        _add_root_key(commands)
        _many(commands, "stats", work.stats, "tell figures")
        _add_check(commands)
        _add_rebuild(commands)
        _add_rotate(commands)
        _add_recover(commands)
        _add_gc(commands)
        _add_erase(commands)
        _add_certificates(commands)

    def handle(self, **options) -> None:
        damaged = 0
        with ProgressLine(shows=not options["json"]) as line:
            around = Surroundings(options, timezone.now(), line, lambda: _passphrase(options))
            try:
                for organization, told in _tell(options, around):
                    line.clear()
                    facts = {"organization": str(organization), **told.facts} if organization else told.facts
                    self.stdout.write(json.dumps(facts, ensure_ascii=False) if options["json"] else told.sentence)
                    damaged += told.is_damage
            except (VaultError, LookupError, OSError, DatabaseError) as problem:
                line.clear()
                raise CommandError(" ".join(str(problem).split()), returncode=_CANNOT_RUN) from problem
        if damaged:
            word = "problem was" if damaged == 1 else "problems were"
            raise CommandError(f"{damaged} {word} found. What each touches is told above.", returncode=_DAMAGED)


def _tell(options: dict, around: Surroundings) -> Iterator[tuple[UUID | None, Told]]:
    """Yield what the subcommand tells of each organization it is for."""
    if options["for_whom"] == "nobody":
        yield from ((None, told) for told in options["work"](around))
        return
    for organization in _organizations(options):
        yield from ((organization, told) for told in options["work"](organization, around))


def _organizations(options: dict) -> list[UUID]:
    word = options["organization"]
    if options.get("all"):
        if word:
            raise VaultError("Name one organization, or say --all, not both.")
        vaults = VaultOrganization.objects.order_by("organization")
        if not options["with_erased"]:
            vaults = vaults.filter(erased_at=None)
        return list(vaults.values_list("organization", flat=True))
    if not word:
        raise VaultError("Name one organization by its client ID or UUID, or say --all.")
    try:
        # Also of an organization this database has forgotten: the store knows it by its UUID.
        return [UUID(word)]
    except ValueError:
        found = next((one for one in Organization.objects.matching(word) if one.client_id == word), None)
    if found is None:
        raise VaultError(f"There is no organization with the client ID or UUID {word!r}.")
    return [found.uuid]


def _passphrase(options: dict) -> str:
    if options["passphrase_file"]:
        return options["passphrase_file"].read_text("utf-8").rstrip("\r\n")
    if not sys.stdin.isatty():
        raise VaultError("A passphrase is needed and nobody can be asked; name a file with --passphrase-file.")
    return getpass.getpass("Passphrase: ")


def _make_root_key(around: Surroundings) -> Iterator[Told]:
    """Write a fresh root key into a file only its owner can read."""
    path: Path = around.options["file"]
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(new_root_key() + "\n")
    yield Told(f"{path} holds a new root key. Keep a copy in another place: without it nobody can read any vault.")


def _add_common(parser) -> None:
    """Add what may stand before and behind the subcommand."""
    told = {"default": argparse.SUPPRESS}
    parser.add_argument("--store", help="the store's address: file:///folder or s3://bucket/folder", **told)
    parser.add_argument("--root-key", type=Path, help="file with the root keys, the one that wraps first", **told)
    parser.add_argument("--json", action="store_true", help="one JSON object a line", **told)


def _one(commands, name: str, does: Callable, words: str):
    parser = commands.add_parser(name, help=words)
    parser.add_argument("organization", help="client ID or UUID of an organization")
    parser.set_defaults(work=does, for_whom="one")
    _add_common(parser)
    return parser


def _many(commands, name: str, does: Callable, words: str):
    parser = commands.add_parser(name, help=words)
    parser.add_argument("organization", nargs="?", help="client ID or UUID of an organization")
    parser.add_argument("--all", action="store_true", help="every organization that has a vault")
    parser.set_defaults(work=does, for_whom="many")
    _add_common(parser)
    return parser


def _nobody(commands, name: str, does: Callable, words: str):
    parser = commands.add_parser(name, help=words)
    parser.set_defaults(work=does, for_whom="nobody")
    _add_common(parser)
    return parser


def _gaps(parser) -> None:
    parser.add_argument("--over-gaps", action="store_true", help="go on although something is damaged or missing")


def _add_root_key(commands) -> None:
    parser = _nobody(commands, "root-key", _make_root_key, "write a new root key into a new file")
    parser.add_argument("file", type=Path)


def _add_check(commands) -> None:
    parser = _many(commands, "check", work.check_vault, "look for damage")
    words = (
        "listing: the store against the catalogue (default); rotation: the packs whose day it is, by their hash;"
        " content: every byte of every pack; drill: a sample, as a restore reads it"
    )
    levels = ["listing", "rotation", "content", "drill", "all"]
    parser.add_argument("--level", choices=levels, default="listing", help=words)
    parser.add_argument("--sample", type=int, default=100, help="versions of a drill")
    parser.add_argument("--seed", type=work.seed_of, help="a word that draws the same versions again")


def _add_rebuild(commands) -> None:
    parser = _one(
        commands, "rebuild", work.rebuild_catalogue, "make the catalogue from the store, or bring it up to it"
    )
    parser.add_argument("--head", type=work.head_of, help="NUMBER:SHA256 of the newest commit, if somebody noted it")
    _gaps(parser)


def _add_gc(commands) -> None:
    words = "give up what no version needs, and delete what was given up VAULT_GRACE_HOURS ago (72)"
    parser = _many(commands, "gc", work.collect_garbage, words)
    # What an erasure that was broken off has left is removed as well.
    parser.set_defaults(with_erased=True)
    _gaps(parser)


def _add_rotate(commands) -> None:
    kinds = commands.add_parser("rotate", help="replace keys").add_subparsers(required=True, metavar="WHICH")
    _many(kinds, "root", work.rotate_root_key, "wrap key records with the newest root key")
    epoch = _many(kinds, "epoch", work.rotate_epoch, "give an organization a new master key")
    epoch.add_argument("--finish", action="store_true", help="only finish what broke off; begin no new epoch")


def _add_recover(commands) -> None:
    kinds = commands.add_parser("recover", help="recovery sheets").add_subparsers(required=True, metavar="WHAT")
    sheet = _one(kinds, "sheet", work.recovery_sheet, "write the sheet of an organization")
    opened = _nobody(kinds, "open", work.recover_vault, "open a vault from its sheet")
    opened.add_argument("sheet", type=Path, help="file with the sheet as it was typed in")
    for parser in (sheet, opened):
        parser.add_argument("--passphrase-file", type=Path, help="else the passphrase is asked for")


def _add_certificates(commands) -> None:
    words = "tell what was erased for good, as the vault itself says it"
    parser = _one(commands, "certificates", certificate_work.tell_certificates, words)
    parser.add_argument("--file", type=Path, help="compare the certificate of a deletion with it, as it was downloaded")


def _add_erase(commands) -> None:
    parser = _one(commands, "erase", work.erase, "erase an organization, an account, or objects, for good")
    parser.add_argument("--account", help="only this account")
    parser.add_argument("--id", nargs="+", default=[], help="only these objects of the account")
    parser.add_argument("--confirm", default="", help="the organization's UUID once more")
    _gaps(parser)
