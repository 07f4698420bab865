"""A statement on paper."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings

from accounts.models import Partner
from billing.books import Statement
from billing.money_words import amount_words
from printing.documents import drawable, new_document, undrawable

if TYPE_CHECKING:
    from fpdf import FPDF

_WIDTHS = (22, 36, 62, 25, 25)
_LINE_MM = 6
_GREY = 210


def statement_pdf(statement: Statement, *, partner: Partner, currency: str, now: datetime) -> bytes:
    """Return a statement as a PDF on A4, as many pages as it takes."""
    title = f"Statement as of {statement.on:%-d %B %Y}"
    document = new_document(title=title, at=now, subject=partner.name)
    document.add_page()
    _head(document, statement, title, partner)
    _lines(document, statement, currency)
    _ageing(document, statement, currency)
    if settings.BILLING_BANK:
        document.ln(4)
        document.multi_cell(0, 5, drawable("\n".join(("Bank transfers to", *settings.BILLING_BANK))))
    return bytes(document.output())


def not_printable(statement: Statement, partner: Partner) -> str:
    """Return the letters of a statement that its PDF draws as empty boxes, for the page that hands it out."""
    text = " ".join([*_address(partner), *(line.words for line in statement.lines)])
    # All fonts draw these, and looking into the fonts takes a while.
    return "" if all(letter < "\u0250" for letter in text) else undrawable(text)


def _address(partner: Partner) -> list[str]:
    place = " ".join(filter(None, [partner.city, partner.postal_code]))
    return list(filter(None, [partner.name, partner.address, place]))


def _head(document: "FPDF", statement: Statement, title: str, partner: Partner) -> None:
    document.set_font(style="B", size=16)
    document.cell(0, 9, title, new_x="LMARGIN", new_y="NEXT")
    document.set_font(style="", size=10)
    document.multi_cell(0, 5, drawable("\n".join(_address(partner))))
    if settings.BILLING_SELLER:
        document.ln(2)
        document.multi_cell(0, 5, drawable("From " + ", ".join(settings.BILLING_SELLER)))
    document.ln(2)
    what = "Invoices that were open." if statement.only_open else f"All movements since {statement.since:%-d %B %Y}."
    document.cell(0, 6, what, new_x="LMARGIN", new_y="NEXT")
    document.ln(2)


def _lines(document: "FPDF", statement: Statement, currency: str) -> None:
    document.set_font(size=9)
    document.set_draw_color(_GREY)
    options = {"col_widths": _WIDTHS, "borders_layout": "HORIZONTAL_LINES", "line_height": _LINE_MM}
    with document.table(text_align=("LEFT", "LEFT", "LEFT", "RIGHT", "RIGHT"), **options) as table:
        table.row(("Date", "Number", "What", "Open" if statement.only_open else "Amount", "Balance"))
        if not statement.only_open:
            table.row(("", "", "Balance before", "", amount_words(statement.opening, currency)))
        for line in statement.lines:
            what = f"{line.kind_words}, {line.words}".strip(", ")
            table.row((
                f"{line.day:%-d %b %Y}", drawable(line.number), drawable(what),
                amount_words(line.amount, currency), amount_words(line.balance, currency),
            ))  # fmt: skip


def _ageing(document: "FPDF", statement: Statement, currency: str) -> None:
    age = statement.ageing
    rows: list[tuple[str, Decimal]] = [("Not due yet", age.current)]
    rows += age.past_due
    if age.unused:
        rows.append(("Deposits and credit not used yet", -age.unused))
    rows.append((statement.standing, statement.amount))
    document.ln(6)
    document.set_font(size=10)
    for number, (name, amount) in enumerate(rows, start=1):
        document.set_font(style="B" if number == len(rows) else "")
        document.cell(120, _LINE_MM, name)
        document.cell(0, _LINE_MM, amount_words(amount, currency), align="R", new_x="LMARGIN", new_y="NEXT")
    document.set_font(style="")
