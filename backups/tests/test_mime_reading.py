"""Reading kept mails without having them in memory: well made ones, real ones, and whatever else there is."""

import io
import tarfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as some

from backups.connectors.microsoft365.mime_reading import ENCRYPTED, HTML, SIGNED, TEXT, read_letter, words_of

CORPORA = Path(settings.BASE_DIR).parent / "shared" / "data" / "corpora" / "corpora.tar.xz"
TYPE, ENCODING = "Content-Type", "Content-Transfer-Encoding"
LINES = (
    b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: message/rfc822", b"Content-Type: text/html", b"--b",
    b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"--b--", b"", b"=", b"QUJD",
    b"Content-Type: \xff; name=\xfe", b"Content-Disposition: attachment; filename*=x''%zz", b"\x00",
    b"Subject: =?x?q?=?=",
)  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3


def letter(*lines):
    return read_letter(io.BytesIO("\r\n".join(lines).encode()))


def content(part):
    return b"".join(part.pieces())


def test_a_page_with_a_picture_and_files_is_told_apart():
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = "Grüße aus Łódź"
    mail.set_content("Nur Text")
    mail.add_alternative("<p>Schön</p><img src='cid:logo@x'>", subtype="html")
    mail.get_payload()[1].add_related(PNG, "image", "png", cid="<logo@x>")
    mail.add_attachment(PNG * 1000, "application", "octet-stream", filename="Maß.bin")
    mail.add_attachment(message_from_bytes(b"Subject: In\r\n\r\nx", policy=policy.SMTP))

    found = read_letter(io.BytesIO(mail.as_bytes()))

    assert words_of(found.headers, "Subject") == "Grüße aus Łódź"
    assert (found.text_type, found.text.strip()) == (HTML, "<p>Schön</p><img src='cid:logo@x'>")
    told = [(part.name, part.content_id, part.is_inline, part.is_mail) for part in found.parts]
    assert told == [
        ("attachment.png", "logo@x", True, False), ("Maß.bin", "", False, False), ("In.eml", "", False, True),
    ]  # fmt: skip
    assert [content(part) for part in found.parts[:2]] == [PNG, PNG * 1000]
    inner = read_letter(found.parts[2].file, found.parts[2].begin, found.parts[2].end)
    assert (words_of(inner.headers, "Subject"), inner.text.strip()) == ("In", "x")


def test_sealed_mails_are_one_attachment_with_everything_in_it():
    signed = letter(
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "", "--b",
        "Content-Type: text/plain", "", "Signed", "--b", "Content-Type: application/pkcs7-signature", "", "x", "--b--",
    )  # fmt: skip
    encrypted = letter("Content-Type: application/pkcs7-mime", "Content-Transfer-Encoding: base64", "", "AAEC")

    assert (signed.sealed, signed.text) == (SIGNED, "Signed")
    assert [part.name for part in (*signed.parts, *encrypted.parts)] == ["smime.p7m", "smime.p7m"]
    assert content(signed.parts[0]).startswith(b"Content-Type: multipart/signed; protocol")
    assert content(signed.parts[0]).endswith(b"--b--")
    assert (encrypted.sealed, encrypted.text, content(encrypted.parts[0])) == (ENCRYPTED, None, b"\x00\x01\x02")


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([f"{TYPE}: text/plain; charset=iso-8859-1", f"{ENCODING}: quoted-printable", "", "M=FC"], "Mü"),
        ([f"{TYPE}: text/plain; charset=martian", f"{ENCODING}: base64", "", "TQ="], "M"),
        (["", "No headers"], "No headers"),
        (["Content-Type: multipart/mixed; boundary=b", "", "no part at all"], "no part at all"),
        (["Content-Type: multipart/mixed; boundary=b", "", "--b", "", "never ended"], "never ended"),
        ([], ""),
    ],
)  # fmt: skip
def test_texts_are_read_however_badly_they_are_written(lines, text):
    found = letter(*lines)

    told = found.text if found.text is not None else content(found.parts[0]).decode()
    assert told.strip() == text


def test_a_second_text_is_attached_and_a_poorer_choice_is_not():
    found = letter(
        "Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: multipart/alternative; boundary=c", "",
        "--c", "", "poor", "--c", "Content-Type: text/html", "", "<b>rich</b>", "--c", "Content-Type: text/calendar",
        "", "BEGIN:VCALENDAR", "--c--", "--b", "", "The list’s footer", "--b--",
    )  # fmt: skip

    assert (found.text_type, found.text) == (HTML, "<b>rich</b>")
    assert [(part.name, content(part).decode()) for part in found.parts] == [
        ("attachment.ics", "BEGIN:VCALENDAR"), ("attachment.txt", "The list’s footer"),
    ]  # fmt: skip


@given(some.lists(some.sampled_from(LINES), max_size=30))
def test_nothing_makes_it_fail(lines):
    found = read_letter(io.BytesIO(b"\r\n".join(lines)))

    assert found.text_type in (TEXT, HTML)
    assert all(isinstance(content(part), bytes) and part.name for part in found.parts)


@pytest.mark.soak
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the checkout")
def test_real_mails_are_read_as_others_read_them():
    with tarfile.open(CORPORA) as corpora:
        names = [one for one in corpora if one.isfile() and one.name.startswith("mail/")]
        mails = [corpora.extractfile(one).read() for one in names]

    odd = 0
    for mail in mails:
        found = read_letter(io.BytesIO(mail))
        others = {leaf.get_payload(decode=True) for leaf in _leaves(message_from_bytes(mail))}
        whole = [part for part in found.parts if not part.content_type.startswith(("message/", "multipart/"))]
        assert found.text is not None or found.parts
        odd += not {content(part) for part in whole} <= others
    # Three have attachments that break off, or parts that are none.
    assert (len(mails) > 6000, odd) == (True, 3)


def _leaves(mail):
    if mail.is_multipart() and mail.get_content_type() != "message/rfc822":
        for part in mail.get_payload():
            yield from _leaves(part)
    else:
        yield mail
