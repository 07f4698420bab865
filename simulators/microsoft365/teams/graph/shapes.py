"""Channels, members, tabs and apps of Graph."""

import base64

from simulators.microsoft365.graph.calls import Call
from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Person
from simulators.microsoft365.teams.generator.channels import PLANNER, WEBSITE, WIKI
from simulators.microsoft365.teams.models import Channel

_APP_NAMES = {WEBSITE: "Website", WIKI: "Wiki", PLANNER: "Planner"}
_ALWAYS = "0001-01-01T00:00:00Z"
_UNKNOWN = "unknownFutureValue"


def knows_new_words(call: Call) -> bool:
    """Return whether the caller asked for values of enumerations that were added later."""
    return call.preference("include-unknown-enum-members") is not None


def _web_url(channel: Channel) -> str:
    group = channel.workspace.group
    return (
        f"https://teams.example/l/channel/{channel.thread_id}/{channel.name}"
        f"?groupId={group.id}&tenantId={group.tenant_id}"
    )


CHANNEL = Shape(
    "channel",
    {
        "id": lambda channel: channel.thread_id,
        "createdDateTime": lambda channel: written(channel.created_at),
        "displayName": lambda channel: channel.name,
        "description": lambda channel: channel.description or None,
        "email": lambda channel: f"{channel.id.hex[:8]}.{channel.workspace.tenant.domain}@emea.teams.example",
        "isArchived": lambda channel: channel.workspace.group.is_archived,
        "layoutType": lambda channel: "post",
        "membershipType": lambda channel: channel.membership,
        "migrationMode": lambda channel: channel.migration or None,
        "originalCreatedDateTime": lambda channel: written(channel.original_at),
        "tenantId": lambda channel: str(channel.workspace.tenant_id),
        "webUrl": _web_url,
    },
    default=(
        "id", "createdDateTime", "displayName", "description", "isFavoriteByDefault", "email", "tenantId", "webUrl",
        "membershipType", "isArchived", "layoutType", "migrationMode", "originalCreatedDateTime",
    ),
    unmodelled=("isFavoriteByDefault", "summary"),
)  # fmt: skip


def show_channel(call: Call, channel: Channel, chosen) -> dict:
    """Return a channel; who does not know of shared ones is told of something unknown."""
    shown = CHANNEL.show(channel, chosen)
    if channel.membership == Channel.Membership.SHARED and "membershipType" in shown and not knows_new_words(call):
        shown["membershipType"] = _UNKNOWN
    return shown


def show_member(room: str, person: Person, roles: list[str]) -> dict:
    """Return somebody as a member of a team, a channel or a chat."""
    key = base64.b64encode(f"{person.tenant_id}##{room}##{person.id}".encode()).decode()
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": key,
        "roles": roles,
        "displayName": person.display_name,
        "visibleHistoryStartDateTime": _ALWAYS,
        "userId": str(person.id),
        "email": person.mail or None,
        "tenantId": str(person.tenant_id),
    }


def show_tab(channel: Channel, tab: dict, *, with_app: bool) -> dict:
    """Return a tab of a channel."""
    shown = {
        "id": tab["id"],
        "displayName": tab["name"],
        "webUrl": f"{_web_url(channel)}&tab={tab['id']}",
        "configuration": tab["configuration"],
    }
    return shown | ({"teamsApp": show_app(tab["app"])} if with_app else {})


def show_app(app: str) -> dict:
    """Return an app of the catalogue."""
    return {"id": app, "externalId": None, "displayName": _APP_NAMES.get(app, "Praise"), "distributionMethod": "store"}


def show_installation(installed: dict, expand: set[str]) -> dict:
    """Return an installed app."""
    shown = {"id": base64.b64encode(f"{installed['id']}##{installed['app']}".encode()).decode()}
    if "teamsApp" in expand:
        shown["teamsApp"] = show_app(installed["app"])
    if "teamsAppDefinition" in expand:
        shown["teamsAppDefinition"] = _definition(installed["app"])
    return shown


def _definition(app: str) -> dict:
    return {
        "id": base64.b64encode(f"1##{app}##Published".encode()).decode(),
        "teamsAppId": app,
        "displayName": _APP_NAMES.get(app, "Praise"),
        "version": f"1.{derived_id('version', app).int % 9}.0",
        "publishingState": "published",
        "shortDescription": "An app of the simulated catalogue.",
        "description": "An app of the simulated catalogue.",
        "lastModifiedDateTime": None,
        "createdBy": None,
    }
