from django.db import models

from simulators.microsoft365.outlook.models.mailbox import Mailbox


class FolderQuerySet(models.QuerySet):
    def live(self):
        """Those that exist."""
        return self.filter(deleted_at=None)


class Folder(models.Model):
    """A mail folder, a calendar or a contact folder."""

    class Kind(models.TextChoices):
        MAIL = "mail"
        CALENDAR = "calendar"
        CONTACTS = "contacts"

    id = models.UUIDField(primary_key=True)
    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="folders", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # None for the roots of a mailbox, which no list shows.
    parent_id = models.UUIDField(null=True)
    name = models.CharField(max_length=256)
    # "inbox", "drafts", …: the same in every language.
    well_known = models.CharField(max_length=40, blank=True)
    is_hidden = models.BooleanField(default=False)
    # Properties of Graph that are not derived.
    values = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    created_seq = models.PositiveBigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)

    objects = FolderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["mailbox", "kind", "id"], name="outlook_folder_paging")]

    def __str__(self):
        return self.name

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None
