"""Answers by mail: raw mails, handed over by real SMTP to the real server, become comments or nothing."""

import smtplib
import socket
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from accounts.actions.members import delete_member
from notifications.models import OutgoingEmail
from notifications.support_emails import REPLY_MARK
from support.actions import replies
from support.models import Attachment, Message, ReceivedMail
from support.receiving import MAIL_BYTES_AT_MOST, ReplyHandler
from support.reply_addresses import read_reply_address
from support.tests.factories import PNG, make_ticket


@pytest.fixture(autouse=True)
def _domain(settings):
    settings.REPLY_DOMAIN = "reply.portico.example"


@pytest.fixture
def ticket(transactional_db, cast):
    return make_ticket(cast["ben"])


@pytest.fixture
def bens_address(ticket, cast):
    """Where Ben's answers go: what our own mail to him says in Reply-To."""
    return OutgoingEmail.objects.get(to=cast["ben"].user.email).headers["Reply-To"]


@pytest.fixture
def post_office(ticket):
    """Hand a raw mail to the running server as a mail server does; returns its answer, code and words."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(ReplyHandler(), hostname="127.0.0.1", port=port, data_size_limit=MAIL_BYTES_AT_MOST)
    server.start()

    def send(raw, to, sender="ben.okafor@example.com"):
        raw = raw if isinstance(raw, bytes) else bytes(raw).replace(b"\n", b"\r\n")
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            try:
                client.sendmail(sender, [to], raw)
            except smtplib.SMTPRecipientsRefused as problem:
                return next(iter(problem.recipients.values()))[0]
            except smtplib.SMTPResponseException as problem:
                return problem.smtp_code
        return 250

    yield send
    server.stop()


def mail(to, text="It is back, thanks.", **headers):
    message = EmailMessage()
    message["From"] = headers.pop("From", "Ben Okafor <Ben.Okafor@Example.com>")
    message["To"] = to
    message["Subject"] = "Re: Case #1"
    message["Message-ID"] = headers.pop("Message_ID", f"<{uuid4()}@example.com>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def comments():
    return list(Message.objects.filter(is_by_mail=True).values_list("body", flat=True))


def outcomes():
    return list(ReceivedMail.objects.order_by("id").values_list("outcome", flat=True))


def test_an_answer_by_mail_is_the_comment_of_the_person_it_was_sent_to(post_office, bens_address, ticket, cast):
    # Mail servers on the way may have changed the case of the address.
    raw = mail(
        bens_address, f"It is back, thanks.\n\nOn Sun, 25 Oct 2026 at 12:00, Support wrote:\n> {REPLY_MARK}\n> Hi"
    )

    assert post_office(raw, bens_address.upper()) == 250

    message = Message.objects.get(is_by_mail=True)
    assert (message.body, message.author, message.author_role) == (
        "It is back, thanks.", cast["ben"].user, "BASIC",
    )  # fmt: skip
    assert outcomes() == ["POSTED"]


def test_the_same_mail_twice_is_one_comment(post_office, bens_address):
    raw = mail(bens_address)

    assert [post_office(raw, bens_address), post_office(raw, bens_address)] == [250, 250]

    assert len(comments()) == 1


def test_the_same_mail_at_the_same_moment_is_one_comment(post_office, bens_address):
    raw = mail(bens_address)

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: post_office(raw, bens_address), range(4)))

    assert codes == [250] * 4
    assert len(comments()) == 1


def test_a_mail_without_an_id_counts_once_too(post_office, bens_address):
    raw = mail(bens_address)
    del raw["Message-ID"]

    post_office(raw, bens_address)
    post_office(raw, bens_address)

    assert len(comments()) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda local: local[:-1] + ("a" if local[-1] != "a" else "b"),
        lambda local: local.replace("reply+", "reply+1"),
        lambda local: "support",
        lambda local: "reply+",
        lambda local: local.rpartition(".")[0] + ".",
        lambda local: "reply+1.1.é",
    ],
)
def test_an_address_somebody_made_up_is_refused_before_the_mail_is_sent(post_office, bens_address, change):
    local, _, domain = bens_address.partition("@")
    forged = f"{change(local)}@{domain}"

    code = post_office(mail(bens_address), forged) if forged.isascii() else 550

    assert code == 550
    assert read_reply_address(forged) is None
    assert comments() == []


def test_another_domain_is_not_relayed_and_that_is_logged(post_office, bens_address, caplog):
    assert post_office(mail(bens_address), bens_address.partition("@")[0] + "@elsewhere.example") == 550
    assert "no reply address of ours" in caplog.text


@pytest.mark.parametrize(
    "sender",
    ["Rita Moss <rita.moss@example.com>", "ben.okafor@example.com.evil.example", "a@x.example, ben.okafor@example.com",
     '"ben.okafor@example.com" <eve@evil.example>', ""],
)  # fmt: skip
def test_whoever_else_knows_the_address_posts_nothing(post_office, bens_address, sender):
    assert post_office(mail(bens_address, From=sender), bens_address) == 550

    assert comments() == []
    assert outcomes() == ["STRANGER"]


def test_whoever_has_left_the_company_posts_nothing(post_office, bens_address, cast):
    delete_member(membership=cast["ben"], actor=cast["ada"].user, now=timezone.now())

    assert post_office(mail(bens_address), bens_address) == 550
    assert comments() == []


@pytest.mark.parametrize("closed", ["user", "partner", "joined_at", "role"])
def test_whoever_may_not_sign_in_to_the_portal_posts_nothing_by_mail(post_office, bens_address, cast, acme, closed):
    ben = cast["ben"]
    if closed == "joined_at":
        ben.joined_at = None
    elif closed == "role":
        ben.role, ben.organization = "ORGANIZATION_USER", acme
    else:
        getattr(ben, closed).is_active = False
        getattr(ben, closed).save()
    ben.save()

    assert post_office(mail(bens_address), bens_address) == 550
    assert comments() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"Precedence": "bulk"},
        {"Precedence": "LIST"},
        {"X_Auto_Response_Suppress": "All"},
        {"Message_ID": "<abc@localhost>"},
    ],
)
def test_mails_of_programs_are_dropped_without_an_answer(post_office, bens_address, settings, headers):
    settings.BASE_URL = "http://localhost:8000"

    assert post_office(mail(bens_address, **headers), bens_address) == 250

    assert comments() == []
    assert outcomes() == ["LOOP"]


def test_a_note_about_a_mail_that_could_not_be_delivered_is_dropped(post_office, bens_address):
    assert post_office(mail(bens_address), bens_address, sender="") == 250
    assert outcomes() == ["LOOP"]


def test_a_person_who_says_not_automatic_is_heard(post_office, bens_address):
    post_office(mail(bens_address, Auto_Submitted="no"), bens_address)

    assert len(comments()) == 1


def test_a_loop_that_hides_ends_after_some_mails(post_office, bens_address, monkeypatch):
    monkeypatch.setattr(replies, "MAILS_AN_HOUR", 2)

    codes = [post_office(mail(bens_address, f"Away, {number}"), bens_address) for number in range(4)]

    assert codes == [250, 250, 450, 450]
    assert len(comments()) == 2


def test_a_mail_that_was_to_come_later_is_posted_then(post_office, bens_address, monkeypatch):
    raw = mail(bens_address)
    monkeypatch.setattr(replies, "MAILS_AN_HOUR", 0)
    first = post_office(raw, bens_address)
    monkeypatch.setattr(replies, "MAILS_AN_HOUR", 20)

    assert (first, post_office(raw, bens_address)) == (450, 250)
    assert (len(comments()), outcomes()) == (1, ["POSTED"])


def test_files_of_a_mail_are_kept_under_the_same_rules(post_office, bens_address):
    raw = mail(bens_address, "See the files.")
    raw.add_attachment(PNG, maintype="image", subtype="png", filename="../../screen.png")
    raw.add_attachment(b"MZ\x90\x00", maintype="application", subtype="octet-stream", filename="tool.exe")

    post_office(raw, bens_address)

    assert list(Attachment.objects.values_list("name", flat=True)) == ["screen.png"]
    assert comments()[0].startswith("See the files.\n\n*A file of this mail was not kept. tool.exe is not taken.")


def test_a_mail_that_is_cut_says_so(post_office, bens_address):
    post_office(mail(bens_address, "words " * 5_000), bens_address)

    assert comments()[0].endswith("\n\n*The mail was longer; what came after 20,000 characters was not kept.*")


def test_a_mail_in_html_alone_is_read(post_office, bens_address):
    raw = mail(bens_address)
    raw.set_content("<html><body><p>It <b>works</b>.</p><script>alert(1)</script></body></html>", subtype="html")

    post_office(raw, bens_address)

    assert comments() == ["It works."]


def test_a_mail_that_says_nothing_of_its_own_is_sent_back(post_office, bens_address):
    assert post_office(mail(bens_address, f"\n> {REPLY_MARK}\n> Hello Ben"), bens_address) == 550
    assert outcomes() == ["EMPTY"]


def test_a_broken_database_asks_the_sender_to_try_again(post_office, bens_address, monkeypatch):
    from django.db import OperationalError

    import support.receiving

    def breaks(**_):
        raise OperationalError("gone")

    monkeypatch.setattr(support.receiving, "receive_reply", breaks)

    assert post_office(mail(bens_address), bens_address) == 451


def test_garbage_is_no_comment_and_no_crash(post_office, bens_address):
    assert post_office(b"\xff\xfe garbage \x00\r\n\r\n" * 50, bens_address) == 550
    assert comments() == []


def test_bytes_no_database_takes_are_left_out(post_office, bens_address):
    raw = (
        b"From: ben.okafor@example.com\r\nMessage-ID: <a\x00b\xff@x.example>\r\nSubject: \x00\r\n\r\nHi\x00 Leo\xff\r\n"
    )

    assert post_office(raw, bens_address) == 250
    assert len(comments()) == 1
