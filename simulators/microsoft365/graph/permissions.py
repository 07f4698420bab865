"""Which application roles open which calls: any one of a set will do. A test compares it with Microsoft's own list."""

_DEVICE_READERS = frozenset(
    {
        "DeviceManagementConfiguration.Read.All",
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementServiceConfig.Read.All",
        "DeviceManagementServiceConfig.ReadWrite.All",
    }
)
_DIRECTORY = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})
_ORGANIZATION = _DIRECTORY | {"Organization.Read.All", "Organization.ReadWrite.All"}
ORGANIZATION = _ORGANIZATION | _DEVICE_READERS | {"User.Read.All"}
LICENCES = _ORGANIZATION | {"LicenseAssignment.Read.All"}
USER_CHANGES = _DIRECTORY | {
    "AgentIdUser.ReadWrite.All",
    "AgentIdUser.ReadWrite.IdentityParentedBy",
    "User.Read.All",
    "User.ReadWrite.All",
}
USERS = (
    USER_CHANGES
    | _DEVICE_READERS
    | {
        "DeviceManagementApps.Read.All",
        "DeviceManagementApps.ReadWrite.All",
        "DeviceManagementManagedDevices.Read.All",
        "DeviceManagementManagedDevices.ReadWrite.All",
        "User.ReadBasic.All",
        "User.ReadWrite.CrossCloud",
    }
)
DELETED_USERS = _DIRECTORY | {"User.Read.All", "User.ReadWrite.All"}
MAILBOX_SETTINGS = frozenset({"MailboxSettings.Read", "MailboxSettings.ReadWrite"})
DRIVES = frozenset({"Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All"})
_GROUP_READERS = _DIRECTORY | {
    "Group-NestingSupport.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadBasic.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
}
GROUP_CHANGES = _GROUP_READERS
GROUPS = _GROUP_READERS | {"Group-PreferredDataLocation.ReadWrite.All", "Group.ManageProtection.All"}
GROUP = GROUPS | {"Group-XTenantIdentitySync.Read.All"}
_MEMBERSHIPS = frozenset(
    {"Directory.Read.All", "Group.Read.All", "Group.ReadWrite.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All"}
)
MEMBERS = _MEMBERSHIPS | {"Group.ReadBasic.All", "GroupMember.ReadBasic.All"}
OWNERS = _MEMBERSHIPS
TEAMS = frozenset({"Team.ReadBasic.All", "TeamSettings.Read.All", "TeamSettings.ReadWrite.All"})
TEAM = TEAMS | _DIRECTORY | {"Group.Read.All", "Group.ReadWrite.All"}
SITES = frozenset({"Sites.Read.All", "Sites.ReadWrite.All"})
SITE_CHANGES = SITES | {"Sites.FullControl.All", "Sites.Manage.All"}
