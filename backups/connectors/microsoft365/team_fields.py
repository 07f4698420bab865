"""What is kept of a team besides its messages."""

from typing import Any

from backups.connectors.contract import Upsert
from backups.connectors.microsoft365.records import digest, kept, moment_in, text_in, texts_in


def settings_in(object_id: str, entry: dict[str, Any]) -> Upsert:
    """Return the team itself."""
    facts = {"name": text_in(entry.get("displayName")), "created_at": moment_in(entry.get("createdDateTime"))}
    return _made(object_id, entry, facts)


def member_in(object_id: str, entry: dict[str, Any]) -> Upsert:
    """Return a member or owner of a team or a channel."""
    facts = {"name": text_in(entry.get("displayName")), "email": text_in(entry.get("email"))}
    return _made(object_id, entry, {**facts, "roles": texts_in(entry.get("roles"))})


def tab_in(object_id: str, entry: dict[str, Any]) -> Upsert:
    """Return a tab of a channel."""
    return _made(object_id, entry, {"name": text_in(entry.get("displayName")), "app": _app_name(entry)})


def app_in(object_id: str, entry: dict[str, Any]) -> Upsert:
    """Return an app that is installed in a team."""
    return _made(object_id, entry, {"name": _app_name(entry)})


def _app_name(entry: dict[str, Any]) -> str:
    app = entry.get("teamsApp")
    return text_in(app.get("displayName")) if isinstance(app, dict) else ""


def _made(object_id: str, entry: dict[str, Any], facts: dict[str, Any]) -> Upsert:
    record = kept(entry)
    return Upsert(object_id, digest(record), record, {"modified_at": "", **facts})
