"""Pytest plugin: a real SMTP server, and how a mail's job is done."""

import asyncio
import socket

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone


class Server:
    """A real SMTP server that keeps what it took and answers as it is told."""

    def __init__(self):
        self.messages, self.answer, self.hang_up = [], "250 OK", False
        # It closes the connection at the door; it takes so many seconds to say what it thinks of a mail.
        self.closes, self.pause = False, 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        if self.closes:
            server.transport.abort()
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.messages.append(envelope.content.decode())
        await asyncio.sleep(self.pause)
        if self.hang_up:
            server.transport.abort()
        return self.answer

    async def handle_RCPT(self, server, session, envelope, address, options):
        if "nobody" in address:
            return "550 No such person"
        if "full" in address:
            return "452 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def server(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.MAIL_IS_KEPT_IN_INBOX = False
    yield handler
    controller.stop()


def send(row):
    """Do the mail's job, due or not, and return the mail as it is afterwards."""
    # Plugins are read before Django knows its apps.
    from jobs.claims import run
    from jobs.models import Job

    Job.objects.filter(subject_id=row.pk, kind="deliver_email").update(not_before=timezone.now())
    run(Job.objects.get(subject_id=row.pk, kind="deliver_email").pk)
    row.refresh_from_db()
    return row
