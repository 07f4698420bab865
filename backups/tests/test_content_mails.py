"""Mails that people at Acme Dental really get: of every program and age, and broken in every way."""

import base64
import time
from datetime import UTC, datetime

import pytest

from backups.content.mails import read_mail


def mail(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


WHOLE = mail(
    "From: =?utf-8?Q?Ada_L=C3=B6vgren?= <ada@northwind.example>",
    'To: "Otto, of Acme" <otto@acme.example>, pia@bolt.example',
    "Cc: team: ben@northwind.example, Cora (cora@northwind.example) <cora@northwind.example>;",
    "Subject: =?utf-8?B?w5xiZXJnYWI=?= =?utf-8?B?ZSDigJM=?=",
    " of the keys",
    "Date: Sun, 25 Oct 2026 12:00:00 +0100",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="outer"',
    "",
    "This is a multi-part message.",
    "--outer",
    'Content-Type: multipart/related; boundary="inner"',
    "",
    "--inner",
    "Content-Type: multipart/alternative; boundary=forms",
    "",
    "--forms",
    "Content-Type: text/plain; charset=iso-8859-1",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    "The keys cost 12 =80 and lie in the caf=E9.",
    "--forms",
    "Content-Type: text/html; charset=utf-8",
    "",
    '<p>The keys cost <b>12 €</b>.</p><img src="cid:logo@acme">',
    "--forms--",
    "--inner",
    "Content-Type: image/png; name=logo.png",
    "Content-Transfer-Encoding: base64",
    "Content-ID: <logo@acme>",
    "Content-Disposition: inline; filename=logo.png",
    "",
    base64.b64encode(b"\x89PNG picture").decode(),
    "--inner--",
    "--outer",
    "Content-Type: application/pdf",
    "Content-Disposition: attachment; filename*0*=utf-8''Pl%C3%A4; filename*1*=ne%20; filename*2=\"2026.pdf\"",
    "Content-Transfer-Encoding: base64",
    "",
    "JVBERi0x*LjQK",
    "--outer",
    "Content-Type: message/rfc822",
    "",
    "Subject: The first =?utf-8?q?answer?=",
    "",
    "Yes.",
    "--outer--",
    "what comes after the end is nothing",
)


def test_otto_reads_a_mail_with_everything_as_it_was_meant():
    found = read_mail(WHOLE)

    assert found.subject == "Übergabe – of the keys"
    assert found.sender == "Ada Lövgren <ada@northwind.example>"
    assert found.to == ("Otto, of Acme <otto@acme.example>", "pia@bolt.example")
    assert found.cc[0] == "ben@northwind.example"
    assert found.cc[1].endswith("<cora@northwind.example>")
    assert found.date == datetime(2026, 10, 25, 11, tzinfo=UTC)
    assert found.text == "The keys cost 12 € and lie in the café."
    assert found.html.startswith("<p>The keys cost <b>12 €")
    assert [(one.name, one.media_type, one.is_inline) for one in found.attachments] == [
        ("logo.png", "image/png", True),
        ("Pläne 2026.pdf", "application/pdf", False),
        ("The first answer.eml", "message/rfc822", False),
    ]
    assert [one.content for one in found.attachments[:2]] == [b"\x89PNG picture", b"%PDF-1.4\n"]
    assert found.attachments[1].size == 9
    assert b"Yes." in found.attachments[2].content
    assert found.problems == ()


def test_a_mail_of_html_alone_has_a_text_too_and_pictures_it_does_not_show_are_files():
    found = read_mail(
        mail(
            "Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/html", "",
            "<style>p{}</style><p>Dear Otto,<br>see <i>below</i>.</p><script>x()</script>", "--b",
            "Content-Type: image/gif; name=a.gif", "Content-ID: <unused>", "", "GIF89a", "--b",
            "Content-Type: text/plain", "", "-- sent by a list", "--b--",
        )
    )  # fmt: skip

    assert found.text == "Dear Otto,\nsee below.\n-- sent by a list"
    assert "<pre>-- sent by a list</pre>" in found.html
    assert [(one.name, one.is_inline) for one in found.attachments] == [("a.gif", False)]


def _nested(depth: int) -> bytes:
    lines = []
    for level in range(depth):
        lines += [f"Content-Type: multipart/mixed; boundary=b{level}", "", f"--b{level}"]
    return mail("Subject: deep", *lines, "Content-Type: text/plain", "", "the bottom")


@pytest.mark.parametrize(
    ("mime", "text", "problem"),
    [
        (b"", "", ""),
        (b"no headers at all\n", "no headers at all\n", ""),
        (b"\r\n\r\nonly a body", "\nonly a body", ""),
        (mail("Content-Type: multipart/mixed", "", "--x", "", "guessed", "--x--"), "guessed", "does not say where"),
        (mail("Content-Type: multipart/mixed; boundary=x", "", "none"), "none", "not marked as they should"),
        (mail("Content-Type: multipart/mixed; boundary=x", "", "--x", "", "half"), "half", "The end of this mail"),
        (mail("Content-Type: text/plain; charset=klingon", "", "Qapla’"), "Qapla’", "“klingon” is not known"),
        (mail("Content-Type: text/plain; charset=unicode-escape", "", "\\u0041"), "\\u0041", "is not known"),
        (mail("Content-Type: text/plain; charset=base64", "", "abc"), "abc", ""),
        (b"Content-Type: text/plain; charset=utf-8\n\nfor\xff", "for\ufffd", "Some characters"),
        (b"Content-Type: text/plain\n\nGr\xfc\xdfe", "Grüße", ""),
        (mail("Date: the day before yesterday", "", "x"), "x", "The date of this mail"),
        (mail("Date: Thu, 01 Jan 0001 00:00:00 +2300", "", "x"), "x", ""),
        (mail("Content-Type: application/pkcs7-mime; name=smime.p7m", "", "x"), "", "signed or encrypted as a whole"),
        (_nested(100), "", "more than 30 deep"),
        (_nested(5000), "", "more than 30 deep"),
    ],
)
def test_a_broken_mail_is_read_as_far_as_it_goes_and_says_what_is_missing(mime, text, problem):
    found = read_mail(mime)

    assert found.text == text
    assert any(problem in one for one in found.problems) if problem else True


def _timed(mime: bytes) -> tuple:
    start = time.process_time()
    return read_mail(mime), time.process_time() - start


@pytest.mark.parametrize(
    "mime",
    [
        b"To: " + b'"' * 100_000 + b"\n\nx",
        b"To: " + b'"\\' * 150_000 + b"\n\nx",
        b"To: " + b"(" * 300_000 + b"<" * 300_000 + b"\n\nx",
        b"Subject: " + b"=?a?q?" * 100_000 + b"\n\nx",
        b"Content-Type: text/plain;" + b' a="' * 100_000 + b"\n\nx",
        b"X: y\n" * 400_000 + b"\nx",
        b"X: y\n " * 400_000 + b"\nx",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 400_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bb--b" * 400_000,
        b"Content-Type: text/html\n\n" + b"<div>" * 1_000_000,
        b"Content-Type: text/html\n\n" + b"<!-- <script <style '" * 300_000,
    ],
    ids=lambda mime: repr(mime[:24]),
)
def test_no_mail_takes_long_however_it_is_made(mime):
    found, seconds = _timed(mime)

    assert seconds < 4
    assert len(found.text) <= 1_000_000


def test_a_mail_of_many_parts_and_headers_says_what_was_left_out():
    parts = read_mail(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 3_000 + b"--b--")
    headers = read_mail(b"".join(b"X-%d: y\n" % number for number in range(600)) + b"Subject: late\n\nx")

    assert "Only the first 2000 parts of this mail were read." in parts.problems
    assert "There are more headers than any mail needs; only the first were read." in headers.problems
    assert headers.text == "x"
