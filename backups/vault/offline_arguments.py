"""What the offline reader can be asked."""

import argparse
from pathlib import Path
from uuid import UUID

from backups.vault.chain import Head


def parser(about: str) -> argparse.ArgumentParser:
    """Return what understands the command line; ``about`` begins with a sentence that says what it is."""
    parser = argparse.ArgumentParser(prog="python -m backups.vault.offline", description=about.partition("\n")[0])
    parser.add_argument("--store", required=True, help="the store's address: file:///folder or s3://bucket/folder")
    parser.add_argument("--organization", type=UUID, help="whose vault")
    parser.add_argument("--root-key", type=Path, help="file with the root key; else the variable VAULT_ROOT_KEYS")
    parser.add_argument("--sheet", type=Path, help="file with a recovery sheet, instead of the root key")
    parser.add_argument("--passphrase-file", type=Path, help="the sheet's passphrase; else it is asked for")
    parser.add_argument("--head", type=_head, help="NUMBER:SHA256 of the newest commit, if somebody noted it")
    parser.add_argument("--work", type=Path, help="folder for the temporary file")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("organizations", help="list the organizations in the store")
    commands.add_parser("commits", help="list the moments one can go back to")
    for name, what in (("list", "list objects"), ("export", "write objects as files")):
        command = commands.add_parser(name, help=what)
        if name == "export":
            command.add_argument("folder", type=Path, help="a new folder")
        command.add_argument("--account", help="of this account only")
        command.add_argument("--at", help="as of this commit's number, or this moment in ISO 8601")
    read = commands.add_parser("read", help="write one object to the standard output or a file")
    read.add_argument("account")
    read.add_argument("id")
    read.add_argument("--at", help="as of this commit's number, or this moment in ISO 8601")
    read.add_argument("--output", type=Path, help="a file that does not exist yet")
    verify = commands.add_parser("verify", help="open every pack and follow every reference")
    verify.add_argument("--restore", action="store_true", help="also put every version together and compare it")
    return parser


def _head(text: str) -> Head:
    number, _, digest = text.partition(":")
    return Head(int(number), bytes.fromhex(digest))
