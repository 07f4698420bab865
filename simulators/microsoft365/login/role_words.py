"""Application roles in the words an administrator reads before accepting."""

ROLE_WORDS = {
    "Calendars.Read": (
        "Read calendars in all mailboxes",
        "Read every event of every calendar without a signed-in user.",
    ),
    "Calendars.ReadWrite": (
        "Read and write calendars in all mailboxes",
        "Create, change and delete events everywhere.",
    ),
    "Channel.Create": ("Create channels", "Create channels in any team."),
    "Channel.ReadBasic.All": ("Read the names and descriptions of all channels", "See which channels each team has."),
    "ChannelMember.Read.All": ("Read the members of all channels", "See who is in each channel."),
    "ChannelMessage.Read.All": ("Read all channel messages", "Read what was written in every channel of every team."),
    "Chat.Read.All": ("Read all chat messages", "Read what was written in every chat."),
    "Chat.ReadBasic.All": ("Read names and members of all chats", "See which chats there are and who is in them."),
    "Contacts.Read": ("Read contacts in all mailboxes", "Read every contact without a signed-in user."),
    "Contacts.ReadWrite": (
        "Read and write contacts in all mailboxes",
        "Create, change and delete contacts everywhere.",
    ),
    "Files.Read.All": ("Read files in all site collections", "Read every file in OneDrive and SharePoint."),
    "Files.ReadWrite.All": ("Read and write files in all site collections", "Create, change and delete every file."),
    "Group.Read.All": ("Read all groups", "Read every group with its members, conversations and files."),
    "LicenseAssignment.Read.All": ("Read all licence assignments", "See which licences there are and who has one."),
    "Mail.Read": ("Read mail in all mailboxes", "Read every message of every mailbox without a signed-in user."),
    "Mail.ReadWrite": (
        "Read and write mail in all mailboxes",
        "Create, change and delete messages, but not send them.",
    ),
    "MailboxFolder.Read.All": ("Read all mailbox folders", "See every folder of every mailbox."),
    "MailboxFolder.ReadWrite.All": ("Read and write all mailbox folders", "Create and change folders everywhere."),
    "MailboxItem.Export.All": ("Export all mailbox items", "Export every item of every mailbox without loss."),
    "MailboxItem.ImportExport.All": ("Import and export all mailbox items", "Bring exported items back."),
    "MailboxItem.Read.All": ("Read all mailbox items", "List every item of every mailbox."),
    "MailboxSettings.Read": ("Read all mailbox settings", "See what each mailbox is for, and its language and zone."),
    "Notes.Read.All": ("Read all OneNote notebooks", "Read every notebook in the organization."),
    "Sites.FullControl.All": ("Have full control of all site collections", "Do everything in every site."),
    "Sites.Manage.All": ("Create, change and delete lists in all sites", "Manage lists and libraries everywhere."),
    "Sites.Read.All": ("Read items in all site collections", "Read every document and list of every site."),
    "Sites.ReadWrite.All": ("Read and write items in all site collections", "Change every document and list."),
    "Tasks.Read.All": ("Read all tasks", "Read every task list of everybody."),
    "Team.Create": ("Create teams", "Create teams without a signed-in user."),
    "Team.ReadBasic.All": ("List all teams", "Read the names and descriptions of every team."),
    "TeamMember.Read.All": ("Read the members of all teams", "See who is in each team."),
    "TeamMember.ReadWrite.All": ("Add and remove members of all teams", "Change who is in each team, owners included."),
    "TeamSettings.Read.All": ("Read the settings of all teams", "See how each team is set up."),
    "TeamsAppInstallation.ReadForTeam.All": ("Read the apps of all teams", "See which apps each team uses."),
    "TeamsTab.Read.All": ("Read the tabs of all teams", "See which tabs the channels show."),
    "Teamwork.Migrate.All": ("Bring chat and channel messages into Teams", "Write messages with their first dates."),
    "User.Read.All": ("Read the full profiles of all users", "Read everything the directory knows about people."),
}


def in_words(role: str) -> dict[str, str]:
    """Return a role with its title and what it allows."""
    title, meaning = ROLE_WORDS.get(role, (role, "The simulator has no words for this permission."))
    return {"role": role, "title": title, "meaning": meaning}
