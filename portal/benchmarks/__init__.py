"""Our figures beside their yardsticks, measured in the same run on the same server.

What lives here: one module per name of `manage.py bench NAME`, each with `measure()` that yields `Figure`s.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number, what it is compared with, and the unit of both."""

    figure: str
    ours: float
    yardstick: float
    unit: str

    @property
    def ratio(self) -> float:
        """Ours divided by the yardstick."""
        return self.ours / self.yardstick if self.yardstick else float("nan")
