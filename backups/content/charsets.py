"""Bytes to text, by the charset somebody named or by the best guess."""

import codecs

# What browsers take these labels for: supersets that programs write although they say otherwise.
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "euc_kr": "cp949",
    "iso-8859-8-i": "iso8859-8",
    "x-mac-roman": "mac-roman",
    "unicode-1-1-utf-7": "utf-7",
}
# No charsets of texts, or slow with long ones.
_NEVER = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
_GUESSED = frozenset({"cp1252", "utf-8"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decoded(content: bytes, charset: str = "") -> tuple[str, bool]:
    """Return the text and whether every byte of it could be read.

    What no charset is named for, or one that cannot be right, is read by its byte order mark, as UTF-8, or as Windows'
    Western charset, in this order.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _read(content[len(mark) :], name)
    known = _known(charset)
    if known and known not in _GUESSED:
        return _read(content, known)
    try:
        return content.decode("utf-8"), True
    except UnicodeDecodeError as problem:
        if known == "utf-8" or _is_cut_off(content, problem):
            return content.decode("utf-8", "replace"), False
    text, _ = _read(content, "cp1252")
    return text, True


def is_known(charset: str) -> bool:
    """Return whether a charset of this name can be read."""
    return bool(_known(charset))


def _known(charset: str) -> str:
    name = charset.strip().strip("\"'").lower()
    name = _READ_AS.get(name, name)
    try:
        found = codecs.lookup(name).name.replace("_", "-") if name and name.isascii() and len(name) < 60 else ""
    except (LookupError, ValueError):
        return ""
    found = _READ_AS.get(found, _READ_AS.get(found.replace("-", "_"), found))
    return "" if found in _NEVER else found


def _read(content: bytes, name: str) -> tuple[str, bool]:
    try:
        return content.decode(name), True
    except UnicodeDecodeError:
        return content.decode(name, "replace"), False
    except LookupError:
        # A codec that makes no text of bytes, such as base64.
        return decoded(content)


def _is_cut_off(content: bytes, problem: UnicodeDecodeError) -> bool:
    """Return whether only the last character is torn: then it is UTF-8 whose end was cut off."""
    return len(content) > 64 and problem.start > len(content) - 4 and not content[:64].isascii()
