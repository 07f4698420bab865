"""An invoice or a credit note on paper. The same one gives the same bytes, however often it is drawn."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from billing.models import Invoice, InvoiceLine
from billing.money_words import amount_words, price_words
from printing.documents import MARGIN_MM, drawable, new_document

if TYPE_CHECKING:
    from fpdf import FPDF

_SOFT, _DARK, _LINE_GREY = (95, 95, 90), (25, 25, 25), (210, 210, 205)
# What, seats, price, amount: 170 mm in all.
_WIDTHS = (92, 20, 26, 32)
# Seller, buyer, what it is for: 170 mm too.
_PARTY_WIDTHS = (60, 62, 48)
_NOTE_SIZE, _TEXT_SIZE = 8, 9.5
_ROW, _NOTE_ROW = 5, 4


def draw_invoice(invoice: Invoice, *, bank: Sequence[str]) -> bytes:
    """Return the PDF of an issued invoice or credit note; ``bank`` are the lines that say where a transfer goes."""
    name = f"{invoice.get_kind_display()} {invoice.number}"
    at = datetime.combine(invoice.issued_on, time(12), tzinfo=UTC)
    document = new_document(title=name, subject=invoice.buyer.partition("\n")[0], at=at)
    document.add_page()
    _head(document, invoice, name)
    _parties(document, invoice)
    _table(document, invoice)
    _sums(document, invoice)
    _foot(document, invoice, bank)
    return bytes(document.output())


def _head(document: "FPDF", invoice: Invoice, name: str) -> None:
    _text(document, name, size=18, style="B", height=9)
    _text(document, _day(invoice.issued_on), size=_TEXT_SIZE, colour=_SOFT)
    document.set_xy(MARGIN_MM, MARGIN_MM)
    _text(document, amount_words(invoice.total, invoice.currency), size=18, style="B", height=9, align="R")
    if _is_to_pay(invoice):
        _text(document, f"due {_day(invoice.due_on)}", size=_TEXT_SIZE, colour=_SOFT, align="R")
    document.ln(12)


def _parties(document: "FPDF", invoice: Invoice) -> None:
    """Write both sides and what it is for beside each other; the longest one says where the page goes on."""
    about = [f"{invoice.period_start:%B %Y}"]
    if invoice.reference:
        about.append(f"Your reference: {invoice.reference}")
    if invoice.credits:
        about += [f"Credits invoice {invoice.credits.number}", invoice.reason]
    columns = (("From", invoice.seller), ("To", invoice.buyer), ("For", "\n".join(about)))
    top, end, left = document.get_y(), document.get_y(), MARGIN_MM
    for width, (label, text) in zip(_PARTY_WIDTHS, columns, strict=True):
        document.set_xy(left, top)
        _cell(document, width - 3, label, size=_NOTE_SIZE, colour=_SOFT)
        document.set_x(left)
        _cell(document, width - 3, text, size=_TEXT_SIZE)
        left, end = left + width, max(end, document.get_y())
    document.set_xy(MARGIN_MM, end + 10)


def _table(document: "FPDF", invoice: Invoice) -> None:
    _heading(document)
    for line in invoice.lines.all():
        # A line that does not fit goes to the next page whole, below the heading.
        if document.will_page_break(_ROW + 3 * _NOTE_ROW):
            document.add_page()
            _heading(document)
        _line(document, line, invoice.currency)


def _heading(document: "FPDF") -> None:
    _cells(document, ("What", "Seats", "Price", "Amount"), size=_NOTE_SIZE, colour=_SOFT)
    _rule(document)


def _line(document: "FPDF", line: InvoiceLine, currency: str) -> None:
    price = "pro rata" if line.unit_price is None else price_words(line.unit_price, currency)
    document.ln(1.5)
    top = document.get_y()
    _cell(document, _WIDTHS[0], line.what, size=_TEXT_SIZE)
    if line.note:
        _cell(document, _WIDTHS[0], line.note, size=_NOTE_SIZE, colour=_SOFT, height=_NOTE_ROW)
    end = document.get_y()
    document.set_xy(MARGIN_MM, top)
    _cells(document, ("", f"{line.quantity:,}", price, amount_words(line.amount, currency)), size=_TEXT_SIZE)
    document.set_y(max(end, document.get_y()) + 1.5)
    _rule(document)


def _sums(document: "FPDF", invoice: Invoice) -> None:
    if document.will_page_break(4 * _ROW + 10):
        document.add_page()
    document.ln(2)
    last = "Credit" if invoice.kind == Invoice.Kind.CREDIT_NOTE else "To pay"
    for label, amount, style, size in (
        ("Net", invoice.net, "", _TEXT_SIZE),
        (invoice.tax_words, invoice.tax, "", _TEXT_SIZE),
        (last, invoice.total, "B", 12),
    ):
        texts = ("", "", label, amount_words(amount, invoice.currency))
        _cells(document, texts, size=size, style=style, widths=(0, 0, 138, 32))
        document.ln(1)


def _foot(document: "FPDF", invoice: Invoice, bank: Sequence[str]) -> None:
    document.ln(10)
    if not _is_to_pay(invoice):
        return
    words = f"Please pay by {_day(invoice.due_on)}."
    words += f" For a bank transfer give the reference {invoice.number}:" if bank else ""
    _text(document, words, size=_TEXT_SIZE)
    for line in bank:
        _text(document, line, size=_TEXT_SIZE, colour=_SOFT)


def _is_to_pay(invoice: Invoice) -> bool:
    return invoice.kind == Invoice.Kind.INVOICE and invoice.total > 0


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _text(document: "FPDF", text: str, *, size: float, style: str = "", colour=_DARK, height=_ROW, align="L") -> None:
    """Write text over the whole width and go to the next line."""
    _cell(document, 0, text, size=size, style=style, colour=colour, height=height, align=align)


def _cell(
    document: "FPDF", width: float, text: str, *, size: float, style: str = "", colour=_DARK, height=_ROW, align="L"
) -> None:
    document.set_font(style=style, size=size)
    document.set_text_color(*colour)
    document.multi_cell(width, height, drawable(text), align=align, new_x="LMARGIN", new_y="NEXT")


def _cells(
    document: "FPDF", texts: Sequence[str], *, size: float, style: str = "", colour=_DARK, widths=_WIDTHS
) -> None:
    """Write a row: the first text to the left, the figures to the right."""
    document.set_font(style=style, size=size)
    document.set_text_color(*colour)
    for place, (width, text) in enumerate(zip(widths, texts, strict=True)):
        if width:
            document.cell(width, _ROW, drawable(text), align="L" if place == 0 else "R")
    document.ln(_ROW)


def _rule(document: "FPDF") -> None:
    document.set_draw_color(*_LINE_GREY)
    document.line(MARGIN_MM, document.get_y(), document.w - MARGIN_MM, document.get_y())
