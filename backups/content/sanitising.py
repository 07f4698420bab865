"""The rules of harmless HTML: what of a page may stay. Everything that is not named here goes.

Nothing of it fetches anything, runs anything, or covers what is around it. `pages.safe_html` is the way in; this is
what it runs, in a process of its own where a page could be made to take long.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3

from backups.content.plain import without_bidi

_TAGS = frozenset(
    "a abbr address article aside b bdi big blockquote br caption center cite code col colgroup dd del dfn div dl dt em"
    " figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp"
    " section small span strike strong sub sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_WITH_CONTENT = frozenset(
    "applet audio canvas embed frameset head iframe math noembed noframes object plaintext script style svg template"
    " title video xmp".split()
)
_EVERYWHERE = frozenset({"align", "bgcolor", "dir", "height", "lang", "style", "title", "valign", "width"})
_OF_TAGS = {
    "a": {"href"},
    "font": {"color", "face", "size"},
    "hr": {"size"},
    "img": {"alt", "border", "hspace", "src", "vspace"},
    "ol": {"start", "type"},
    "table": {"background", "border", "cellpadding", "cellspacing"},
    "td": {"background", "colspan", "nowrap", "rowspan"},
    "th": {"background", "colspan", "nowrap", "rowspan"},
    "tr": {"background"},
    "ul": {"type"},
}
_PROPERTIES = re.compile(
    r"(?:background|background-color|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width))?|border-collapse"
    r"|border-radius|border-spacing|color|display|font|font-(?:family|size|style|variant|weight)|height|letter-spacing"
    r"|line-height|list-style-type|(?:margin|padding)(?:-(?:top|right|bottom|left))?|(?:max|min)-(?:height|width)"
    r"|overflow-wrap|table-layout|text-(?:align|decoration|indent|transform)|vertical-align|white-space|width"
    r"|word-(?:break|spacing|wrap))"
)
# No parenthesis but that of a colour, no escape, no comment: so nothing can be hidden in it, and nothing fetched.
_VALUE = re.compile(r"""(?:(?:rgb|hsl)a?\([\d\s.,%/]{1,60}\)|[\w\s#%.,'"+/!-])*+""", re.IGNORECASE)
_WEB = re.compile(r"https?://[^\s/]|mailto:[^\s]", re.IGNORECASE)
_REMOTE = re.compile(r"\s*(?:https?:|ftp:|//|\\\\)", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*+", re.IGNORECASE)
_REMOTE_IN_STYLE = re.compile(r"url\(\s*['\"]?\s*(?:https?:|//)", re.IGNORECASE)
# Style sheets and pictures of tags that go altogether.
_REMOTE_ELSEWHERE = re.compile(
    r"""@import\b|<link\b[^<>]*+>|<body\b[^<>]*\bbackground\s*=\s*["']?\s*(?:https?:|//)""",
    re.IGNORECASE,
)
_LONGEST_STYLE = 4_000
_LONGEST_VALUE = 400
_LONGEST_LINK = 8_000


@dataclass(frozen=True, slots=True)
class Sanitised:
    """Harmless HTML. Where a picture is ``cid:``, its source is ``nonce`` and the id."""

    html: str
    blocked: int


def sanitised(html: str, nonce: str) -> Sanitised:
    """Return what may stay of a page, and how many remote pictures and style sheets were taken out."""
    keeping = _Keeping(nonce)
    cleaned = nh3.clean(
        without_bidi(html.replace("\0", "")),
        tags=set(_TAGS),
        clean_content_tags=set(_WITH_CONTENT),
        attributes={"*": set(_EVERYWHERE), **_OF_TAGS},
        attribute_filter=keeping.value,
        url_schemes={"http", "https", "mailto", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    links = [found for found in _REMOTE_ELSEWHERE.findall(html) if _is_fetched(found)]
    return Sanitised(cleaned, keeping.blocked + len(links))


def _is_fetched(found: str) -> bool:
    found = found.lower()
    return not found.startswith("<link") or "stylesheet" in found


class _Keeping:
    """Decides about each attribute, and counts what was remote."""

    def __init__(self, nonce: str) -> None:
        self.nonce, self.blocked = nonce, 0
        self._deciding: dict[str, Callable[[str], str | None]] = {
            "src": self._source,
            "href": self._link,
            "style": self._style,
            "background": self._background,
            "rel": str,
            "target": str,
        }

    def value(self, tag: str, name: str, value: str) -> str | None:
        """Return what stands in the attribute from now on, None for nothing."""
        decide = self._deciding.get(name)
        return decide(value) if decide else value[:_LONGEST_VALUE]

    def _source(self, value: str) -> str | None:
        value = value.strip()
        if value[:4].lower() == "cid:":
            return f"{self.nonce}{value[4:][:_LONGEST_VALUE]}"
        if _PICTURE.fullmatch(value):
            return value
        # What is neither would be looked for beside our own pages.
        self.blocked += bool(_REMOTE.match(value))
        return None

    def _link(self, value: str) -> str | None:
        value = value.strip()
        return value if _WEB.match(value) and len(value) <= _LONGEST_LINK else None

    def _style(self, value: str) -> str | None:
        value = value[:_LONGEST_STYLE]
        self.blocked += len(_REMOTE_IN_STYLE.findall(value))
        kept = (_declaration(one) for one in value.split(";"))
        return ";".join(filter(None, kept)) or None

    def _background(self, value: str) -> None:
        self.blocked += bool(_REMOTE.match(value))


def _declaration(text: str) -> str:
    name, _, value = text.partition(":")
    name, value = name.strip().lower(), value.strip()
    is_whole = value.count('"') % 2 == 0 and value.count("'") % 2 == 0
    is_kept = is_whole and value and _PROPERTIES.fullmatch(name) and _VALUE.fullmatch(value)
    return f"{name}:{value}" if is_kept else ""
