"""What people wrote, as HTML that is safe to show.

CommonMark without HTML of their own, headings and pictures (a picture would tell its server who reads it);
whatever the writer still got through is taken out by the sanitiser afterwards.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr", "a"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_SCHEMES = {"http", "https", "mailto", "tel"}
# A row is filled up to the columns of its table, so that 20,000 characters become 180,000 cells, 2.5 seconds and 2 MB.
MOST_CELLS = 5_000


@lru_cache(maxsize=2)
def _writer(*, has_tables: bool) -> MarkdownIt:
    writer = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20})
    writer.enable(["table", "strikethrough"] if has_tables else ["strikethrough"])
    return writer.disable(["heading", "lheading", "image", "html_block", "html_inline"])


def as_html(text: str) -> SafeString:
    """Return Markdown as HTML in which nothing runs, nothing is fetched, and links lead apart.

    Tables that could have more than `MOST_CELLS` cells stay the text they were written as.
    """
    made = _writer(has_tables=_cells_at_most(text) <= MOST_CELLS).render(text)
    return SafeString(
        nh3.clean(
            made, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow"
        )
    )


def _cells_at_most(text: str) -> int:
    """Return how many cells all tables of a text can have: the columns of its widest, in every line."""
    lines = text.splitlines()
    # The line below a table's head says how many columns there are, and has no letters.
    rulers = (line for line in lines if "-" in line and not any(map(str.isalpha, line)))
    return max((line.count("|") + 1 for line in rulers), default=0) * len(lines)
