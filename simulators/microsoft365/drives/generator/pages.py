"""Pages of a site, with text and web parts on them."""

import random
from datetime import datetime, timedelta
from html import escape

from simulators.microsoft365.drives.content.words import SUBJECTS, paragraphs, sentence
from simulators.microsoft365.drives.generator.authors import Author, signed
from simulators.microsoft365.drives.models import Page, Web
from simulators.microsoft365.ids import derived_id

_IMAGE_PART = "d1d91016-032f-456d-98a4-721247c305e8"


def pages(
    web: Web, authors: list[Author], begin: datetime, end: datetime, count: int, dice: random.Random
) -> list[Page]:
    """Return the pages of a web: its home, and ``count`` more, every other one news."""
    made = []
    for number in range(count + 1):
        title = "Home" if number == 0 else f"{dice.choice(SUBJECTS).capitalize()} {number}"
        at = (begin + timedelta(seconds=dice.randrange(max(1, int((end - begin).total_seconds()))))).replace(
            microsecond=0
        )
        identity = derived_id(web.id, "page", number)
        made.append(
            Page(
                id=identity,
                web=web,
                name=f"{title.replace(' ', '-')}.aspx",
                title=title,
                promotion="newsPost" if number % 2 else "page",
                canvas=canvas(identity, paragraphs(dice, dice.randint(1, 4)), sentence(dice)),
                created_at=at,
                modified_at=at,
                **signed(dice.choice(authors)),
            )
        )
    return made


def canvas(identity, texts: list[str], caption: str) -> dict:
    """Return what stands on a page: a section with text, and one with a picture beside more text."""
    text_parts = [_text_part(identity, number, text) for number, text in enumerate(texts)]
    picture = {
        "@odata.type": "#microsoft.graph.standardWebPart",
        "id": str(derived_id(identity, "picture")),
        "webPartType": _IMAGE_PART,
        "data": {
            "dataVersion": "1.12",
            "description": "Show an image on your page",
            "title": "Image",
            "properties": {"imageSourceType": 2, "captionText": caption, "altText": caption},
        },
    }
    return {
        "horizontalSections": [
            _section("1", "oneColumn", [(12, text_parts[:1])]),
            _section("2", "twoColumns", [(6, [picture]), (6, text_parts[1:])]),
        ]
    }


def _section(identity: str, layout: str, columns: list[tuple[int, list[dict]]]) -> dict:
    return {
        "id": identity,
        "layout": layout,
        "emphasis": "none",
        "columns": [
            {"id": str(number), "width": width, "webparts": parts} for number, (width, parts) in enumerate(columns, 1)
        ],
    }


def _text_part(identity, number: int, text: str) -> dict:
    return {
        "@odata.type": "#microsoft.graph.textWebPart",
        "id": str(derived_id(identity, "text", number)),
        "innerHtml": f"<p>{escape(text)}</p>",
    }
