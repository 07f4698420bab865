"""`manage.py source_app`: our registrations at Microsoft, and the certificates that show who we are."""

import json
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from organizations.actions.source_apps import (
    CredentialProblem,
    add_certificate,
    add_secret,
    register_app,
    retire_credential,
)
from organizations.models import SourceApp, SourceCredential

_ACTOR = "Command line"


class Command(BaseCommand):
    help = (
        "Registers the apps for backup and restore, and their certificates. Without an action it lists them. "
        "Needs SOURCE_KEYS. docs/microsoft-365.md says how to make the app at Microsoft."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="list as JSON, one object a line")
        actions = parser.add_subparsers(dest="action")
        add = actions.add_parser("add", help="register an app and add a credential")
        add.add_argument("purpose", choices=["backup", "restore"])
        add.add_argument("--client-id", required=True, type=UUID, help="application (client) id at Microsoft")
        add.add_argument("--certificate", type=Path, help="PEM file with certificate and private key (preferred)")
        add.add_argument("--secret", action="store_true", help="read a client secret from standard input")
        add.add_argument("--secret-expires", type=datetime.fromisoformat, help="date on which the secret ends")
        retire = actions.add_parser("retire", help="stop using a credential and forget it")
        retire.add_argument("number", type=int, help="its number in the list")

    def handle(self, *, action: str | None, **options) -> None:
        try:
            if action == "add":
                self._add(**options)
            elif action == "retire":
                self._retire(options["number"])
        except CredentialProblem as problem:
            raise CommandError(str(problem)) from problem
        self._list(as_json=options["json"])

    def _add(self, *, purpose: str, client_id: UUID, certificate: Path | None, secret: bool, **options) -> None:
        if bool(certificate) == secret:
            raise CommandError("Give either --certificate FILE or --secret.")
        now = timezone.now()
        try:
            pem = certificate.read_bytes() if certificate else b""
        except OSError as problem:
            raise CommandError(f"{certificate} cannot be read: {problem.strerror}.") from problem
        app = register_app(purpose=purpose.upper(), client_id=str(client_id), actor=_ACTOR, now=now)
        if certificate:
            add_certificate(app=app, pem=pem, actor=_ACTOR, now=now)
        else:
            ends = options["secret_expires"]
            ends = timezone.make_aware(ends) if ends and timezone.is_naive(ends) else ends
            add_secret(app=app, secret=sys.stdin.readline().strip(), expires_at=ends, actor=_ACTOR, now=now)

    def _retire(self, number: int) -> None:
        credential = SourceCredential.objects.filter(pk=number).first()
        if credential is None:
            raise CommandError(f"There is no credential {number}.")
        retire_credential(credential=credential, actor=_ACTOR, now=timezone.now())

    def _list(self, *, as_json: bool) -> None:
        for app in SourceApp.objects.order_by("purpose").prefetch_related("credentials"):
            if not as_json:
                self.stdout.write(f"{app.get_purpose_display()}: client id {app.client_id}")
            for credential in sorted(app.credentials.all(), key=lambda one: one.pk):
                self.stdout.write(self._line(app, credential, as_json=as_json))

    def _line(self, app: SourceApp, credential: SourceCredential, *, as_json: bool) -> str:
        state = "retired" if credential.retired_at else "in use"
        if not credential.retired_at and credential.expires_at and credential.expires_at <= timezone.now():
            state = "expired"
        ends = f"{credential.expires_at:%Y-%m-%d}" if credential.expires_at else "unknown"
        facts = {"number": credential.pk, "purpose": app.purpose, "client_id": app.client_id, "kind": credential.kind,
                 "hint": credential.hint[:16], "ends": ends, "state": state}  # fmt: skip
        if as_json:
            return json.dumps(facts)
        return "  {number}. {kind} {hint}, ends {ends}, {state}".format(**facts)
