"""`manage.py receive_mail`: takes answers to our mails by SMTP until it is told to stop."""

import signal

from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from support.receiving import MAIL_BYTES_AT_MOST, ReplyHandler

_ENDS = {signal.SIGINT, signal.SIGTERM}


class Command(BaseCommand):
    help = (
        "Takes mails to REPLY_DOMAIN by SMTP and posts them as comments on support tickets. Meant to stand behind a "
        "mail server, which relays that domain to it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8025, help="the port to listen on (8025)")

    def handle(self, *, host: str, port: int, **options) -> None:
        if not settings.REPLY_DOMAIN:
            raise CommandError("Setting REPLY_DOMAIN is empty: there is no address a mail could be sent to.")
        server = Controller(
            ReplyHandler(), hostname=host, port=port, data_size_limit=MAIL_BYTES_AT_MOST, ident="Portico"
        )
        # Before the server's thread begins, which would otherwise be the one that is told to stop.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
        try:
            server.start()
        except OSError as problem:
            raise CommandError(f"Cannot listen on {host}:{port}: {problem}") from problem
        self.stdout.write(f"Taking mails to {settings.REPLY_DOMAIN} on {host}:{port}.")
        self.stdout.flush()
        signal.sigwait(_ENDS)
        server.stop()
