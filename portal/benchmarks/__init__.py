"""Our figures beside their yardsticks, measured in the same run on the same server.

What lives here: one module per name of `manage.py bench NAME`, each with `measure()` that yields `Figure`s.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number, what it is compared with (None: nothing), the unit of both, and the bar where one is set.

    ``most`` and ``least`` bound the ratio, ``most_ours`` our own number.
    """

    figure: str
    ours: float
    yardstick: float | None
    unit: str
    most: float | None = None
    least: float | None = None
    most_ours: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours divided by the yardstick; None where there is none."""
        return self.ours / self.yardstick if self.yardstick else None

    @property
    def is_missed(self) -> bool:
        """Whether the bar was measured and not met."""
        ratio = self.ratio
        return (
            (ratio is not None and self.most is not None and ratio > self.most)
            or (ratio is not None and self.least is not None and ratio < self.least)
            or (self.most_ours is not None and self.ours > self.most_ours)
        )
