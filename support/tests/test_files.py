"""Files of tickets: what is taken, how it comes back, and what is refused before it is read."""

import io
import struct
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from support.actions import notices
from support.files import checked
from support.models import Attachment, Ticket
from support.tests.factories import PNG, make_ticket, ticket_fields

CREATE = "/support/new/"


def office(folder="word/", *, extra=()):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        for name in ("[Content_Types].xml", f"{folder}document.xml", *extra):
            parts.writestr(name, "x")
    return buffer.getvalue()


def with_zip64(content):
    """Return an archive that says the length of its directory in the records of ZIP64, and 0 where it is looked for."""
    end = content.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HLL", content[end + 10 : end + 20])
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    return (
        content[:end] + record + struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1) + content[end : end + 12] + bytes(10)
    )


def send(browser, *files):
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return browser.post(CREATE, ticket_fields() | {"files": uploads})


def test_files_come_back_byte_for_byte_and_only_as_downloads(sign_in, cast, tmp_path):
    text = "Größe\n".encode() * 100_000
    sign_in("ben")
    send(sign_in("ben"), ("../../etc/pass\\wd.png", PNG), ("log.txt", text), ("a.docx", office()))

    ticket = Ticket.objects.get()
    names = list(Attachment.objects.order_by("id").values_list("name", flat=True))
    page = sign_in("ada").get(ticket.get_absolute_url()).content.decode()
    log = Attachment.objects.get(name="log.txt")
    url = reverse("support:attachment_download", args=[ticket.uuid, log.uuid])
    answered = sign_in("ada").get(url)

    assert names == ["wd.png", "log.txt", "a.docx"]
    assert url in page
    assert b"".join(answered.streaming_content) == text
    assert answered["Content-Disposition"] == 'attachment; filename="log.txt"'
    assert (answered["Content-Type"], answered["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert all(path.parent.parent.name == "tickets" for path in tmp_path.rglob("*") if path.is_file())
    assert sign_in("rita").get(url).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.png", b"", b"0 bytes"),
        ("run.exe", b"MZ\x90\x00", b"end in .exe are refused"),
        ("page.html", b"<script>", b"end in .html are refused"),
        ("README", b"text", b"without an ending are refused"),
        ("photo.png", b"MZ\x90\x00", b"not what its ending .png says"),
        ("notes.txt", b"MZ\x90\x00", b"not what its ending .txt says"),
        ("a.docx", b"PK\x03\x04 no archive", b"not what its ending .docx says"),
        ("a.xlsx", office("word/"), b"not what its ending .xlsx says"),
        ("macro.docx", office(extra=["word/vbaProject.bin"]), b"not what its ending .docx says"),
        ("endless.docx", office(extra=[f"{n}{'x' * 60_000}" for n in range(20)]), b"not what its ending .docx says"),
        (
            "zip64.docx",
            with_zip64(office(extra=[f"{n}{'x' * 60_000}" for n in range(20)])),
            b"not what its ending .docx",
        ),
        ("large.txt", b"x" * (25 * 1024 * 1024 + 1), b"larger than 25 MB"),
    ],
)
def test_files_that_are_refused_are_named_and_nothing_is_posted(sign_in, tmp_path, name, content, words):
    page = send(sign_in("ben"), (name, content), ("good.png", PNG))

    assert page.status_code == 422
    assert words in page.content
    assert b"Since Sunday." in page.content
    assert not Ticket.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_good_files_beside_another_mistake_are_asked_for_again(sign_in):
    page = sign_in("ben").post(CREATE, ticket_fields(subject="") | {"files": [SimpleUploadedFile("a.png", PNG)]})

    assert b"Choose the files again" in page.content


def test_six_files_are_one_too_many(sign_in):
    page = send(sign_in("ben"), *((f"{number}.png", PNG) for number in range(6)))

    assert b"5 at most" in page.content


def test_two_gigabytes_are_refused_before_they_are_read(sign_in):
    browser = sign_in("ben")

    class NeverRead(io.BytesIO):
        def read(self, *size):
            raise AssertionError("it was read")

    answered = browser.generic("POST", CREATE, b"", content_type="multipart/form-data; boundary=x",
                               CONTENT_LENGTH=str(2 * 1024**3), **{"wsgi.input": NeverRead()})  # fmt: skip

    assert answered.status_code == 413


def test_a_stranger_may_not_send_what_a_signed_in_person_may(client, db):
    answered = client.generic("POST", CREATE, b"", content_type="multipart/form-data; boundary=x",
                              CONTENT_LENGTH=str(30 * 1024**2))  # fmt: skip

    assert answered.status_code == 413


def test_files_of_a_ticket_that_was_not_made_are_gone(cast, tmp_path, monkeypatch):
    def breaks(*_):
        raise RuntimeError("the mail templates are broken")

    monkeypatch.setattr(notices, "tell_created", breaks)

    with pytest.raises(RuntimeError):
        make_ticket(cast["ada"], files=[checked("a.png", len(PNG), io.BytesIO(PNG))])

    assert not Ticket.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_the_storage_has_lost_is_a_404(sign_in, cast, tmp_path):
    send(sign_in("ben"), ("a.png", PNG))
    attachment = Attachment.objects.get()
    next(path for path in tmp_path.rglob("*") if path.is_file()).unlink()

    url = reverse("support:attachment_download", args=[Ticket.objects.get().uuid, attachment.uuid])

    assert sign_in("ben").get(url).status_code == 404
