"""Which permissions we ask a client's administrator for, and why, as data.

The consent page prints the reasons, the connection compares the newest token with this list, and a test compares it
with Microsoft's own permission data. Backup only reads; restoring is a registration of its own that is asked for when
somebody wants to restore.
"""

from dataclasses import dataclass

from organizations.models.source_app import SourceApp


@dataclass(frozen=True)
class Permission:
    """One application permission, by Microsoft's name, with the reason people read before they consent."""

    name: str
    reason: str


BACKUP = (
    Permission("User.Read.All", "List the people who can be protected"),
    Permission("Group.Read.All", "List teams, and groups whose members are left out"),
    Permission("LicenseAssignment.Read.All", "Count licences, which set how fast Microsoft lets us read"),
    Permission("MailboxSettings.Read", "Tell shared mailboxes and rooms from people"),
    Permission("Mail.Read", "Back up mail"),
    Permission("Calendars.Read", "Back up calendars"),
    Permission("Contacts.Read", "Back up contacts"),
    Permission("Files.Read.All", "Back up OneDrive and the files of teams"),
    Permission("Sites.Read.All", "List and back up SharePoint sites"),
    Permission("Team.ReadBasic.All", "List teams"),
    Permission("TeamSettings.Read.All", "Back up the settings of teams"),
    Permission("TeamMember.Read.All", "Back up who belongs to a team"),
    Permission("Channel.ReadBasic.All", "List the channels of teams"),
    Permission("ChannelMember.Read.All", "Back up who belongs to a channel"),
    Permission("ChannelMessage.Read.All", "Back up the conversations of channels"),
    Permission("TeamsTab.Read.All", "Back up the tabs of channels"),
    Permission("TeamsAppInstallation.ReadForTeam.All", "Back up which apps a team uses"),
)
RESTORE = (
    Permission("Mail.ReadWrite", "Put mail back"),
    Permission("Calendars.ReadWrite", "Put events back"),
    Permission("Contacts.ReadWrite", "Put contacts back"),
    Permission("Files.ReadWrite.All", "Put files back"),
    Permission("Sites.ReadWrite.All", "Put site content back"),
    Permission("Sites.Manage.All", "Make lists and libraries anew"),
    Permission("Team.Create", "Make a team anew"),
    Permission("TeamSettings.ReadWrite.All", "Put the settings of a team back"),
    Permission("TeamMember.ReadWrite.All", "Put members back into a team"),
    Permission("Channel.ReadBasic.All", "See which channels a team has already"),
    Permission("Channel.Create", "Make a channel anew"),
    Permission("ChannelMember.ReadWrite.All", "Put members back into a channel"),
    Permission("TeamsTab.ReadWriteForTeam.All", "Put tabs back into a channel"),
    Permission("TeamsAppInstallation.ReadWriteForTeam.All", "Put apps back into a team"),
    Permission("Teamwork.Migrate.All", "Put conversations back with their old dates"),
    Permission("ChannelMessage.Read.All", "See which messages are back already, so that none comes twice"),
)
_OF = {SourceApp.Purpose.BACKUP: BACKUP, SourceApp.Purpose.RESTORE: RESTORE}


def permissions_of(purpose: str) -> tuple[Permission, ...]:
    """Return what the app of ``purpose`` asks for."""
    return _OF[SourceApp.Purpose(purpose)]


def missing_from(roles: list[str], purpose: str) -> list[str]:
    """Return the names of the permissions that a token with ``roles`` lacks, in the order of the list."""
    return [permission.name for permission in permissions_of(purpose) if permission.name not in roles]
