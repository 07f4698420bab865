"""What of a page can be written: its title, and the parts on it that Microsoft lets anybody make.

Follows Microsoft's page "Create a page in the site pages list of a site", section "Supported web parts".
"""

import re
from typing import Any

from backups.connectors.microsoft365.records import digest, text_in
from backups.connectors.microsoft365.sharepoint_calls import part_of
from backups.connectors.restoring import Less

SITE_PAGE = "#microsoft.graph.sitePage"
_SUPPORTED = frozenset(
    {
        "e377ea37-9047-43b9-8cdb-a761be2f8e09",  # Bing Maps
        "0f087d7f-520e-42b7-89c0-496aaf979d58",  # Button
        "df8e44e7-edd5-46d5-90da-aca1539313b8",  # Call To Action
        "2161a1c6-db61-4731-b97c-3cdb303f7cbb",  # Divider
        "b7dd04e1-19ce-4b24-9132-b60a1c2b910d",  # Document Embed
        "d1d91016-032f-456d-98a4-721247c305e8",  # Image
        "af8be689-990e-492a-81f7-ba3e4cd3ed9c",  # Image Gallery
        "6410b3b6-d440-4663-8744-378976dc041e",  # Link Preview
        "e84a8ca2-f63c-4fb9-bc0b-d8eef5ccb22b",  # Org Chart
        "7f718435-ee4d-431c-bdbf-9c4ff326f46e",  # People
        "c70391ea-0b10-4ee9-b2b4-006d3fcad0cd",  # Quick Links
        "8654b779-4886-46d4-8ffb-b5ed960ee986",  # Spacer
        "544dd15b-cf3c-441b-96da-004d5a8cea1d",  # Youtube Embed
        "cbe7b0a9-3504-44dd-a3a3-0e5cacd07788",  # Title Area
    }
)
_PLAIN = ("title", "description", "showComments", "showRecommendedPages", "titleArea")
_LAYOUTS = ("article", "home")
_ENDING = ".aspx"
_NEWS = "newsPost"


def body_of(record: dict[str, Any], name: str, *, only_text: bool = False) -> tuple[dict[str, Any], set[Less]]:
    """Return what is sent to make a page called ``name``, and what is lost.

    News comes back as a page: SharePoint mails people what is new among the news.
    """
    canvas, dropped = _canvas(record.get("canvasLayout"), only_text=only_text)
    layout = record.get("pageLayout")
    body = {key: record[key] for key in _PLAIN if record.get(key) is not None}
    body |= {"@odata.type": SITE_PAGE, "name": name, "pageLayout": layout if layout in _LAYOUTS else _LAYOUTS[0]}
    body.setdefault("title", parted(name)[0])
    body |= {"canvasLayout": canvas} if canvas else {}
    less = {Less.AUTHOR} | ({Less.WEB_PARTS} if dropped else set())
    return body, less | ({Less.SETTINGS} if record.get("promotionKind") == _NEWS else set())


def content_mark(record: dict[str, Any]) -> str:
    """Return a word that is the same while the title of a page and what can be written on it are."""
    canvas, _ = _canvas(record.get("canvasLayout"), only_text=False)
    return digest([record.get("title"), _without_ids(canvas)])


def texts_mark(record: dict[str, Any]) -> str:
    """Return a word that is the same while the title of a page and the texts on it are."""
    canvas, _ = _canvas(record.get("canvasLayout"), only_text=True)
    return digest([record.get("title"), _without_ids(canvas)])


def is_published(record: dict[str, Any]) -> bool:
    """Return whether readers could see a page."""
    return part_of(record, "publishingState").get("level") == "published"


def name_of(record: dict[str, Any], prefix: str = "", folder: str = "") -> str:
    """Return what a page is called, in a site above its own with a ``prefix``, and as a copy for a ``folder``."""
    stem, ending = parted(text_in(record.get("name")) or f"{text_in(record.get('title')) or 'Page'}{_ENDING}")
    return f"{_word(prefix)}{stem}{f'-{_word(folder)}' if folder else ''}{ending}"


def original_name(name: str, prefix: str, folder: str) -> str:
    """Return the name, in small letters, of the page that one called ``name`` is or may be a copy of, "" for none."""
    stem, ending = parted(name.lower())
    begin, end = _word(prefix).lower(), f"-{_word(folder)}".lower() if folder else ""
    if not (stem.startswith(begin) and stem.endswith(end)):
        return ""
    return f"{stem.removeprefix(begin).removesuffix(end) if end else stem.removeprefix(begin)}{ending}"


def parted(name: str) -> tuple[str, str]:
    """Return the name of a page without its ending, and the ending."""
    return (name[: -len(_ENDING)], name[-len(_ENDING) :]) if name.lower().endswith(_ENDING) else (name, _ENDING)


def _canvas(layout: Any, *, only_text: bool) -> tuple[dict[str, Any] | None, bool]:
    if not isinstance(layout, dict):
        return None, False
    dropped = False

    def kept(value: Any) -> Any:
        nonlocal dropped
        if isinstance(value, dict):
            return {key: kept(inner) for key, inner in value.items()}
        if not isinstance(value, list):
            return value
        taken = [one for one in value if not _is_part(one) or _can_be_written(one, only_text=only_text)]
        dropped |= len(taken) < len(value)
        return [one if _is_part(one) else kept(one) for one in taken]

    return kept(layout), dropped


def _is_part(value: Any) -> bool:
    return isinstance(value, dict) and ("innerHtml" in value or "webPartType" in value)


def _can_be_written(part: dict[str, Any], *, only_text: bool) -> bool:
    is_text = isinstance(part.get("innerHtml"), str)
    return is_text or (not only_text and str(part.get("webPartType", "")).lower() in _SUPPORTED)


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(inner) for key, inner in value.items() if key != "id"}
    return [_without_ids(one) for one in value] if isinstance(value, list) else value


def _word(text: str) -> str:
    """Return a text as it can stand in the name of a page."""
    return re.sub(r"[^\w.]+", "-", text)
