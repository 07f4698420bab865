"""What stands on a page of a SharePoint site: the texts of its web parts, in the order of the page.

Follows Microsoft's pages "canvasLayout resource type" and "textWebPart resource type".
"""

from collections.abc import Iterator
from html import escape
from typing import Any

from backups.content.pages import safe_html
from backups.content.transcripts import page_head, page_tail


def site_page(record: dict[str, Any]) -> bytes:
    """Return a page of a site as HTML that fetches and runs nothing. Web parts without a text are named."""
    title = str(record.get("title") or record.get("name") or "Page")
    shown = [f"<h1>{escape(title)}</h1>\n"]
    if description := record.get("description"):
        shown.append(f"<p>{escape(str(description))}</p>\n")
    shown += _shown(record.get("canvasLayout"))
    return page_head(title) + "".join(shown).encode("utf-8", "replace") + page_tail()


def _shown(layout: Any) -> Iterator[str]:
    if not isinstance(layout, dict):
        return
    vertical = layout.get("verticalSection")
    columns = [column for one in _dicts(layout.get("horizontalSections")) for column in _dicts(one.get("columns"))]
    for column in [*columns, *_dicts([vertical])]:
        for part in _dicts(column.get("webparts")):
            if isinstance(part.get("innerHtml"), str):
                yield f"<section>{safe_html(part['innerHtml']).html}</section>\n"
            else:
                yield from _words(part)


def _words(part: dict[str, Any]) -> Iterator[str]:
    """Yield the texts that a web part without HTML holds for searching: its title and what people wrote into it."""
    data = part.get("data")
    content = data.get("serverProcessedContent") if isinstance(data, dict) else None
    title = data.get("title") if isinstance(data, dict) else None
    texts = (
        [one.get("value") for one in _dicts(content.get("searchablePlainTexts"))] if isinstance(content, dict) else []
    )
    for text in [title, *texts]:
        if isinstance(text, str) and text.strip():
            yield f"<p>{escape(text)}</p>\n"


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
