"""The group and the team of Graph, made from a group."""

from collections.abc import Callable

from simulators.microsoft365.graph.dates import written
from simulators.microsoft365.graph.selecting import Shape
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Group


def mail_of(group: Group) -> str | None:
    """Return the address of a group; security groups have none."""
    return f"{group.nickname}@{group.tenant.domain}" if group.is_unified else None


def _visibility(group: Group) -> str | None:
    if not group.is_unified:
        return None
    return "Public" if group.is_public else "Private"


GROUP = Shape(
    "group",
    {
        "id": lambda group: str(group.id),
        "createdDateTime": lambda group: written(group.created_at),
        "creationOptions": lambda group: ["Team"] if group.is_team else [],
        "deletedDateTime": lambda group: written(group.deleted_at),
        "description": lambda group: group.description or None,
        "displayName": lambda group: group.display_name,
        "groupTypes": lambda group: ["Unified"] if group.is_unified else [],
        "mail": mail_of,
        "mailEnabled": lambda group: group.is_unified,
        "mailNickname": lambda group: group.nickname,
        "onPremisesProvisioningErrors": lambda group: [],
        "proxyAddresses": lambda group: [f"SMTP:{mail_of(group)}"] if group.is_unified else [],
        "renewedDateTime": lambda group: written(group.created_at),
        "resourceBehaviorOptions": lambda group: [],
        "resourceProvisioningOptions": lambda group: ["Team"] if group.is_team else [],
        "securityEnabled": lambda group: not group.is_unified,
        "securityIdentifier": lambda group: f"S-1-12-1-{group.id.int >> 96}-{group.id.int & 0xFFFFFFFF}",
        "serviceProvisioningErrors": lambda group: [],
        "visibility": _visibility,
    },
    default=(
        "id", "deletedDateTime", "classification", "createdDateTime", "creationOptions", "description", "displayName",
        "expirationDateTime", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname",
        "membershipRule", "membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime",
        "onPremisesNetBiosName", "onPremisesProvisioningErrors", "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "preferredDataLocation", "preferredLanguage",
        "proxyAddresses", "renewedDateTime", "resourceBehaviorOptions", "resourceProvisioningOptions",
        "securityEnabled", "securityIdentifier", "serviceProvisioningErrors", "theme", "uniqueName", "visibility",
    ),
    unmodelled=(
        "classification", "expirationDateTime", "isAssignableToRole", "membershipRule",
        "membershipRuleProcessingState", "onPremisesDomainName", "onPremisesLastSyncDateTime",
        "onPremisesNetBiosName", "onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
        "preferredDataLocation", "preferredLanguage", "theme", "uniqueName",
    ),
    relations=("members", "owners"),
)  # fmt: skip


def _thread(group: Group) -> str:
    return f"19:{derived_id('thread', group.id).hex}@thread.tacv2"


_MEMBER_SETTINGS = (
    "allowAddRemoveApps", "allowCreatePrivateChannels", "allowCreateUpdateChannels",
    "allowCreateUpdateRemoveConnectors", "allowCreateUpdateRemoveTabs", "allowDeleteChannels",
)  # fmt: skip
_MESSAGING_SETTINGS = (
    "allowUserEditMessages", "allowUserDeleteMessages", "allowOwnerDeleteMessages", "allowTeamMentions",
    "allowChannelMentions",
)  # fmt: skip
# What the settings of a team are until somebody changes them.
TEAM_SETTINGS = {
    "memberSettings": dict.fromkeys(_MEMBER_SETTINGS, True),
    "guestSettings": {"allowCreateUpdateChannels": False, "allowDeleteChannels": False},
    "messagingSettings": dict.fromkeys(_MESSAGING_SETTINGS, True),
    "funSettings": {
        "allowGiphy": True,
        "giphyContentRating": "moderate",
        "allowStickersAndMemes": True,
        "allowCustomMemes": True,
    },
}


def _settings(name: str) -> Callable[[Group], dict]:
    def settings_of(group: Group) -> dict:
        # What a team holds is made when somebody first looks into it.
        changed = getattr(getattr(group, "workspace", None), "settings", {})
        return TEAM_SETTINGS[name] | changed.get(name, {})

    return settings_of


TEAM = Shape(
    "team",
    {
        "id": lambda group: str(group.id),
        "createdDateTime": lambda group: written(group.created_at),
        "description": lambda group: group.description or None,
        "displayName": lambda group: group.display_name,
        "internalId": _thread,
        "isArchived": lambda group: group.is_archived,
        "tenantId": lambda group: str(group.tenant_id),
        "visibility": lambda group: "public" if group.is_public else "private",
        "webUrl": lambda group: f"https://teams.example/l/team/{_thread(group)}?groupId={group.id}",
    }
    | {name: _settings(name) for name in TEAM_SETTINGS},
    default=(
        "id", "createdDateTime", "displayName", "description", "internalId", "classification", "specialization",
        "visibility", "webUrl", "isArchived", "tenantId", "memberSettings", "guestSettings", "messagingSettings",
        "funSettings",
    ),
    unmodelled=("classification", "specialization", "summary", "firstChannelName"),
)  # fmt: skip
# A list of teams names little; the rest is null until one asks for a single team.
TEAM_IN_LIST = Shape(
    "team",
    {name: TEAM.makers[name] for name in ("id", "displayName", "description", "visibility", "tenantId")},
    default=("id", "displayName", "description", "visibility"),
    unmodelled=tuple(set(TEAM.makers) - {"id", "displayName", "description", "visibility", "tenantId"}),
)
