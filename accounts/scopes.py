"""What a key may read. The views of the API, the form and the tests read this table and nothing else.

Source: the page "API keys" of the product, which has one box for each of three products and one for billing.
"""

from django.db import models


class Scope(models.TextChoices):
    """One box at a key."""

    CLOUD_BACKUP = "CLOUD_BACKUP", "Cloud Backup"
    RECOVER = "RECOVER", "Recover"
    SYNC = "SYNC", "Sync"
    BILLING = "BILLING", "Billing"


# What each opens, in the words people read where they choose.
SCOPE_NOTES: dict[str, str] = {
    Scope.CLOUD_BACKUP: "Clients, their users, sites and teams, and how their backups stand.",
    Scope.RECOVER: "Opens nothing here: this installation protects no machines.",
    Scope.SYNC: "Opens nothing here: this installation synchronizes no files.",
    Scope.BILLING: "What is billable at each client. Easily forgotten.",
}
