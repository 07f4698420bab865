"""Reply addresses, and the command that takes the mails to them."""

import os
import smtplib
import socket
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from notifications.models import OutgoingEmail
from support.reply_addresses import ReplyTo, read_reply_address, reply_address
from support.tests.factories import make_ticket


@pytest.fixture(autouse=True)
def _domain(settings):
    settings.REPLY_DOMAIN = "reply.portico.example"


def test_old_keys_are_still_read_after_a_change_of_keys(settings):
    address = reply_address(ticket_id=4182, user_id=17)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"

    assert read_reply_address(f"<{address}>") == ReplyTo(4182, 17)
    assert len(address.partition("@")[0]) <= 64


def test_without_a_domain_mails_say_that_answers_are_given_in_the_portal(settings, cast):
    settings.REPLY_DOMAIN = ""
    make_ticket(cast["ben"])

    sent = OutgoingEmail.objects.get()
    assert "Reply-To" not in sent.headers
    assert "mails to this address are not read" in sent.text


def test_the_command_listens_until_it_is_told_to_stop(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "django", "receive_mail", "--port", str(port)]
    environment = os.environ | {"REPLY_DOMAIN": "reply.portico.example"}

    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        said = running.stdout.readline()
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.ehlo()
            client.mail("ben@example.com")
            code, _ = client.rcpt("reply+1.1.aaaaaaaaaaaaaaaaaaaaaaaa@reply.portico.example")
        running.terminate()
        ended = running.wait(timeout=20)

    assert said == f"Taking mails to reply.portico.example on 127.0.0.1:{port}.\n"
    assert (code, ended) == (550, 0)


def test_the_command_says_what_is_missing(settings):
    settings.REPLY_DOMAIN = ""

    with pytest.raises(CommandError, match="REPLY_DOMAIN is empty"):
        call_command("receive_mail")
