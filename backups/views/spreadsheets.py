"""Lists as spreadsheets for Excel: any number of rows, of which few lie in memory, and none that is a formula."""

from collections.abc import Iterable, Sequence
from tempfile import TemporaryFile

import xlsxwriter
from django.http import FileResponse

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Texts stay texts: nothing in a client's data becomes a formula, a link or a number.
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
_NARROW, _WIDE, _WIDE_ENOUGH = 12, 60, 2


def xlsx_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence]) -> FileResponse:
    """Return the download of a workbook called ``name`` with one sheet, whose head stays and can be filtered by."""
    # Whoever sends the answer closes it.
    file = TemporaryFile()
    book = xlsxwriter.Workbook(file, _OPTIONS)
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    for at, column in enumerate(columns):
        sheet.set_column(at, at, min(max(len(column) + _WIDE_ENOUGH, _NARROW), _WIDE))
    sheet.write_row(0, 0, columns, bold)
    sheet.freeze_panes(1, 0)
    last = 0
    for last, row in enumerate(rows, 1):
        sheet.write_row(last, 0, row)
    sheet.autofilter(0, 0, last, len(columns) - 1)
    book.close()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=_TYPE)
