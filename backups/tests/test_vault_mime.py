"""Attachments leave mails and come back byte for byte, or stay where they are."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.tests.vaults import encoded, fixed_bytes, mail_with
from backups.vault import mime

PHOTO, REPORT = fixed_bytes("photo", 5_000), fixed_bytes("report", 1_001)


def _taken_out(mail):
    text, attachments = mime.split(mail)
    assert mime.join(text, attachments) == mail
    return [attachment.content for attachment in attachments]


@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
@pytest.mark.parametrize("width", [60, 64, 72, 76, 998])
def test_attachments_are_taken_out_whatever_the_lines_are(ending, width):
    mail = mail_with(PHOTO, REPORT, ending=ending, width=width)

    assert _taken_out(mail) == [PHOTO, REPORT]
    assert len(mime.split(mail)[0]) < 1_400


@pytest.mark.parametrize(
    "header", [b"content-transfer-encoding: base64", b"Content-transfer-encoding: base64",
               b"Content-Transfer-Encoding: BASE64", b"Content-Transfer-Encoding: base64 "],
)  # fmt: skip
def test_the_header_is_known_in_the_ways_mail_programs_write_it(header):
    mail = mail_with(PHOTO).replace(b"Content-Transfer-Encoding: base64", header)

    assert _taken_out(mail) == [PHOTO]


def test_a_mail_that_is_one_attachment_and_one_that_ends_in_the_middle():
    head = b"Subject: Scan\r\nContent-Transfer-Encoding: base64\r\n\r\n"

    assert _taken_out(head + encoded(PHOTO)) == [PHOTO]
    assert _taken_out(head + encoded(PHOTO) + b"\r\n\r\n\r\n") == [PHOTO]
    assert _taken_out(b"content-transfer-encoding: base64\n\n" + encoded(PHOTO, ending=b"\n")) == [PHOTO]


def test_every_length_comes_back():
    for length in range(760, 1_200):
        assert mime.join(*mime.split(mail_with(fixed_bytes("any", length)))) == mail_with(fixed_bytes("any", length))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines.replace(b"\r\n", b"\n", 1),
        lambda lines: lines[:100] + b" " + lines[101:],
        lambda lines: lines + b"A",
        lambda lines: lines[:-4] + b"QQ=A",
        lambda lines: lines[:76] + lines[78:],
        lambda lines: lines[:40] + b"\r\n" + lines[40:],
        lambda lines: lines.replace(b"\r\n", b"\r\n\r\n", 3),
        lambda lines: lines[:300] + b"=" + lines[300:],
        lambda lines: lines.replace(b"\r\n", b"\n\r"),
        # As many endings as there should be, but one of them six characters too early.
        lambda lines: lines[:148] + b"\r\n" + lines[148:154] + lines[156:],
        # Everything in its place, and one more ending in the last line.
        lambda lines: lines[:-9] + b"\n" + lines[-9:],
    ],
)
def test_lines_that_cannot_be_made_again_stay_in_the_text(spoil):
    mail = mail_with(PHOTO)
    lines = encoded(PHOTO)
    spoiled = mail.replace(lines, spoil(lines))

    assert spoiled != mail
    assert _taken_out(spoiled) == []


def test_bits_behind_the_last_character_that_no_encoder_sets_are_kept():
    content = PHOTO[: 1_024 - 1_024 % 3 + 1]
    mail = mail_with(content)
    last = encoded(content)[-4:]
    odd = mail.replace(last, bytes([last[0], last[1] + 1]) + b"==")

    assert odd != mail
    assert _taken_out(odd) == []


def test_what_is_no_mail_is_left_alone():
    for content in (b"", b"\n", PHOTO, b"base64" * 1_000, b"Content-Transfer-Encoding: base64", encoded(PHOTO)):
        assert mime.split(content) == (content, [])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_mail_with_any_damage_comes_back(data):
    contents = data.draw(st.lists(st.binary(min_size=700, max_size=1_500), max_size=3))
    mail = mail_with(
        *contents, ending=data.draw(st.sampled_from([b"\r\n", b"\n"])), width=data.draw(st.integers(1, 90))
    )
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(mail)))
        mail = (
            mail[:at] + data.draw(st.sampled_from([b"\r", b"\n", b"=", b"A", b"", b"--", b"\r\n\r\n"])) + mail[at + 1 :]
        )

    _taken_out(mail)


@pytest.mark.parametrize(
    "line", [b"Content-Transfer-Encoding: base64\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n",
             b"ontent-Transfer-Encoding: base64", b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n-"],
)  # fmt: skip
def test_a_mail_made_to_keep_us_busy_does_not(line):
    mail = line * (8_000_000 // len(line))

    began = time.process_time()
    _taken_out(mail)

    assert time.process_time() - began < 3
