"""Who may do what, as data. The gate, the templates and the tests read these tables and nothing else.

Source: the page "Create a new user account" and the permission table of the product (section 4 there).
"""

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    """What a person is to a partner, or, for the last one, to one client of a partner."""

    ADMINISTRATOR = "ADMINISTRATOR", "Administrator"
    ACCOUNTANT = "ACCOUNTANT", "Accountant"
    BASIC = "BASIC", "Basic"
    ORGANIZATION_USER = "ORGANIZATION_USER", "Organization user"


PORTAL_ROLES = (Role.BASIC, Role.ACCOUNTANT, Role.ADMINISTRATOR)


class Product(models.TextChoices):
    """What a member may be granted besides a role."""

    CLOUD_BACKUP = "CLOUD_BACKUP", "Cloud Backup"


class Can(StrEnum):
    """One right. Its value completes the sentence "You may not …"."""

    SEE_DASHBOARD = "see the dashboard"
    EDIT_OWN_ACCOUNT = "change your own account"
    SEE_PARTNER = "see your company's details"
    EDIT_PARTNER = "change your company's details"
    MANAGE_MEMBERS = "manage users"
    SEE_AUDIT_LOG = "read the activity of all users"
    SEE_INVOICES = "see invoices and payments"
    SEE_ORGANIZATION = "see client organizations"
    CREATE_ORGANIZATION = "create client organizations"
    EDIT_ORGANIZATION = "change a client’s record"
    CONNECT_SERVICE = "connect a service to be backed up"
    SEE_REPORTS = "view backup reports"
    SEARCH_DATA = "search backed-up data"
    RESTORE_DATA = "restore backed-up data"
    EXPORT_DATA = "export backed-up data"
    CHOOSE_ITEMS = "choose what is backed up"
    EDIT_SITE_ADDRESSES = "add or change SharePoint addresses"
    MANAGE_BACKUP_SETTINGS = "change backup settings"
    SEE_ORGANIZATION_LOG = "read an organization’s audit log"
    MANAGE_ORGANIZATION_USERS = "manage an organization’s users"
    SEE_CONTACTS = "see your contacts"
    SEE_TICKETS = "see support tickets"
    WRITE_TICKETS = "create and comment on support tickets"
    TAKE_TRAINING = "take training"
    CLOSE_ALL_TICKETS = "close the tickets of colleagues"
    REQUEST_DELETION = "ask for backed-up data to be deleted"
    AUTHORIZE_DELETION = "authorize the deletion of backed-up data"
    MANAGE_RETENTION = "change how long backed-up data is kept"
    HOLD_DATA = "put backed-up data on legal hold"
    HANDLE_INCIDENTS = "see and acknowledge incidents"
    MANAGE_ALERTS = "manage alert rules and webhooks"
    MANAGE_API_KEYS = "manage API keys"


_EVERYONE = frozenset({Can.EDIT_OWN_ACCOUNT})
# The page "Create a new user account" gives Dashboard, My Contacts and Support to every role of the portal.
_STAFF = _EVERYONE | {
    Can.SEE_DASHBOARD,
    Can.SEE_PARTNER,
    Can.SEE_CONTACTS,
    Can.SEE_TICKETS,
    Can.WRITE_TICKETS,
    # The table of roles: training is for Basic too.
    Can.TAKE_TRAINING,
}
# What the page "Create clients and users" lets an organization's own people do, and partner staff with the product.
_INSIDE_A_CLIENT = frozenset(
    {
        Can.SEE_ORGANIZATION,
        Can.SEE_REPORTS,
        Can.SEARCH_DATA,
        Can.RESTORE_DATA,
        Can.EXPORT_DATA,
        Can.CHOOSE_ITEMS,
        Can.EDIT_SITE_ADDRESSES,
        Can.MANAGE_BACKUP_SETTINGS,
        Can.SEE_ORGANIZATION_LOG,
        Can.MANAGE_ORGANIZATION_USERS,
    }
)
_BACKUP_WORK = _INSIDE_A_CLIENT | {
    Can.CREATE_ORGANIZATION,
    Can.EDIT_ORGANIZATION,
    Can.CONNECT_SERVICE,
    Can.REQUEST_DELETION,
    Can.HANDLE_INCIDENTS,
}
# What decides whether backed-up data lives on: an Administrator's, and inside the product like all else about clients.
_LIFE_OF_DATA = frozenset({Can.AUTHORIZE_DELETION, Can.MANAGE_RETENTION, Can.HOLD_DATA})

