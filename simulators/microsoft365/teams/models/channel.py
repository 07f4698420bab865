from uuid import UUID

from django.db import models

from simulators.microsoft365.teams.models.workspace import Migration, Workspace

_HEAD, _TAIL = "19:", "@thread.tacv2"


class ChannelQuerySet(models.QuerySet):
    def live(self):
        """Those that exist."""
        return self.filter(deleted_at=None)


class Channel(models.Model):
    """A channel of a team."""

    class Membership(models.TextChoices):
        STANDARD = "standard"
        PRIVATE = "private"
        SHARED = "shared"

    id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="channels")
    name = models.CharField(max_length=260)
    description = models.CharField(max_length=1024, blank=True)
    membership = models.CharField(max_length=8, choices=Membership.choices, default=Membership.STANDARD)
    is_general = models.BooleanField(default=False)
    # The site of its own that a private or shared channel has.
    site_id = models.UUIDField(null=True)
    # Those in a private or shared channel: {"id": …, "owner": bool}.
    members = models.JSONField(default=list)
    # {"id": …, "app": …, "name": …, "configuration": {…}}
    tabs = models.JSONField(default=list)
    created_at = models.DateTimeField()
    # When the conversation began that was brought in, where that is told.
    original_at = models.DateTimeField(null=True)
    migration = models.CharField(max_length=10, choices=Migration.choices, blank=True)
    # The app that brings in messages.
    migrated_by = models.CharField(max_length=40, blank=True)
    deleted_at = models.DateTimeField(null=True)

    objects = ChannelQuerySet.as_manager()

    def __str__(self):
        return self.name

    @property
    def thread_id(self) -> str:
        """The id Graph gives it."""
        return f"{_HEAD}{self.id.hex}{_TAIL}"

    @property
    def has_own_site(self) -> bool:
        return self.membership != self.Membership.STANDARD


def uuid_of_thread(word: str) -> UUID | None:
    """Return what the id of a thread says, or None where it is none."""
    if not (word.startswith(_HEAD) and word.endswith(_TAIL)):
        return None
    try:
        return UUID(hex=word[len(_HEAD) : -len(_TAIL)])
    except ValueError:
        return None
