"""Documents: every script a person's name may be written in can be read, and what cannot be drawn is said."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pymupdf_fonts
import pypdfium2

from printing.documents import drawable, new_document, undrawable

AT = datetime(2026, 10, 25, 11, tzinfo=UTC)
NAMES = (
    "Łukasz Żółć", "Đặng Thị Ngọc", "Ọláyínká Ṣóyínká", "Ελένη", "Юлия Щербакова", "גיל אברהם", "محمد", "प्रिया",
    "สมชาย", "გიორგი", "O’Neil & Sons",
)  # fmt: skip


def text_of(document) -> str:
    return pypdfium2.PdfDocument(bytes(document.output()))[0].get_textpage().get_text_bounded()


def test_names_of_every_script_are_drawn_and_can_be_read_out_of_the_file():
    document = new_document(title="Certificates", at=AT)
    document.add_page()
    for name in NAMES:
        document.cell(text=drawable(name), new_x="LMARGIN", new_y="NEXT")

    read = text_of(document).splitlines()

    assert undrawable("".join(NAMES)) == ""
    # How a reader puts the marks of a letter together again differs; no letter may be missing.
    assert {name: len(line.strip()) >= len(name) - 2 for name, line in zip(NAMES, read, strict=True)} == {
        name: True for name in NAMES
    }


def test_what_no_font_has_is_an_empty_box_and_named():
    assert undrawable("王 Ada 王小") == "王小"
    assert drawable("王 Ada") == "▯ Ada"
    assert undrawable("▯") == ""
    assert undrawable("A\u200fb\tc") == ""


def test_a_font_of_the_installation_draws_what_ours_does_not(settings, tmp_path):
    file = tmp_path / "music.ttf"
    file.write_bytes(pymupdf_fonts.fontbuffers["music"]())
    assert undrawable("Clef 𝄞") == "𝄞"
    settings.DOCUMENT_FONTS = (file,)
    document = new_document(title="Certificate", at=AT)
    document.add_page()
    document.set_font(style="B", size=30)

    document.cell(text=drawable("Clef 𝄞"))

    assert undrawable("Clef 𝄞") == ""
    assert "𝄞" in text_of(document)


def test_the_same_content_gives_the_same_bytes():
    def drawn():
        document = new_document(title="Certificate", at=AT)
        document.add_page()
        document.cell(text="Ada Lindqvist")
        return bytes(document.output())

    assert drawn() == drawn()


def test_documents_that_begin_at_the_same_moment_are_all_drawn(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    barrier = Barrier(4)

    def begun(_):
        barrier.wait(timeout=60)
        return new_document(title="Certificate", at=AT).font_family

    with ThreadPoolExecutor(4) as crew:
        assert list(crew.map(begun, range(4))) == ["portico"] * 4


def test_a_font_that_somebody_cleared_away_is_written_again(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    new_document(title="Certificate", at=AT)
    files = list((tmp_path / "fonts").iterdir())
    for file in files:
        file.unlink()

    new_document(title="Certificate", at=AT)

    assert [file.is_file() for file in files] == [True, True]
