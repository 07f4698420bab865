from django.db import models
from django.db.models import Q

from simulators.microsoft365.drives.models.drive import Drive


class NodeQuerySet(models.QuerySet):
    def live(self):
        """Those that exist."""
        return self.filter(deleted_at=None)

    def below(self, node: "Node") -> list["Node"]:
        """Return what of these lies below a folder, at any depth, the nearest first."""
        found, level = [], [node]
        while level:
            level = list(self.filter(parent_id__in=[one.id for one in level]).order_by("id"))
            found += level
        return found


class Node(models.Model):
    """A file or folder of a drive, the root among them."""

    class Kind(models.TextChoices):
        ROOT = "root"
        FOLDER = "folder"
        FILE = "file"
        # A notebook of OneNote: shown, but not to be read as a file.
        PACKAGE = "package"

    id = models.UUIDField(primary_key=True)
    drive = models.ForeignKey(Drive, models.CASCADE, related_name="nodes", db_index=False)
    parent_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(max_length=400)
    size = models.BigIntegerField(default=0)
    # What the content is derived from, besides the id and the edition.
    recipe = models.CharField(max_length=300, blank=True)
    # How often its content was written, and how often anything of it.
    edition = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    quick_xor_hash = models.CharField(max_length=28, blank=True)
    has_malware = models.BooleanField(default=False)
    # "" for what is not shared, else who may: users, organization or anonymous.
    shared_scope = models.CharField(max_length=12, blank=True)
    # How often a download shall still go wrong: {"stale": n, "damaged": n, "stale_in_lists": true}.
    trouble = models.JSONField(default=dict)
    author_id = models.UUIDField()
    author_name = models.CharField(max_length=256)
    editor_id = models.UUIDField()
    editor_name = models.CharField(max_length=256)
    created_at = models.DateTimeField()
    modified_at = models.DateTimeField()
    # What the computer of the author says; the two above are the server's.
    file_created_at = models.DateTimeField()
    file_modified_at = models.DateTimeField()
    # When the content was written last.
    written_at = models.DateTimeField()
    # The number of the line that created it; 0 for what the drive was born with.
    created_seq = models.PositiveBigIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True)

    objects = NodeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["drive", "id"], name="drives_node_paging"),
            models.Index(fields=["parent_id", "id"], name="drives_node_children"),
        ]
        constraints = [
            # SharePoint's names are blind to case, but not to Unicode's two ways of writing a letter.
            models.UniqueConstraint(
                models.F("parent_id"),
                models.functions.Lower("name"),
                condition=Q(deleted_at=None),
                name="drives_one_live_node_per_name",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def is_gone(self) -> bool:
        return self.deleted_at is not None

    @property
    def is_folder(self) -> bool:
        return self.kind in (self.Kind.ROOT, self.Kind.FOLDER)


class Version(models.Model):
    """What a file was like before it was written again."""

    node = models.ForeignKey(Node, models.CASCADE, related_name="versions")
    edition = models.PositiveIntegerField()
    recipe = models.CharField(max_length=300, blank=True)
    size = models.BigIntegerField()
    quick_xor_hash = models.CharField(max_length=28, blank=True)
    editor_id = models.UUIDField()
    editor_name = models.CharField(max_length=256)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["node", "edition"], name="drives_one_version_per_edition")]

    def __str__(self):
        return f"{self.node_id} {self.edition}.0"

    @classmethod
    def of(cls, node: Node) -> "Version":
        """Return what a file is now, as a version to keep."""
        names = ("edition", "recipe", "size", "quick_xor_hash", "editor_id", "editor_name", "written_at")
        return cls(node=node, **{name: getattr(node, name) for name in names})


class Permission(models.Model):
    """Somebody may read or write a file or folder: a person, a group, or whoever has a link."""

    id = models.UUIDField(primary_key=True)
    node = models.ForeignKey(Node, models.CASCADE, related_name="permissions")
    role = models.CharField(max_length=8)
    # "user", "group" or "link".
    grantee = models.CharField(max_length=8)
    grantee_id = models.CharField(max_length=64, blank=True)
    grantee_name = models.CharField(max_length=256, blank=True)
    # "view" or "edit"; "users", "organization" or "anonymous".
    link_type = models.CharField(max_length=8, blank=True)
    link_scope = models.CharField(max_length=12, blank=True)
    has_password = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.role} for {self.grantee_name or self.link_scope}"
