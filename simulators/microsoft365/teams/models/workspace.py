from django.db import models

from simulators.microsoft365.models import Group, Tenant


class Migration(models.TextChoices):
    """Whether old messages may be brought in, in Graph's words."""

    NEVER = ""
    IN_PROGRESS = "inProgress"
    COMPLETED = "completed"


class Workspace(models.Model):
    """What a team holds besides its group, made when somebody first looks into it."""

    group = models.OneToOneField(Group, models.CASCADE, primary_key=True, related_name="workspace")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="workspaces")
    # The installed apps: {"id": …, "app": …}.
    apps = models.JSONField(default=list)
    # Of the settings only what somebody changed, by Graph's names.
    settings = models.JSONField(default=dict)
    # Some teams do not let their members be read, and nobody knows why.
    refuses_members = models.BooleanField(default=False)
    migration = models.CharField(max_length=10, choices=Migration.choices, blank=True)
    # How many things were created since it was made; ids count by it.
    made = models.PositiveIntegerField(default=0)
    # Delta links of another epoch are forgotten.
    epoch = models.PositiveIntegerField(default=0)
    days_played = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"workspace of {self.group_id}"
