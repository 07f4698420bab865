"""What is kept of mails that came in: their files only with their rows, and the rows within bounds."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.utils import timezone

from support.actions import replies
from support.actions.replies import receive_reply
from support.models import Message, ReceivedMail
from support.reply_addresses import ReplyTo
from support.schedule import keep_no_old_mails
from support.tests.factories import PNG, make_ticket
from support.tests.test_replies import mail


@pytest.fixture
def receive(cast):
    """Take a mail of Ben's to his ticket, as the server does."""
    ticket = make_ticket(cast["ben"])

    def take(raw=None, *, at=None, **headers):
        raw = raw or mail("reply@portico.example", **headers)
        reply_to = ReplyTo(ticket.pk, cast["ben"].user_id)
        return receive_reply(mime=bytes(raw), reply_to=reply_to, envelope_from="ben@x", now=at or timezone.now())

    return take


def test_refused_mails_count_too_and_what_is_too_much_leaves_no_row(receive, monkeypatch):
    monkeypatch.setattr(replies, "MAILS_AN_HOUR", 3)
    now = timezone.now()
    kinds = [{"From": "eve@evil.example"}, {"Precedence": "bulk"}, {}]

    outcomes = [receive(at=now, **kind) for kind in kinds * 2]
    later = receive(at=now + timedelta(minutes=61))

    assert outcomes == ["STRANGER", "LOOP", "POSTED", "TOO_MANY", "LOOP", "TOO_MANY"]
    assert later == "POSTED"
    assert ReceivedMail.objects.count() == 4


def test_mails_are_forgotten_after_ninety_days(receive):
    now = timezone.now()
    for days in (91, 89):
        receive(at=now - timedelta(days=days))

    keep_no_old_mails()

    assert [row.received_at for row in ReceivedMail.objects.all()] == [now - timedelta(days=89)]


def test_no_file_of_a_mail_stays_where_its_rows_do_not(receive, monkeypatch):
    raw, original = mail("reply@portico.example"), replies._post
    raw.add_attachment(PNG, maintype="image", subtype="png", filename="screen.png")

    def gone(*arguments):
        assert original(*arguments)[0] == "POSTED"
        raise OperationalError("gone")

    monkeypatch.setattr(replies, "_post", gone)
    with pytest.raises(OperationalError):
        receive(raw)

    assert not Message.objects.filter(is_by_mail=True).exists()
    assert not ReceivedMail.objects.exists()
    folders, _ = default_storage.listdir("tickets")
    assert [default_storage.listdir(f"tickets/{folder}")[1] for folder in folders if folder] == [[]] * len(folders)
