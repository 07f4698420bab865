"""`manage.py restore`: plan restores, start them, and watch until they are done."""

import json
import sys

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backups.actions.restore_refusals import RestoreProblem
from backups.actions.restores import (
    Chosen,
    Wishes,
    cancel_restore,
    pause_restore,
    plan_restore,
    resume_restore,
    start_restore,
)
from backups.management.backup_work import ACTOR
from backups.management.chosen import WrongUse, chosen_accounts, chosen_connections
from backups.management.restore_work import follow, restore_called, snapshot_at
from backups.models import Container, Restore
from backups.views.run_rows import bytes_words
from organizations.models import Item

_FAILED, _PARTIAL, _WRONG_USE, _STOPPED = 1, 2, 3, 130
_CHANGES = {"start": start_restore, "pause": pause_restore, "resume": resume_restore, "cancel": cancel_restore}
_LISTED = 50


class Command(BaseCommand):
    help = (
        "Puts back what was saved of an account. `plan` counts what it would bring and writes nothing; `start` begins. "
        "Ends with 0 when everything came back, with 1 when a restore failed, was stopped or was refused, with 2 when "
        "something did not come back, with 3 when there is no such client, account or restore. Ctrl-C stops the "
        "watching; the restore goes on."
    )

    def add_arguments(self, parser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="the restores of a client, the newest first")
        listing.add_argument("organization", help="client ID, UUID, domain or name of an organization")
        showing = verbs.add_parser("show", help="how far a restore is")
        showing.add_argument("restore", help="UUID of a restore")
        self._add_plan(verbs.add_parser("plan", help="count what a restore would bring"))
        for verb, words in (
            ("start", "begin a restore that was planned"),
            ("pause", "have a restore stop until somebody goes on"),
            ("resume", "go on with a restore that is paused, or ended with objects left"),
            ("cancel", "call a restore off; what it put back stays"),
        ):
            one = verbs.add_parser(verb, help=words)
            one.add_argument("restore", help="UUID of a restore")
            one.add_argument("--no-wait", action="store_true", help="leave the work to the workers")
        for one in verbs.choices.values():
            one.add_argument("--json", action="store_true", help="one JSON object a line")

    def _add_plan(self, plan) -> None:
        plan.add_argument("organization", help="client ID, UUID, domain or name of an organization")
        plan.add_argument("--account", required=True, metavar="ADDRESS", help="whose data")
        plan.add_argument("--to", default="", metavar="ADDRESS", help="who gets it; the same account without this")
        kinds = [kind.lower() for kind in Container.Kind.values]
        plan.add_argument("--kind", action="append", default=[], choices=kinds, help="may be repeated; all without")
        plan.add_argument("--at", default="", metavar="MOMENT", help="the newest point in time up to this")
        plan.add_argument("--folder", metavar="NAME", help="the folder to restore into; named by the day without this")
        plan.add_argument("--original-place", action="store_true", help="where everything was, in no folder")
        plan.add_argument(
            "--conflict", default="skip", choices=["skip", "copy", "replace"], help="if an item is there already"
        )
        plan.add_argument("--sharing", action="store_true", help="put sharing back, without a word to anybody")
        plan.add_argument("--as-messages", action="store_true", help="conversations as messages, not as a page")
        plan.add_argument("--no-wait", action="store_true", help="leave the counting to the workers")

    def handle(self, *, verb: str, **options) -> None:
        try:
            if verb == "list":
                self._list(options)
            elif verb == "show":
                self._tell(restore_called(options["restore"]), options)
            elif verb == "plan":
                self._end(self._plan(options), options)
            else:
                restore = restore_called(options["restore"])
                self._end(_CHANGES[verb](restore=restore, actor=ACTOR, now=timezone.now()), options)
        except WrongUse as problem:
            raise CommandError(str(problem), returncode=_WRONG_USE) from problem
        except RestoreProblem as problem:
            raise CommandError(str(problem), returncode=_FAILED) from problem

    def _list(self, options: dict) -> None:
        (connection,) = chosen_connections(options["organization"], everything=False)
        found = Restore.objects.filter(organization=connection.organization).newest_first()
        for restore in found.select_related("organization", "target")[:_LISTED]:
            self._tell(restore, options)

    def _plan(self, options: dict) -> Restore:
        connections = chosen_connections(options["organization"], everything=False)
        (source,) = chosen_accounts(connections, [options["account"]])
        target = chosen_accounts(connections, [options["to"]])[0] if options["to"] else source
        return plan_restore(
            source=source,
            target=target,
            chosen=[Chosen(one) for one in _containers(source, options["kind"])],
            snapshot=snapshot_at(source, options["at"]),
            actor=ACTOR,
            now=timezone.now(),
            wishes=Wishes(
                folder="" if options["original_place"] else options["folder"],
                conflict=options["conflict"].upper(),
                sharing=options["sharing"],
                as_messages=options["as_messages"],
            ),
        )

    def _end(self, restore: Restore, options: dict) -> None:
        """Help with it, say how it stands, and end with the code that says so."""
        if not options["no_wait"]:
            try:
                restore = follow(restore, shows=sys.stderr.isatty() and not options["json"])
            except KeyboardInterrupt as stop:
                words = f"The restore {restore.uuid} goes on with the next free worker."
                raise CommandError(f"{words} Call it off with `restore cancel`.", returncode=_STOPPED) from stop
        self._tell(restore, options)
        if restore.state == Restore.State.PARTIAL:
            raise CommandError("Something did not come back.", returncode=_PARTIAL)
        if restore.state == Restore.State.FAILED:
            raise CommandError("The restore failed.", returncode=_FAILED)

    def _tell(self, restore: Restore, options: dict) -> None:
        facts = _facts(restore)
        self.stdout.write(json.dumps(facts) if options["json"] else _sentence(restore, facts))


def _containers(source: Item, kinds: list[str]) -> list[Container]:
    """Return what is kept of an account, or some kinds of it. Raises `WrongUse`."""
    found = {one.kind.lower(): one for one in source.containers.filter(objects_kept__gt=0).order_by("kind")}
    missing = [kind for kind in kinds if kind not in found]
    if missing:
        there = ", ".join(found) or "nothing"
        raise WrongUse(f"No {missing[0]} of {source} is in the backup. There is: {there}.")
    return [one for kind, one in found.items() if not kinds or kind in kinds]


def _facts(restore: Restore) -> dict:
    return {
        "restore": str(restore.uuid),
        "organization": restore.organization.name,
        "what": restore.what,
        "to": str(restore.target),
        "folder": restore.folder,
        "state": restore.state,
        "problem": restore.problem,
        "objects": restore.objects_total,
        "to_restore": restore.to_restore,
        "restored": restore.restored,
        "degraded": restore.degraded,
        "skipped": restore.skipped,
        "failed": restore.failed,
        "bytes": restore.bytes_total,
        "bytes_restored": restore.bytes_done,
        "may_lack": restore.may_lack,
    }


def _sentence(restore: Restore, facts: dict) -> str:
    words = f"{facts['restore']}  {restore.get_state_display()}: {restore.what} to {restore.target}"
    where = f", folder “{restore.folder}”" if restore.folder else ", the original place"
    counts = f"{restore.restored:,} of {restore.to_restore:,} restored, {restore.skipped:,} there already"
    if restore.state == Restore.State.READY:
        size = bytes_words(restore.bytes_total)
        counts = f"{restore.to_restore:,} to restore ({size}), {restore.skipped:,} there already"
    return f"{words}{where}. {counts}, {restore.failed:,} not restored. {restore.problem}".strip()
