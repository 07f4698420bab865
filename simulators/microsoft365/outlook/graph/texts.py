"""Texts of messages and events in the form a client prefers.

Without the preference `outlook.allow-unsafe-html` Exchange takes out of a page what could run; with
`outlook.body-content-type="text"` it makes plain text of it.
"""

import re
from html import unescape

from simulators.microsoft365.graph.calls import Call
from simulators.microsoft365.outlook.content.mails import HTML, TEXT

_SCRIPTS = re.compile(r"<(script|iframe|object)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_HANDLERS = re.compile(r"""\son\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_SCRIPTED_LINKS = re.compile(r"""(href|src)\s*=\s*(["']?)\s*javascript:[^"'\s>]*\2""", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div)\s*/?>", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")
PLAIN, SAFE, UNSAFE = "plain", "safe", "unsafe"


def wanted_text(call: Call) -> str:
    """Return in which form a call wants texts."""
    if (call.preference("outlook.body-content-type") or "").lower() == TEXT:
        return PLAIN
    return UNSAFE if call.preference("outlook.allow-unsafe-html") is not None else SAFE


def shown_text(body: dict, form: str) -> dict:
    """Return a text of Graph, an object with its type and content, in a form."""
    if body.get("contentType", "").lower() != HTML or form == UNSAFE:
        return body
    content = body.get("content") or ""
    if form == PLAIN:
        return {"contentType": TEXT, "content": unescape(_TAGS.sub("", _BREAKS.sub("\r\n", content))).strip()}
    for pattern, instead in ((_SCRIPTS, ""), (_HANDLERS, ""), (_SCRIPTED_LINKS, r'\1=""')):
        content = pattern.sub(instead, content)
    return body | {"content": content}
