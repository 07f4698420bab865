"""Lists as CSV files: a line at a time, for any number of them, and no cell that a spreadsheet takes for a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

from accounts.cells import safe_cell


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence]) -> StreamingHttpResponse:
    """Return the download of a file called ``name``; ``rows`` are read while it is sent.

    It begins with a mark that tells spreadsheets that it is UTF-8.
    """
    answer = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(columns: Sequence[str], rows: Iterable[Sequence]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(columns)
    for row in rows:
        yield writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
