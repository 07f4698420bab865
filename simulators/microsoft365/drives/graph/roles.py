"""Which application roles open which calls of drives, lists and pages."""

_SITES = frozenset({"Sites.Read.All", "Sites.ReadWrite.All"})
_GROUPS = frozenset({"Group.Read.All", "Group.ReadWrite.All"})
READ_FILES = _SITES | {"Files.Read.All", "Files.ReadWrite.All"}
READ_ITEM = READ_FILES | _GROUPS
READ_SITES = _SITES
READ_LIST_ITEM = _SITES | {"Sites.Manage.All"}
READ_SCHEMA = _SITES | {"Sites.Manage.All", "Sites.FullControl.All"}
WRITE_FILES = frozenset({"Files.ReadWrite.All", "Sites.ReadWrite.All"})
UPLOAD = frozenset({"Sites.ReadWrite.All"})
WRITE_ITEMS = frozenset({"Sites.ReadWrite.All"})
CREATE_LISTS = frozenset({"Sites.ReadWrite.All", "Sites.Manage.All"})
