"""`manage.py search`: compare the index with what is kept, and make it right."""

import json
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError

from backups.engine.search_reconciling import Compared, compare, repair
from backups.management.chosen import WrongUse, chosen_organization
from backups.models import VaultOrganization
from backups.vault.configured import configured_root, configured_store
from backups.vault.errors import VaultError
from backups.vault.vault import open_vault
from organizations.models import Organization

_DIFFERENT, _CANNOT_RUN = 1, 2


class Command(BaseCommand):
    help = (
        "Works on the index of what is kept. Ends with 0 when index and vaults agree (or do after --repair), with 1"
        " when they differ, and with 2 when it cannot run."
    )

    def add_arguments(self, parser) -> None:
        commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")
        reconcile = commands.add_parser("reconcile", help="compare the index with the vault, row by row")
        reconcile.add_argument("organization", nargs="?", help="client ID, UUID, domain or name; every client without")
        reconcile.add_argument("--repair", action="store_true", help="take away what is wrong, index what is missing")
        reconcile.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *, organization: str | None, **options) -> None:
        differences = 0
        try:
            for one in _organizations(organization):
                compared = _repair(one) if options["repair"] else compare(one)
                differences += compared.differences if not options["repair"] else 0
                told = json.dumps(_facts(one, compared)) if options["json"] else _sentence(one, compared)
                self.stdout.write(told)
        except (WrongUse, VaultError, DatabaseError) as problem:
            raise CommandError(" ".join(str(problem).split()), returncode=_CANNOT_RUN) from problem
        if differences:
            raise CommandError(f"{differences:,} differences. --repair makes them right.", returncode=_DIFFERENT)


def _organizations(word: str | None) -> Iterator[Organization]:
    kept = VaultOrganization.objects.filter(erased_at=None).values("organization")
    if word is None:
        yield from Organization.objects.filter(uuid__in=kept).order_by("pk")
        return
    organization = chosen_organization(word)
    if not Organization.objects.filter(pk=organization.pk, uuid__in=kept).exists():
        raise WrongUse(f"Nothing of {organization} is kept, so there is nothing to compare.")
    yield organization


def _repair(organization: Organization) -> Compared:
    return repair(organization, open_vault(organization.uuid, store=configured_store(), root=configured_root()))


def _facts(organization: Organization, compared: Compared) -> dict:
    return {
        "organization": organization.name,
        "client_id": organization.client_id,
        "entries": compared.entries,
        "reached": compared.reached,
        "head": compared.head,
        **compared.counts,
        "named": compared.named,
        "repaired": compared.repaired,
    }


def _sentence(organization: Organization, compared: Compared) -> str:
    behind = (
        "" if compared.reached == compared.head else f" It is behind: commit {compared.reached} of {compared.head}."
    )
    counts = ", ".join(f"{number:,} {what}" for what, number in compared.counts.items() if number)
    named = "; ".join(f"{what}: {', '.join(names)}" for what, names in compared.named.items())
    found = f"{counts}. {named}." if counts else "nothing differs."
    repaired = f" {compared.repaired:,} rows were made right." if compared.repaired else ""
    return f"{organization} ({organization.client_id}): {compared.entries:,} entries, {found}{repaired}{behind}"
