"""Which application roles open which calls of Teams. A test compares it with Microsoft's own list.

Roles that end in `.Group` are granted by a team, not by the tenant, so no app here has one; they stand in the list.
"""

_DIRECTORY = frozenset({"Directory.Read.All", "Directory.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"})
_WRITE_DIRECTORY = frozenset({"Directory.ReadWrite.All", "Group.ReadWrite.All"})
_GROUPS = frozenset({"Group.Read.All", "Group.ReadWrite.All"})
READ_MEMBERS = frozenset({"TeamMember.Read.All", "TeamMember.Read.Group", "TeamMember.ReadWrite.All"})
READ_ALL_CHANNELS = frozenset({"Channel.ReadBasic.All", "ChannelSettings.Read.All", "ChannelSettings.ReadWrite.All"})
READ_PRIMARY_CHANNEL = READ_ALL_CHANNELS | {"ChannelSettings.Read.Group", "ChannelSettings.ReadWrite.Group"}
READ_CHANNELS = READ_PRIMARY_CHANNEL | _DIRECTORY
READ_CHANNEL_MEMBERS = frozenset(
    {
        "ChannelMember.Read.All",
        "ChannelMember.Read.Group",
        "ChannelMember.ReadWrite.All",
        "ChannelMember.ReadWrite.Group",
    }
)
WRITE_TABS = _WRITE_DIRECTORY | {
    "TeamsTab.Create",
    "TeamsTab.Create.Group",
    "TeamsTab.ReadWrite.All",
    "TeamsTab.ReadWriteForTeam.All",
    "TeamsTab.ReadWriteSelfForTeam.All",
}
DELETE_TABS = _WRITE_DIRECTORY | {
    "TeamsTab.Delete.Group",
    "TeamsTab.ReadWrite.All",
    "TeamsTab.ReadWrite.Group",
    "TeamsTab.ReadWriteForTeam.All",
    "TeamsTab.ReadWriteSelfForTeam.All",
}
READ_TABS = _DIRECTORY | {
    "TeamsTab.Read.All",
    "TeamsTab.Read.Group",
    "TeamsTab.ReadWrite.All",
    "TeamsTab.ReadWrite.Group",
    "TeamsTab.ReadWriteForTeam.All",
    "TeamsTab.ReadWriteSelfForTeam.All",
}
_MANAGE_APPS = frozenset(
    {
        "TeamsAppInstallation.ManageSelectedForTeam.All",
        "TeamsAppInstallation.ReadWriteAndConsentForTeam.All",
        "TeamsAppInstallation.ReadWriteAndConsentSelfForTeam.All",
        "TeamsAppInstallation.ReadWriteForTeam.All",
        "TeamsAppInstallation.ReadWriteSelfForTeam.All",
    }
)
WRITE_APPS = _WRITE_DIRECTORY | _MANAGE_APPS
READ_APPS = (
    _DIRECTORY
    | _MANAGE_APPS
    | {
        "TeamsAppInstallation.Read.All",
        "TeamsAppInstallation.Read.Group",
        "TeamsAppInstallation.ReadForTeam.All",
    }
)
READ_FILES_FOLDER = _GROUPS | {
    "File.Read.Group",
    "Files.Read.All",
    "Files.ReadWrite.All",
    "Sites.Read.All",
    "Sites.ReadWrite.All",
}
READ_MESSAGES = _GROUPS | {"ChannelMessage.Read.All", "ChannelMessage.Read.Group"}
READ_ALL_MESSAGES = frozenset({"ChannelMessage.Read.All"})
READ_CONVERSATIONS = _GROUPS | {"Group-Conversation.Read.All", "Group-Conversation.ReadWrite.All"}
LIST_CHATS = frozenset({"Chat.ReadBasic.All", "Chat.ReadWrite.All"})
READ_CHATS = frozenset({"Chat.Read.All", "Chat.ReadWrite.All"})
CREATE_TEAM = _WRITE_DIRECTORY | {"Team.Create", "Teamwork.Migrate.All"}
UPDATE_TEAM = _WRITE_DIRECTORY | {"TeamSettings.ReadWrite.All", "TeamSettings.ReadWrite.Group"}
CREATE_CHANNEL = _WRITE_DIRECTORY | {"Channel.Create", "Channel.Create.Group", "Teamwork.Migrate.All"}
ADD_MEMBER = frozenset({"TeamMember.ReadWrite.All", "TeamMember.ReadWriteNonOwnerRole.All"})
ADD_CHANNEL_MEMBER = frozenset({"ChannelMember.ReadWrite.All", "ChannelMember.ReadWrite.Group"})
MIGRATE = frozenset({"Teamwork.Migrate.All"})
# Not in the list; on the page of the call, whoever may create a team may ask how it goes.
READ_OPERATION = CREATE_TEAM | {"Team.ReadBasic.All", "TeamSettings.Read.All", "TeamSettings.ReadWrite.All"}
