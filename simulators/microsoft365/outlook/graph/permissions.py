"""Which application roles open which calls of Exchange. A test compares it with Microsoft's own list."""

READ_MAIL = frozenset({"Mail.Read", "Mail.ReadBasic.All", "Mail.ReadWrite"})
READ_MAIL_CONTENT = frozenset({"Mail.Read", "Mail.ReadWrite"})
WRITE_MAIL = frozenset({"Mail.ReadWrite"})
READ_EVENTS = frozenset({"Calendars.Read", "Calendars.ReadBasic", "Calendars.ReadWrite"})
READ_EVENT_CONTENT = frozenset({"Calendars.Read", "Calendars.ReadWrite"})
WRITE_EVENTS = frozenset({"Calendars.ReadWrite"})
READ_CONTACTS = frozenset({"Contacts.Read", "Contacts.ReadWrite"})
WRITE_CONTACTS = frozenset({"Contacts.ReadWrite"})
UPLOAD = WRITE_MAIL | WRITE_EVENTS
TRANSLATE = frozenset(
    {
        "AgentIdUser.ReadWrite.All",
        "AgentIdUser.ReadWrite.IdentityParentedBy",
        "User.Read.All",
        "User.ReadWrite.All",
    }
)
READ_FOLDERS = frozenset({"MailboxFolder.Read.All", "MailboxFolder.ReadWrite.All"})
READ_ITEMS = frozenset({"MailboxItem.Read.All", "MailboxItem.ReadWrite.All"})
EXPORT_ITEMS = frozenset({"MailboxItem.Export.All", "MailboxItem.ImportExport.All"})
IMPORT_ITEMS = frozenset({"MailboxItem.ImportExport.All"})
EXCHANGE_SETTINGS = READ_FOLDERS | {"MailboxSettings.Read", "MailboxSettings.ReadWrite"}
