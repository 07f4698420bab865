"""What is backed up of an organization, as its Services page says."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.scoping import TenantQuerySet
from organizations.models.group import Group
from organizations.models.organization import Organization


class Policy(models.Model):
    """One per organization: the kinds that are read, the users that are left out, what happens to newcomers.

    A kind that is off is not read any more; what was saved stays. A filter wins over the automatic backup of new
    users and over a choice by hand.
    """

    KINDS = ("mail", "calendar", "contacts", "onedrive", "sharepoint", "teams")

    class Interval(models.IntegerChoices):
        """How often a backup begins, in hours. They divide a day, so that it begins at the same times every day."""

        HOURLY = 1, "every hour"
        EVERY_2 = 2, "every 2 hours"
        EVERY_3 = 3, "every 3 hours"
        EVERY_4 = 4, "every 4 hours"
        EVERY_6 = 6, "every 6 hours"
        EVERY_8 = 8, "every 8 hours"
        EVERY_12 = 12, "every 12 hours"
        DAILY = 24, "once a day"

    organization = models.OneToOneField(Organization, models.CASCADE, related_name="policy")
    mail = models.BooleanField(default=True)
    calendar = models.BooleanField(default=True)
    contacts = models.BooleanField(default=True)
    onedrive = models.BooleanField(default=True)
    sharepoint = models.BooleanField(default=True)
    teams = models.BooleanField(default=True)
    backup_every = models.PositiveSmallIntegerField(choices=Interval.choices, default=Interval.EVERY_8)

    skip_external = models.BooleanField(default=True)
    skip_shared_mailboxes = models.BooleanField(default=False)
    skip_disabled = models.BooleanField(default=False)
    skip_groups = models.ManyToManyField(Group, blank=True, related_name="+")
    # Patterns of addresses with * and ?, lower case, such as test-*@*.
    skip_patterns = ArrayField(models.CharField(max_length=120), default=list, blank=True)

    # They act on what appears after they were switched on.
    auto_users = models.BooleanField(default=False)
    auto_users_since = models.DateTimeField(null=True, blank=True)
    auto_sites = models.BooleanField(default=False)
    auto_sites_since = models.DateTimeField(null=True, blank=True)
    auto_teams = models.BooleanField(default=False)
    auto_teams_since = models.DateTimeField(null=True, blank=True)

    # Grows with every save, so that two people who save at once do not undo each other unseen.
    revision = models.PositiveIntegerField(default=0)

    objects = TenantQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Services of {self.organization}"
