from collections.abc import Callable

from django.db import models


class Keepsake(models.Model):
    """One value that must survive a restart: the signing key, the secret of delta links, how far the clock is ahead."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()

    def __str__(self):
        return self.name

    @classmethod
    def remembered(cls, name: str, make: Callable[[], object]):
        """Return the value of ``name``, made and kept at the first time."""
        return cls.objects.get_or_create(name=name, defaults={"value": make})[0].value
