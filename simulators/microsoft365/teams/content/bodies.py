"""The body of a message with what hangs on it."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from random import Random

from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.teams.content import words
from simulators.microsoft365.teams.content.pictures import PNG, picture
from simulators.microsoft365.teams.models import Message

CARD = "application/vnd.microsoft.card.adaptive"


@dataclass
class Content:
    """What a message says. In ``html``, ``hosted:<n>`` stands for the address of its n-th picture."""

    html: str
    subject: str | None = None
    kind: str = "html"
    importance: str = "normal"
    attachments: list[dict] = field(default_factory=list)
    mentions: list[dict] = field(default_factory=list)


def content_of(message: Message) -> Content:
    """Return what a message says; nothing, when it was deleted."""
    if message.deleted_at:
        return Content("")
    if message.is_event:
        return Content("<systemEventMessage/>")
    if "body" in message.facts:
        return _written(message)
    dice = Random(f"{message.room_id}/{message.number}/{message.edition}")  # noqa: S311
    return RECIPES[message.recipe](message, dice)


def hosted_of(message: Message) -> list[tuple[str, bytes]]:
    """Return the type and the bytes of every picture in a message."""
    if message.deleted_at:
        return []
    given = [(one["type"], base64.b64decode(one["bytes"])) for one in message.facts.get("hosted", [])]
    count = 0 if "body" in message.facts else _PICTURES.get(message.recipe, 0)
    return given + [(PNG, picture(message.room_id, message.number, message.edition, n)) for n in range(count)]


def _written(message: Message) -> Content:
    """Return what somebody wrote through a door, as they wrote it."""
    facts = message.facts
    return Content(
        facts["body"],
        subject=facts.get("subject"),
        kind=facts.get("kind", "html"),
        importance=facts.get("importance", "normal"),
        attachments=facts.get("attachments", []),
        mentions=facts.get("mentions", []),
    )


def _post(message: Message, dice: Random) -> Content:
    subject = words.subject(dice) if message.reply_to is None and dice.random() < 0.3 else None
    return Content(f"<p>{escape(words.paragraph(dice), quote=False)}</p>", subject=subject)


def _plain(message: Message, dice: Random) -> Content:
    return Content(words.answer(dice), kind="text")


def _emoji(message: Message, dice: Random) -> Content:
    return Content('<p><emoji id="1f389_partypopper" alt="🎉" title="Party popper"></emoji></p>')


def _script(message: Message, dice: Random) -> Content:
    # Somebody will render this one day, and had better not run it.
    return Content(
        '<p>Look <script>alert("here")</script><img src=x onerror="alert(1)"> <a href="javascript:x()">y</a></p>'
    )


def _images(message: Message, dice: Random) -> Content:
    tags = "".join(
        f'<img src="hosted:{n}" width="16" height="16" alt="image" itemid="{derived_id(message.number, n)}">'
        for n in range(_PICTURES[message.recipe])
    )
    return Content(f"<p>{escape(words.sentence(dice), quote=False)}</p><p>{tags}</p>")


def _file(message: Message, dice: Random) -> Content:
    name = f"{words.subject(dice)} {dice.randrange(1, 99)}.docx"
    key = str(derived_id(message.room_id, message.number, "file"))
    host, folder = message.facts["library"]
    attachment = _attachment(key, "reference", contentUrl=f"https://{host}{folder}/{name}", name=name)
    return Content(f'{words.sentence(dice)}<attachment id="{key}"></attachment>', attachments=[attachment])


def _card(message: Message, dice: Random) -> Content:
    key = str(derived_id(message.room_id, message.number, "card"))
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock", "text": words.sentence(dice)}]}
    attachment = _attachment(key, CARD, content=json.dumps(card, ensure_ascii=False))
    return Content(f'<attachment id="{key}"></attachment>', attachments=[attachment])


def _mention(message: Message, dice: Random) -> Content:
    tags, mentions = "", []
    for n, (person_id, name) in enumerate(message.facts["mentioned"]):
        tags += f'<at id="{n}">{escape(name, quote=False)}</at> '
        who = {
            "@odata.type": "#microsoft.graph.teamworkUserIdentity",
            "id": person_id,
            "displayName": name,
            "userIdentityType": "aadUser",
        }
        mentioned = {"application": None, "device": None, "conversation": None, "user": who}
        mentions.append({"id": n, "mentionText": name, "mentioned": mentioned})
    return Content(f"<p>{tags}{escape(words.sentence(dice), quote=False)}</p>", mentions=mentions, importance="high")


def _long(message: Message, dice: Random) -> Content:
    rows = "".join(f"<tr><td>{n}</td><td>{escape(words.sentence(dice))}</td></tr>" for n in range(200))
    return Content(f"<table>{rows}</table>", subject="Everything, in one table")


def _attachment(key: str, kind: str, **facts) -> dict:
    empty = {"contentUrl": None, "content": None, "name": None, "thumbnailUrl": None, "teamsAppId": None}
    return {"id": key, "contentType": kind} | empty | facts


_PICTURES = {"image": 1, "images": 3}
RECIPES: dict[str, Callable[[Message, Random], Content]] = {
    "post": _post,
    "plain": _plain,
    "emoji": _emoji,
    "script": _script,
    "image": _images,
    "images": _images,
    "file": _file,
    "card": _card,
    "mention": _mention,
    "long": _long,
}