GRANTS: dict[str, frozenset[Can]] = {
    Role.ADMINISTRATOR: frozenset(Can),
    Role.ACCOUNTANT: _STAFF | _BACKUP_WORK | {Can.SEE_INVOICES},
    Role.BASIC: _STAFF | _BACKUP_WORK,
    Role.ORGANIZATION_USER: _EVERYONE | _INSIDE_A_CLIENT,
}

# A role alone does not open a product; somebody must have granted the product too.
NEEDS_PRODUCT: dict[Can, Product] = dict.fromkeys(
    _BACKUP_WORK | _LIFE_OF_DATA | {Can.MANAGE_ALERTS}, Product.CLOUD_BACKUP
)

# What each role may and may not do, in the words people read where they choose one.
ROLE_CARDS: dict[str, dict] = {
    Role.BASIC: {
        "note": "For technicians.",
        "can": [
            "Views all the information on Dashboard, My Contacts and Support",
            "Creates and comments on tickets",
            "Views and edits the own account and newsletter preferences",
        ],
        "cannot": ["Invoices and payments", "Company details, other people"],
    },
    Role.ACCOUNTANT: {
        "note": "For whoever pays.",
        "can": [
            "Everything Basic may",
            "Manages billing, once customer service has opened it for this person",
        ],
        "cannot": ["Company details, other people"],
    },
    Role.ADMINISTRATOR: {
        "note": "For whoever runs the company’s portal.",
        "can": [
            "Views and edits everything in the portal",
            "Creates, edits and deletes other users",
            "Edits the company’s details",
            "Resets other people’s second factor",
        ],
        "cannot": [],
    },
}

# What the users of a client may and may not do, in the words of the page "Create clients and users" with this
# product's names, beside the rights that make it so. Where there is none, the wall keeps it: another organization
# is not there for them.
ORGANIZATION_USER_CAN: tuple[tuple[str, tuple[Can, ...]], ...] = (
    ("Access their organization’s instance of Cloud Backup", (Can.SEE_ORGANIZATION,)),
    ("View organization backup reports", (Can.SEE_REPORTS,)),
    # Handing data out belongs to it; that page has no sentence of its own for it.
    ("Perform organization data search and restore", (Can.SEARCH_DATA, Can.RESTORE_DATA, Can.EXPORT_DATA)),
    ("Select (and deselect) organization end user accounts for backup", (Can.CHOOSE_ITEMS,)),
    ("Manage organization backup settings", (Can.MANAGE_BACKUP_SETTINGS,)),
    ("Add or edit organization SharePoint URLs", (Can.EDIT_SITE_ADDRESSES,)),
    ("Toggle services on or off for backup", (Can.MANAGE_BACKUP_SETTINGS,)),
    ("Explore organization audit logs", (Can.SEE_ORGANIZATION_LOG,)),
    ("Create or delete other organization-level users", (Can.MANAGE_ORGANIZATION_USERS,)),
    ("Enable multi-factor authentication (MFA)", (Can.EDIT_OWN_ACCOUNT,)),
)
ORGANIZATION_USER_CANNOT: tuple[tuple[str, tuple[Can, ...]], ...] = (
    ("Cannot access the partner portal", (Can.SEE_DASHBOARD,)),
    ("Cannot sign up for a new service to be backed up in Cloud Backup", (Can.CONNECT_SERVICE,)),
    ("Cannot create a new organization or provider in Cloud Backup", (Can.CREATE_ORGANIZATION,)),
    ("Cannot access other organizations in Cloud Backup", ()),
    ("Cannot access user management for reseller-level accounts in the partner portal", (Can.MANAGE_MEMBERS,)),
)
