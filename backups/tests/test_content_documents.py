"""Documents on Acme Dental's drives: their text, and those that are made to take more than they should."""

import fcntl
import os
import signal
import termios
import threading
import time

import pytest

from backups.content import child
from backups.content.documents import LONGEST_TEXT, text_of_document
from backups.tests.documents_made import ENTITIES, claiming, docx, endless_pdf, odt, packed, pdf

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "<m><manifest:encryption-data/></m>"


@pytest.mark.parametrize(
    ("name", "media_type", "content", "text"),
    [
        ("plan.docx", "", docx(text="The plan"), "The plan"),
        ("no-ending", "application/octet-stream", docx(text="The plan"), "The plan"),
        ("plan.pdf", "", pdf(b"BT /F 9 Tf (The plan) Tj ET"), "The plan"),
        ("plan.doc", "", rb"{\rtf1\ansi The {\b pl\'e4n}\par next}", "The plän\nnext"),
        ("plan.odt", "", odt("<text:h>The</text:h><text:p>plan<text:tab/>x</text:p>"), "The\nplan x"),
        ("plan.txt", "", "Café €".encode(), "Café €"),
        ("plan.txt", "", "Café €".encode("cp1252"), "Café €"),
        ("plan.txt", "", "Café €".encode("utf-16"), "Café €"),
        ("plan.csv", "text/csv", b"\xef\xbb\xbfa;b\r\n1;2", "a;b\n1;2"),
        ("run.py", "", b"def run():\n    return 1\n", "def run():\n    return 1\n"),
        ("page.aspx", "", b"<!doctype html><p>The <b>plan</b></p>", "The plan"),
        ("mail.eml", "", b"Subject: The plan\nFrom: ada@north.example\n\nHere.", "The plan\nada@north.example\nHere."),
    ],
)  # fmt: skip
def test_a_file_gives_its_text(name, media_type, content, text):
    found = text_of_document(content, name=name, media_type=media_type)

    assert (found.text, found.state, found.is_cut) == (text, "DONE", False)


@pytest.mark.parametrize(
    ("name", "content", "state"),
    [
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" * 9, "NOT_A_DOCUMENT"),
        ("empty.txt", b"", "NOT_A_DOCUMENT"),
        ("backup.zip", packed({"a/word.txt": "x"}), "NOT_A_DOCUMENT"),
        ("app.docx", packed({"a.txt": "x"}), "NOT_A_DOCUMENT"),
        ("plan.xlsb", packed({"[Content_Types].xml": "<x/>", "xl/workbook.bin": b"\0"}), "NOT_A_DOCUMENT"),
        ("plan.docx", docx(text="x")[:300], "DAMAGED"),
        ("plan.doc", _OLE + b"\0" * 9_000, "DAMAGED"),
        ("plan.pdf", b"%PDF-1.7\nnothing", "DAMAGED"),
        ("deep.pdf", b"%PDF-1.4\n1 0 obj" + b"<</A " * 300_000, "DAMAGED"),
        ("closed.odt", odt("x", manifest=_ENCRYPTED), "ENCRYPTED"),
        ("entities.odt", odt("<text:p>&j;</text:p>", head=ENTITIES), "DAMAGED"),
        ("entity.odt", odt("<text:p>&a;</text:p>", head='<!DOCTYPE x [<!ENTITY a "aa">]>'), "DAMAGED"),
        ("liar.docx", claiming(docx(text="x" * 99_999), 1_000), "DAMAGED"),
        ("claim.docx", claiming(docx(text="x"), 2**31), "TOO_LARGE"),
        ("bomb.docx", docx(" " * 320_000_000), "TOO_LARGE"),
        ("many.docx", packed({f"word/{number}": "" for number in range(10_001)}), "TOO_LARGE"),
    ],
)
def test_a_file_without_a_text_says_why_and_the_next_one_is_read(name, content, state):
    found = text_of_document(content, name=name)

    assert (found.text, found.state) == ("", state)
    assert text_of_document(docx(text="next"), name="next.docx").text == "next"


def test_xml_that_is_nested_or_unfolds_without_end_does_no_harm():
    deep = odt("<text:p>" * 300_000 + "x" + "</text:p>" * 300_000)

    assert text_of_document(deep, name="deep.odt").text == "x"
    assert text_of_document(docx("<w:p>" * 100_000 + "</w:p>" * 100_000), name="deep.docx").state == "DONE"
    assert len(text_of_document(docx(text="&j;", head=ENTITIES), name="entities.docx").text) < 10


