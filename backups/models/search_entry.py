"""The index of what is kept: one row for each saved state of an object, and how far the index has come.

Rows follow the vault by foreign keys of the database's own (see the migration): what the vault forgets, however and
whenever, the index forgets in the same transaction, and a version that ends is closed here too.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from accounts.scoping import TenantQuerySet
from backups.models.container import Container
from backups.models.vault_object import STILL


class SearchProgress(models.Model):
    """Up to which commit the vault of an organization is indexed.

    Its primary key is the mark that every token of the organization begins with, so that nobody's words lie among
    those of somebody else.
    """

    organization = models.UUIDField(unique=True)
    commit = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization} up to commit {self.commit}"


class SearchEntryQuerySet(TenantQuerySet):
    organization_path = "container__organization"


class SearchEntry(models.Model):
    """One saved state of a message, event, contact or file, as people search for it."""

    # The vault's key of the version it describes.
    organization = models.UUIDField()
    object = models.UUIDField()
    from_commit = models.BigIntegerField()
    # Stands in no index on purpose: a version that ends is then closed in place, without touching any index.
    to_commit = models.BigIntegerField(default=STILL)
    container = models.ForeignKey(Container, models.CASCADE, related_name="search_entries", db_index=False)
    kind = models.CharField(max_length=10, choices=Container.Kind.choices)
    feed_key = models.CharField(max_length=400, blank=True, db_collation="C")
    object_id = models.TextField(db_collation="C")
    # The folder of a drive it lies in; "" at the top and where feeds have none.
    parent_id = models.TextField(blank=True, default="", db_default="", db_collation="C")
    # Subject, title or file name; and who it is from and to, as far as it fits into a line.
    name = models.CharField(max_length=400, blank=True)
    people = models.CharField(max_length=400, blank=True)
    # The object's own moment: received, starts, last modified; where it says none, when it was saved.
    at = models.DateTimeField()
    # With its parts.
    size = models.BigIntegerField(default=0)
    has_attachments = models.BooleanField(default=False)
    is_folder = models.BooleanField(default=False)
    # Why its text, or that of something attached, could not be read; empty where all of it was.
    text_state = models.CharField(max_length=20, blank=True)
    words = SearchVectorField()
    # The beginning of its text, to show what was found.
    text = models.TextField(blank=True)

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "object", "from_commit"], name="backups_one_search_entry_per_version"
            ),
        ]
        indexes = [
            GinIndex(fields=["words"], name="backups_search_by_words", fastupdate=False),
            models.Index(fields=["organization", "at"], name="backups_search_by_time"),
            models.Index(fields=["container", "feed_key", "parent_id", "at"], name="backups_search_by_folder"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.object_id} from commit {self.from_commit}"

    @property
    def stands(self) -> bool:
        """Whether this is how the object is now, as far as the newest backup knows."""
        return self.to_commit == STILL
