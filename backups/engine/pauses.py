"""Pauses that providers asked for, in the database, where every worker sees them."""

from datetime import datetime

from django.db import connection

from backups.connectors.limits import PausesHere
from backups.models import ProviderPause


class SharedPauses:
    """The `Pauses` of `backups.connectors.limits`, shared by all processes, and at once by all threads of this one."""

    def __init__(self) -> None:
        self._here = PausesHere()

    def until(self, scope: str) -> datetime | None:
        """Return the moment before which nothing of ``scope`` may be asked, or None."""
        told = ProviderPause.objects.filter(scope=scope[:300]).values_list("not_before", flat=True).first()
        # Asked last: another thread may have been sent away while the database answered.
        here = self._here.until(scope)
        return max(filter(None, (told, here)), default=None)

    def note(self, scope: str, not_before: datetime) -> None:
        """Remember a pause, also inside a transaction of the caller's; a shorter one never shortens a longer one."""
        self._here.note(scope, not_before)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO backups_providerpause (scope, not_before) VALUES (%s, %s)
                ON CONFLICT (scope) DO UPDATE
                   SET not_before = greatest(backups_providerpause.not_before, excluded.not_before)
                """,
                [scope[:300], not_before],
            )
