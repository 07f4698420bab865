"""The simulator's one clock. Everything that asks for the time asks here, so a test can move a month in no time."""

import threading
import time
from datetime import UTC, datetime, timedelta

from simulators.microsoft365.models import Keepsake

_KEPT_AS = "clock_ahead_seconds"


class Clock:
    """Real time plus an offset that survives a restart."""

    def __init__(self) -> None:
        self._ahead: float | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)

    def seconds(self) -> float:
        """Return the present moment as seconds since 1970."""
        return time.time() + self.ahead

    @property
    def ahead(self) -> float:
        """How many seconds the simulator lives in the future."""
        if self._ahead is None:
            self._ahead = float(Keepsake.remembered(_KEPT_AS, lambda: 0))
        return self._ahead

    def advance(self, seconds: float) -> None:
        """Move time on. It never goes back, except by `reset`."""
        with self._lock:
            self._keep(self.ahead + seconds)

    def reset(self) -> None:
        """Return to real time."""
        with self._lock:
            self._keep(0.0)

    def _keep(self, ahead: float) -> None:
        Keepsake.objects.update_or_create(name=_KEPT_AS, defaults={"value": ahead})
        self._ahead = ahead


clock = Clock()
