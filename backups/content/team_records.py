"""What was said in a team, and what belongs to it, as people read it, from Microsoft's records.

Follows Microsoft's pages "chatMessage resource type", "conversationThread resource type" and "team resource type".
"""

import html as entities
import json
from collections.abc import Iterator
from typing import Any

from backups.content.record_values import inner, listed, moment_of, person_of, shown_moment, spaced, text_of
from backups.content.sheet import MOST_LINES, Described, Sheet, body_text, name_in

_OF_MESSAGES = frozenset({"messageType", "replies", "eventDetail", "channelIdentity"})
_OF_CONVERSATIONS = frozenset({"topic", "posts", "uniqueSenders"})
_OF_TEAMS = frozenset({"memberSettings", "messagingSettings", "funSettings", "internalId"})
_BEGINNING = 100
_LONGEST_CARD = 200_000
_CARD_WORDS = frozenset({"text", "title", "subtitle", "summary", "altText"})


def team_described(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    """Return a post with its replies, a conversation, a member, a tab, an app, a channel, or the team itself."""
    if _OF_MESSAGES & record.keys():
        return _post(record, facts)
    if _OF_CONVERSATIONS & record.keys():
        return _conversation(record, facts)
    if _OF_TEAMS & record.keys():
        return _team(record, facts)
    if "teamsAppDefinition" in record:
        return _app(record, facts)
    if "teamsApp" in record or "configuration" in record:
        return _tab(record, facts)
    if "roles" in record or "userId" in record:
        return _member(record, facts)
    return _channel(record, facts)


def _post(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    text = _words_of(record)
    sheet = Sheet(text_of(record.get("subject")) or text_of(text[:_BEGINNING]) or name_in({}, facts, otherwise="Post"))
    if record.get("deletedDateTime"):
        sheet.title = "Deleted message"
    elif record.get("messageType") not in (None, "message"):
        sheet.title = f"System message: {_event(record)}".rstrip(": ")
    sheet.moment = moment_of(record.get("createdDateTime"))
    sheet.add_people("From", record.get("from"))
    sheet.add_moment("Written", record.get("createdDateTime"))
    sheet.add_moment("Edited", record.get("lastEditedDateTime"))
    sheet.add_moment("Deleted", record.get("deletedDateTime"))
    importance = text_of(record.get("importance"))
    sheet.add("Importance", "" if importance in ("", "normal") else spaced(importance))
    sheet.add("Mentioned", [person_of(one.get("mentioned")) for one in listed(record.get("mentions"))])
    sheet.add("Reactions", _reactions(record))
    _add_files(sheet, record)
    sheet.body(record.get("body"))
    sheet.text = text
    _add_answers(sheet, listed(record.get("replies")))
    return sheet.described()


def _conversation(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    sheet = Sheet(name_in(record, facts, "topic", otherwise="Without a subject"))
    sheet.moment = moment_of(record.get("lastDeliveredDateTime"))
    posts = listed(record.get("posts"))
    if posts:
        first = posts[0]
        sheet.add_people("From", first.get("from") or first.get("sender"))
        sheet.add_moment("Written", first.get("receivedDateTime") or first.get("createdDateTime"))
        _add_files(sheet, first)
        sheet.body(first.get("body"))
    else:
        sheet.add("From", record.get("uniqueSenders"))
        sheet.text = text_of(record.get("preview"))
    _add_answers(sheet, posts[1:])
    return sheet.described()


def _add_answers(sheet: Sheet, answers: list[dict[str, Any]]) -> None:
    for one in answers:
        author = person_of(one.get("from") or one.get("sender"))
        when = shown_moment(moment_of(one.get("createdDateTime") or one.get("receivedDateTime")))
        sheet.know([author])
        for name in _file_names(one):
            sheet.file(name)
        said = "Deleted message" if one.get("deletedDateTime") else _words_of(one)
        reactions = "; ".join(_reactions(one))
        lines = [said, ", ".join(_file_names(one)), f"Reactions: {reactions}" if reactions else ""]
        label = ", ".join(filter(None, (f"Reply by {author}" if author else "Reply", when)))
        sheet.add(label, "\n".join(filter(None, lines)) or "Empty message")


def _words_of(message: dict[str, Any]) -> str:
    cards = [words for one in listed(message.get("attachments"))[:MOST_LINES] for words in _card(one.get("content"))]
    return "\n".join(filter(None, [body_text(message.get("body")), *cards]))


def _card(content: Any) -> Iterator[str]:
    """Yield the words of a card that an app wrote instead of a text."""
    if not isinstance(content, str) or len(content) > _LONGEST_CARD or not content.lstrip().startswith("{"):
        return
    try:
        waiting = [json.loads(content)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            yield from (text_of(value[name]) for name in sorted(_CARD_WORDS & value.keys()) if text_of(value[name]))
            waiting += [one for one in reversed(value.values()) if isinstance(one, (list, dict))]


def _event(record: dict[str, Any]) -> str:
    kind = text_of(inner(record, "eventDetail", "@odata.type")).rpartition(".")[2].removesuffix("EventMessageDetail")
    return spaced(kind).lower()


def _reactions(message: dict[str, Any]) -> list[str]:
    found: dict[str, list[str]] = {}
    for one in listed(message.get("reactions"))[:MOST_LINES]:
        kind = text_of(one.get("displayName")) or text_of(one.get("reactionType"))
        found.setdefault(entities.unescape(kind), []).append(person_of(one.get("user")))
    return [f"{kind}: {_who(people)}" for kind, people in found.items() if kind]


def _who(people: list[str]) -> str:
    named = list(filter(None, people))
    return ", ".join(named) if len(named) == len(people) else f"{len(people):,}"


def _file_names(message: dict[str, Any]) -> list[str]:
    return list(filter(None, (text_of(one.get("name")) for one in listed(message.get("attachments"))[:MOST_LINES])))


def _add_files(sheet: Sheet, message: dict[str, Any]) -> None:
    for name in _file_names(message):
        sheet.file(name)
    sheet.add("Files", _file_names(message))


def _member(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    sheet = Sheet(name_in(record, facts, "displayName", "email", otherwise="Member"), type_name="Member")
    sheet.add_people("Person", record)
    roles = record.get("roles")
    sheet.add("Role", [spaced(text_of(one)) for one in roles] if isinstance(roles, list) and roles else "Member")
    return sheet.described()


def _tab(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    sheet = Sheet(name_in(record, facts, "displayName", otherwise="Tab"), type_name="Tab")
    sheet.add("App", inner(record, "teamsApp", "displayName"))
    settings = record.get("configuration")
    sheet.add("Address", inner(settings, "websiteUrl") or inner(settings, "contentUrl"))
    return sheet.described()


def _app(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    definition = record.get("teamsAppDefinition")
    title = text_of(inner(definition, "displayName")) or name_in({}, facts, otherwise="App")
    sheet = Sheet(title, type_name="App")
    sheet.add("Version", inner(definition, "version"))
    sheet.add("Description", inner(definition, "shortDescription"))
    return sheet.described()


def _channel(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    sheet = Sheet(name_in(record, facts, "displayName", "name", otherwise="Channel"), type_name="Channel")
    sheet.moment = moment_of(record.get("createdDateTime"))
    sheet.add("Description", record.get("description"))
    sheet.add("Membership", spaced(text_of(record.get("membershipType"))))
    sheet.add("Email", record.get("email"))
    return sheet.described()


def _team(record: dict[str, Any], facts: dict[str, Any]) -> Described:
    sheet = Sheet(name_in(record, facts, "displayName", otherwise="Team"), type_name="Team")
    sheet.moment = moment_of(record.get("createdDateTime"))
    sheet.add("Description", record.get("description"))
    sheet.add("Visibility", spaced(text_of(record.get("visibility"))))
    sheet.add_yes("Archived", record.get("isArchived"))
    for name in ("memberSettings", "guestSettings", "messagingSettings", "funSettings"):
        settings = record.get(name)
        for setting, value in settings.items() if isinstance(settings, dict) else ():
            sheet.add(f"{spaced(name).capitalize()}: {spaced(setting).lower()}", value)
    return sheet.described()
