"""Mail and contacts as people read them, from Microsoft's records.

Follows Microsoft's pages "message resource type", "contact resource type" and "mailFolder resource type".
"""

from typing import Any

from backups.content.record_values import inner, listed, moment_of, spaced, text_of
from backups.content.sheet import Described, Sheet, name_in

_OF_MESSAGES = frozenset({"subject", "internetMessageId", "receivedDateTime", "toRecipients", "isDraft"})
_OF_CONTACTS = frozenset({"emailAddresses", "givenName", "surname", "fileAs", "companyName", "mobilePhone"})
# Outlook writes this year where the birthday was given without one.
_WITHOUT_YEAR = 1604
_TOWN = ("postalCode", "city", "state")
_ADDRESSES = (("homeAddress", "Home address"), ("businessAddress", "Work address"), ("otherAddress", "Other address"))
_WORK = (
    ("companyName", "Company"), ("department", "Department"), ("jobTitle", "Job title"), ("profession", "Profession"),
    ("officeLocation", "Office"), ("manager", "Manager"), ("assistantName", "Assistant"),
    ("businessHomePage", "Web page"),
)  # fmt: skip
_NAMES = (
    ("title", "Title"), ("givenName", "First name"), ("middleName", "Middle name"), ("surname", "Last name"),
    ("generation", "Suffix"), ("nickName", "Nickname"),
)  # fmt: skip


def mail_described(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    """Return a message, or a folder of mail."""
    if not _OF_MESSAGES & record.keys():
        return Sheet(name_in(record, facts, "displayName", otherwise="Folder"), type_name="Mail folder").described()
    sheet = Sheet(name_in(record, facts, "subject", otherwise="Without a subject"))
    sheet.moment = moment_of(record.get("receivedDateTime")) or moment_of(record.get("sentDateTime"))
    sheet.add_people("From", record.get("from") or record.get("sender"))
    for name, label in (("to", "To"), ("cc", "Cc"), ("bcc", "Bcc")):
        sheet.add_people(label, record.get(f"{name}Recipients"))
    sheet.add_people("Reply to", record.get("replyTo"))
    sheet.add_moment("Sent", record.get("sentDateTime"))
    sheet.add_moment("Received", record.get("receivedDateTime"))
    sheet.add_yes("Draft", record.get("isDraft"))
    sheet.add("Read", record.get("isRead"))
    _add_marks(sheet, record)
    sheet.body(record.get("body"))
    sheet.text = sheet.text or text_of(record.get("bodyPreview"))
    return sheet.described()


def contact_described(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    """Return a contact, or a folder of contacts."""
    if not _OF_CONTACTS & record.keys():
        return Sheet(name_in(record, facts, "displayName", otherwise="Contacts"), type_name="Contacts").described()
    sheet = Sheet(name_in(record, facts, "displayName", "fileAs", "companyName", otherwise="Without a name"))
    sheet.moment = moment_of(record.get("lastModifiedDateTime"))
    for name, label in _NAMES:
        sheet.add(label, record.get(name))
    for one in listed(record.get("emailAddresses")):
        sheet.add_people("Email", one)
    sheet.add("Mobile phone", record.get("mobilePhone"))
    for name, label in (("businessPhones", "Work phone"), ("homePhones", "Home phone"), ("imAddresses", "Chat")):
        sheet.add(label, record.get(name))
    for name, label in _WORK:
        sheet.add(label, record.get(name))
    for name, label in _ADDRESSES:
        sheet.add(label, _postal(record.get(name)))
    sheet.add("Birthday", _birthday(record.get("birthday")))
    sheet.add("Spouse", record.get("spouseName"))
    sheet.add("Children", record.get("children"))
    sheet.add("Categories", record.get("categories"))
    sheet.body({"contentType": "text", "content": record.get("personalNotes")})
    return sheet.described()


def _add_marks(sheet: Sheet, record: dict[str, Any]) -> None:
    importance = text_of(record.get("importance"))
    sheet.add("Importance", spaced(importance) if importance != "normal" else "")
    flag = text_of(inner(record, "flag", "flagStatus"))
    sheet.add("Flag", {"flagged": "Flagged", "complete": "Completed"}.get(flag, ""))
    sheet.add("Categories", record.get("categories"))


def _postal(address: Any) -> str:
    town = " ".join(filter(None, (text_of(inner(address, name)) for name in _TOWN)))
    street = inner(address, "street")
    lines = [street if isinstance(street, str) else "", town, text_of(inner(address, "countryOrRegion"))]
    return "\n".join(filter(None, lines))


def _birthday(value: Any) -> str:
    moment = moment_of(value)
    if moment is None:
        return ""
    return f"{moment.day} {moment:%B}" + ("" if moment.year == _WITHOUT_YEAR else f" {moment.year}")