def test_a_long_text_is_cut_and_says_so(tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes(b"word " * 300_000)

    found = text_of_document(path, name="log.txt")

    assert (len(found.text), found.state, found.is_cut) == (LONGEST_TEXT, "DONE", True)
    words = text_of_document(docx("<w:p><w:r><w:t>word</w:t></w:r></w:p>" * 250_000), name="long.docx")
    assert (len(words.text), words.state, words.is_cut) == (LONGEST_TEXT, "DONE", True)


def test_a_file_of_100_mb_and_more_is_not_opened(tmp_path):
    path = tmp_path / "film.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(101 << 20)

    assert text_of_document(path, name="film.pdf").state == "TOO_LARGE"


def test_a_document_that_takes_too_long_or_too_much_is_ended_and_the_next_one_is_read():
    slow = b"{\\rtf1 " + b"\\'e9\\b0 " * 4_000_000 + b"}"

    assert text_of_document(slow, name="slow.rtf", seconds=1).state == "TOO_SLOW"
    assert text_of_document(docx(text="next"), name="next.docx").text == "next"
    assert text_of_document(endless_pdf(), name="endless.pdf", seconds=3, memory=250 << 20).state in (
        "TOO_SLOW", "TOO_MUCH_MEMORY",
    )  # fmt: skip
    assert text_of_document(pdf(b" " * 100_000_000), name="bomb.pdf", memory=250 << 20).state == "TOO_MUCH_MEMORY"
    assert text_of_document(docx(text="next"), name="next.docx").text == "next"


def test_the_process_stays_for_the_next_document_and_is_replaced_when_somebody_ends_it():
    def process() -> int:
        return child._keeper._child._process.pid

    assert text_of_document(docx(text="one"), name="one.docx").text == "one"
    first, start = process(), time.process_time()
    assert all(text_of_document(docx(text="two"), name="two.docx").text == "two" for _ in range(20))
    assert process() == first
    assert time.process_time() - start < 1
    os.kill(first, signal.SIGKILL)

    assert text_of_document(docx(text="three"), name="three.docx").text == "three"
    assert process() != first


def test_a_document_is_not_blamed_when_somebody_ends_the_process_that_reads_it():
    assert text_of_document(docx(text="one"), name="one.docx").text == "one"
    process, found = child._keeper._child._process, []
    os.kill(process.pid, signal.SIGSTOP)
    large = docx(text="two", head=f"<!--{os.urandom(300_000).hex()}-->")
    reading = threading.Thread(target=lambda: found.append(text_of_document(large, name="two.docx").text))
    reading.start()
    # The pipe is full, so it is being read.
    while int.from_bytes(fcntl.ioctl(process.stdin, termios.FIONREAD, b"\0" * 4), "little") < 60_000:
        os.sched_yield()
    os.kill(process.pid, signal.SIGKILL)
    reading.join()

    assert found == ["two"]


def test_threads_wait_for_each_other_and_get_their_own_texts():
    found = {}

    def read(number: int) -> None:
        found[number] = text_of_document(docx(text=f"text {number}"), name="a.docx").text

    threads = [threading.Thread(target=read, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {number: f"text {number}" for number in range(8)}


def test_the_process_can_open_nothing_and_knows_nothing(monkeypatch):
    monkeypatch.setenv("PORTICO_SECRET", "do not tell")
    child._keeper.forget()
    assert text_of_document(docx(text="one"), name="one.docx").state == "DONE"

    about = f"/proc/{child._keeper._child._process.pid}"
    with open(f"{about}/limits") as file:
        limits = {line[:26].strip(): line[26:].split()[:2] for line in file}
    with open(f"{about}/environ", "rb") as file:
        environment = file.read()

    assert limits["Max open files"] == ["3", "3"]
    assert int(limits["Max cpu time"][0]) <= child.SECONDS + 3
    assert limits["Max file size"] == ["0", "0"]
    # A reader starts a thread for each document, which counts as a process unless one is root.
    assert limits["Max processes"][0] != "0"
    assert limits["Max address space"] == [str(child.MEMORY)] * 2
    assert sorted(os.listdir(f"{about}/fd")) == ["0", "1", "2"]
    assert b"tell" not in environment


def test_a_process_that_does_not_start_is_no_document_s_fault(monkeypatch):
    child._keeper.forget()
    monkeypatch.setattr(child, "_ROOT", "/nowhere")

    with pytest.raises(child.ReaderDidNotStart, match="No module named 'backups'"):
        text_of_document(docx(text="one"), name="one.docx")
