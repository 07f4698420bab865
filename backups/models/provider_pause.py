"""Until when a provider wants to be left alone."""

from django.db import models


class ProviderPause(models.Model):
    """A pause one process was told to make, kept where every process sees it.

    The scope is what the provider counts by: an app in a tenant, or one mailbox of it.
    """

    scope = models.CharField(max_length=300, primary_key=True)
    not_before = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.scope} not before {self.not_before:%H:%M:%S}"
