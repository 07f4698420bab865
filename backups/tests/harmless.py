"""What a browser would act on in a page that should be harmless."""

from html.parser import HTMLParser

_TAGS = frozenset(
    "a abbr address b bdi big blockquote br caption center code col dd div dl dt em font h1 h2 h3 h4 h5 h6 hr i"
    " img kbd li ol p pre q s section small span strike strong sub sup table tbody td tfoot th thead tr tt"
    " u ul var wbr".split()
)
_ATTRIBUTES = frozenset(
    "align alt bgcolor border cellpadding cellspacing color colspan dir face height href hspace lang nowrap rel rowspan"
    " size src start style target title type valign vspace width".split()
)


class _Browser(HTMLParser):
    """Notes whatever a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in _TAGS:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            self._look_at(tag, name, value or "")

    def _look_at(self, tag, name, value):
        allowed = {
            "href": value.lower().startswith(("https://", "http://", "mailto:")),
            "src": tag == "img" and value.startswith("data:image/png;base64,"),
            "style": not any(word in value.lower() for word in ("url", "\\", "position", "expression", "@", "binding")),
            "target": value == "_blank",
            "rel": value == "noopener noreferrer nofollow",
        }
        if name not in _ATTRIBUTES or not allowed.get(name, True):
            self.wrong.append(f"{name}={value}")

    def handle_comment(self, data):
        self.wrong.append(f"<!--{data}-->")

    handle_decl = handle_pi = unknown_decl = handle_comment


def wrong_in(page: str) -> list[str]:
    """Return what of a page a browser would run, fetch or be led astray by."""
    browser = _Browser()
    browser.feed(page)
    browser.close()
    return browser.wrong
