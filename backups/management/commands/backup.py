"""`manage.py backup`: back clients up now, and watch until it is done."""

import json
import sys

from django.core.management.base import BaseCommand, CommandError

from backups.management.backup_work import ask_for_run, follow
from backups.management.chosen import WrongUse, chosen_accounts, chosen_connections
from backups.models import Run
from backups.views.run_progress import figures_of
from backups.views.run_rows import bytes_words
from organizations.models import Connection, Item

_FAILED, _PARTIAL, _WRONG_USE, _STOPPED = 1, 2, 3, 130


class Command(BaseCommand):
    help = (
        "Backs up what is protected of a client. Ends with 0 when everything was saved, with 1 when a backup failed, "
        "was called off or could not begin, with 2 when something could not be saved, with 3 when there is no such "
        "client or account. Ctrl-C stops the watching; the backup goes on."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("organization", nargs="?", help="client ID, UUID, domain or name of an organization")
        parser.add_argument("--all", action="store_true", help="every connected organization")
        parser.add_argument(
            "--account", action="append", default=[], metavar="ADDRESS", help="only this account; may be repeated"
        )
        parser.add_argument("--no-wait", action="store_true", help="ask for it and leave the work to the workers")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *, organization: str | None, **options) -> None:
        try:
            connections = chosen_connections(organization, everything=options["all"])
            accounts = chosen_accounts(connections, options["account"])
        except WrongUse as problem:
            raise CommandError(str(problem), returncode=_WRONG_USE) from problem
        wishes = [(connection, account) for connection in connections for account in accounts or [None]]
        codes = [self._back_up(connection, account, options) for connection, account in wishes]
        if _FAILED in codes:
            raise CommandError(f"{codes.count(_FAILED)} of {len(codes)} failed.", returncode=_FAILED)
        if _PARTIAL in codes:
            left = f"{codes.count(_PARTIAL)} of {len(codes)} could not save everything."
            raise CommandError(f"{left} What failed is tried again by itself.", returncode=_PARTIAL)

    def _back_up(self, connection: Connection, account: Item | None, options: dict) -> int:
        run, problem = ask_for_run(connection, account)
        if run is None:
            self._tell(_refusal(connection, account, problem), options)
            return _FAILED
        if not options["no_wait"]:
            try:
                follow(run, shows=sys.stderr.isatty() and not options["json"])
            except KeyboardInterrupt as stop:
                words = f"The backup of {account or connection.organization} goes on with the next free worker."
                raise CommandError(f"{words} Call it off under Backups.", returncode=_STOPPED) from stop
        run = Run.objects.select_related("organization", "item").get(pk=run.pk)
        self._tell(_facts(run), options)
        if run.state == Run.State.PARTIAL:
            return _PARTIAL
        return _FAILED if run.state in (Run.State.FAILED, Run.State.CANCELLED) else 0

    def _tell(self, facts: dict, options: dict) -> None:
        self.stdout.write(json.dumps(facts) if options["json"] else _sentence(facts))


def _facts(run: Run) -> dict:
    return {
        "organization": run.organization.name,
        "client_id": run.organization.client_id,
        "account": str(run.item) if run.item_id else "",
        "run": str(run.uuid),
        "state": run.state,
        "problem": run.problem,
        "accounts_done": run.items_done,
        "accounts": run.items_total,
        "seconds": round((run.ended_at - run.requested_at).total_seconds(), 1) if run.ended_at else None,
    } | figures_of(run)


def _refusal(connection: Connection, account: Item | None, problem: str) -> dict:
    organization = connection.organization
    return {
        "organization": organization.name,
        "client_id": organization.client_id,
        "account": str(account) if account else "",
        "run": "",
        "state": "REFUSED",
        "problem": problem,
    }


def _sentence(facts: dict) -> str:
    whose = f"{facts['organization']} ({facts['client_id']})" + (f", {facts['account']}" if facts["account"] else "")
    if not facts["run"]:
        return f"{whose}: not begun. {facts['problem']}"
    if facts["seconds"] is None:
        return f"{whose}: under way, {facts['accounts_done']:,} of {facts['accounts']:,} accounts done."
    counts = f"{facts['added']:,} new, {facts['changed']:,} changed, {facts['removed']:,} removed at the source"
    saved = f"{counts}, {facts['failed']:,} not saved; {bytes_words(facts['bytes_read'])} read"
    ending = f"{facts['state'].lower()} after {facts['seconds']} s, {facts['accounts']:,} accounts: {saved}."
    return f"{whose}: {ending} {facts['problem']}".strip()
