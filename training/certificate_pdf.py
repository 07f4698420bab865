"""A certificate as PDF: one page, the same bytes whenever it is asked for."""

from typing import TYPE_CHECKING

import qrcode

from printing.documents import FAMILY, drawable, new_document, undrawable
from training.models import Certificate

if TYPE_CHECKING:
    from fpdf import FPDF

_ACCENT, _TEXT, _SOFT, _LINE = (15, 91, 110), (38, 35, 32), (107, 101, 94), (229, 226, 221)
_QR_MM = 30


def certificate_pdf(certificate: Certificate) -> bytes:
    """Return the certificate as A4 page on its side, with a square code that leads to its public page."""
    document = new_document(
        title=f"{certificate.course_title}: certificate of {certificate.person_name}",
        subject=f"Certificate {certificate.number}",
        at=certificate.issued_at,
    )
    document.set_auto_page_break(False)
    document.add_page(orientation="L")
    _frame(document)
    _words(document, certificate)
    _facts(document, certificate)
    _verification(document, certificate)
    return bytes(document.output())


def letters_left_out(certificate: Certificate) -> str:
    """Return the letters of the names on the paper that none of our fonts can draw."""
    return undrawable(f"{certificate.person_name}{certificate.partner_name}{certificate.course_title}")


def _frame(document: "FPDF") -> None:
    document.set_draw_color(*_LINE)
    document.set_line_width(0.4)
    document.rect(10, 10, document.w - 20, document.h - 20)
    document.set_fill_color(*_ACCENT)
    document.rect(10, 10, document.w - 20, 3, style="F")


def _words(document: "FPDF", certificate: Certificate) -> None:
    document.set_y(30)
    _line(document, "Portico", size=12, colour=_ACCENT, bold=True, height=8)
    _line(document, "Certificate", size=16, colour=_SOFT, height=18)
    _line(document, certificate.person_name, size=30, bold=True, height=18)
    _line(document, f"of {certificate.partner_name}", size=14, colour=_SOFT, height=10)
    document.ln(6)
    _line(document, "has taken the course and passed its quiz:", size=12, colour=_SOFT, height=9)
    _line(document, certificate.course_title, size=20, bold=True, height=12)


def _facts(document: "FPDF", certificate: Certificate) -> None:
    facts = (
        ("Result", f"{certificate.right} of {certificate.asked} questions, {certificate.percent} %"),
        ("Passed on", f"{certificate.issued_on:%-d %B %Y}"),
        ("Valid until", f"{certificate.valid_until:%-d %B %Y}"),
        ("Number", certificate.number),
    )
    for number, (label, value) in enumerate(facts):
        left = document.l_margin + number * 62
        document.set_xy(left, 140)
        document.set_font(FAMILY, size=9)
        document.set_text_color(*_SOFT)
        document.cell(60, 5, label)
        document.set_xy(left, 145)
        document.set_font(FAMILY, size=11)
        document.set_text_color(*_TEXT)
        document.cell(60, 6, value)


def _verification(document: "FPDF", certificate: Certificate) -> None:
    url = certificate.verify_url
    top, left = 163, document.l_margin + document.c_margin
    code = qrcode.QRCode(border=0)
    code.add_data(url)
    code.make(fit=True)
    module = _QR_MM / len(code.modules)
    document.set_fill_color(*_TEXT)
    for row, modules in enumerate(code.modules):
        for column, is_dark in enumerate(modules):
            if is_dark:
                document.rect(left + column * module, top + row * module, module, module, style="F")
    document.set_xy(left + _QR_MM + 6, top + 9)
    document.set_font(FAMILY, size=9)
    document.set_text_color(*_SOFT)
    document.cell(0, 5, "Whether this certificate is valid stands here:", new_x="LEFT", new_y="NEXT")
    document.set_text_color(*_ACCENT)
    document.cell(0, 6, url, link=url)


def _line(document: "FPDF", text: str, *, size: int, height: float, colour=_TEXT, bold: bool = False) -> None:
    """Write one line over the whole width; a text that is too long for it is set smaller until it fits."""
    text = drawable(text)
    document.set_text_color(*colour)
    document.set_font(FAMILY, style="B" if bold else "", size=size)
    width, room = document.get_string_width(text), document.epw - 2 * document.c_margin
    if width > room:
        document.set_font_size(size * room / width)
    document.cell(0, height, text, new_x="LMARGIN", new_y="NEXT")
