"""Files, lists, pages and what they lie in, as people read them, from Microsoft's records.

Follows Microsoft's pages "driveItem resource type", "permission resource type", "listItem resource type" and "sitePage
resource type".
"""

from collections.abc import Iterator
from html import escape
from typing import Any

from backups.content.pages import text_of_html
from backups.content.record_values import inner, listed, moment_of, person_of, shown_size, spaced, text_of
from backups.content.sheet import MOST_LINES, Described, Sheet, name_in, rich_text

_OF_ITEMS = frozenset({"file", "folder", "package", "root", "parentReference", "fileSystemInfo"})
_OF_PAGES = frozenset({"canvasLayout", "pageLayout", "titleArea", "publishingState"})
# What SharePoint keeps for itself in the columns of an item.
_NOT_SHOWN = frozenset(
    "id ContentType Created Modified AuthorLookupId EditorLookupId AppAuthorLookupId AppEditorLookupId Attachments Edit"
    " LinkTitle LinkTitleNoMenu LinkFilename LinkFilenameNoMenu DocIcon ItemChildCount FolderChildCount FileSizeDisplay"
    " Title".split()
)
_MAY = {"read": "may read", "write": "may edit", "owner": "owns it", "sp.full control": "has full control"}
_REACH = {"anonymous": "Anyone with the link", "organization": "Everybody of the organization with the link"}


def file_described(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    """Return a file or folder of a drive, an item of a list, a page, or what such things lie in."""
    if isinstance(record.get("fields"), dict):
        return _list_item(record, facts)
    if _OF_PAGES & record.keys() or str(record.get("@odata.type")).endswith("sitePage"):
        return _page(record, facts)
    if _OF_ITEMS & record.keys() and "driveType" not in record and "list" not in record:
        return _item(record, facts)
    return _place(record, facts)


def _item(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    is_folder = isinstance(record.get("folder"), dict) or facts.get("is_folder") is True
    title = "Top folder" if "root" in record else name_in(record, facts, "name", otherwise="Without a name")
    sheet = Sheet(title, type_name="Folder" if is_folder else "")
    sheet.moment = moment_of(facts.get("modified_at")) or moment_of(record.get("lastModifiedDateTime"))
    if not is_folder:
        sheet.file(sheet.title)
        sheet.add("Format", inner(record, "file", "mimeType"))
        sheet.add("Size", shown_size(record.get("size")))
    _add_changes(sheet, record)
    sheet.add("Shared with", [line for one in listed(record.get("permissions")) for line in _grants(one)])
    sheet.add("Older versions kept", len(listed(record.get("versions"))) or "")
    sheet.add("Problem", "Microsoft found malware in it" if isinstance(record.get("malware"), dict) else "")
    return sheet.described()


def _list_item(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    columns = record["fields"]
    sheet = Sheet(name_in(columns, facts, "Title", "FileLeafRef", otherwise="Without a title"))
    sheet.moment = moment_of(record.get("lastModifiedDateTime"))
    for name, value in list(columns.items())[:MOST_LINES]:
        if name not in _NOT_SHOWN and not name.startswith(("@", "_")) and "@odata" not in name:
            sheet.add(spaced(name.removesuffix("LookupId")), "\n".join(_column(value)))
    _add_changes(sheet, record)
    return sheet.described()


def _column(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield rich_text(value)
    elif isinstance(value, list):
        for one in value[:MOST_LINES]:
            yield from _column(one) if not isinstance(one, list) else ()
    elif isinstance(value, dict):
        # A link with its words, a person, something of another list, a place.
        names = ("LookupValue", "Description", "Url", "Email", "DisplayName", "Label", "displayName")
        yield " ".join(dict.fromkeys(filter(None, (text_of(value.get(name)) for name in names))))
    else:
        yield text_of(value)


def _page(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    sheet = Sheet(name_in(record, facts, "title", "name", otherwise="Page"), type_name="Page")
    sheet.moment = moment_of(record.get("lastModifiedDateTime"))
    sheet.file(record.get("name"))
    sheet.add("Description", record.get("description"))
    _add_changes(sheet, record)
    texts = list(_web_parts(record.get("canvasLayout")))
    sheet.html = "\n".join(texts) or None
    sheet.text = text_of_html(sheet.html or "")
    return sheet.described()


def _web_parts(layout: Any) -> Iterator[str]:
    """Yield the HTML of every part that stands on a page, from top to bottom."""
    columns = [column for one in listed(inner(layout, "horizontalSections")) for column in listed(one.get("columns"))]
    for column in [*columns, inner(layout, "verticalSection")]:
        for part in listed(inner(column, "webparts")):
            content = part.get("innerHtml")
            if isinstance(content, str):
                yield content
            else:
                yield from _words_of(inner(part, "data"))


def _words_of(data: Any) -> Iterator[str]:
    content = inner(data, "serverProcessedContent")
    words = [one.get("value") for one in listed(inner(content, "searchablePlainTexts"))]
    pages = [one.get("value") for one in listed(inner(content, "htmlStrings"))]
    for text in filter(None, map(text_of, [inner(data, "title"), *words])):
        yield f"<p>{escape(text)}</p>"
    yield from (page for page in pages if isinstance(page, str))


def _place(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    if "driveType" in record:
        type_name = "OneDrive" if record.get("driveType") in ("business", "personal") else "Library"
    else:
        type_name = "List" if isinstance(record.get("list"), dict) else "Site"
    sheet = Sheet(name_in(record, facts, "displayName", "name", otherwise=type_name), type_name=type_name)
    sheet.moment = moment_of(record.get("createdDateTime"))
    sheet.add("Description", record.get("description"))
    sheet.add("Address", record.get("webUrl"))
    sheet.add_people("Owner", record.get("owner"))
    return sheet.described()


def _add_changes(sheet: Sheet, record: dict[str, Any]) -> None:
    times = record.get("fileSystemInfo")
    sheet.add_moment("Changed", inner(times, "lastModifiedDateTime") or record.get("lastModifiedDateTime"))
    sheet.add_people("Changed by", record.get("lastModifiedBy"))
    sheet.add_moment("Created", inner(times, "createdDateTime") or record.get("createdDateTime"))
    sheet.add_people("Created by", record.get("createdBy"))


def _grants(permission: dict[str, Any]) -> Iterator[str]:
    """Yield a line for everybody who was granted something."""
    roles = permission.get("roles")
    roles = [text_of(one).lower() for one in roles[:9]] if isinstance(roles, list) else []
    may = ", ".join(_MAY.get(one, one) for one in roles) or "may see it"
    given = [permission.get("grantedToV2") or permission.get("grantedTo")]
    given += listed(permission.get("grantedToIdentitiesV2") or permission.get("grantedToIdentities"))
    people = list(filter(None, map(person_of, given)))[:MOST_LINES]
    reach = _REACH.get(str(inner(permission, "link", "scope")))
    for who in [reach] if reach else people:
        yield f"{who}: {may}"
