"""What a route is: the lists of routes are made of these."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from simulators.microsoft365.graph.calls import Answer
from simulators.microsoft365.throttle.prices import Price

_SEGMENT = re.compile(r"\{(\w+)\}")
# Ids of channels hold a colon; elsewhere it ends a path.
_ARGUMENTS = {"path": ".+?", "channel": "[^/]+", "mailbox": "[^/]+"}


@dataclass(frozen=True)
class Route:
    """One call of Graph."""

    method: str
    template: str
    view: Callable[..., Answer]
    roles: frozenset[str]
    price: Price

    @property
    def part(self) -> str:
        """The part of the simulator that answers: "graph" for the directory, else the name of an app in here."""
        return self.view.__module__.split(".")[2]

    @cached_property
    def pattern(self) -> re.Pattern:
        """The template as a regular expression, blind to the case of its words."""
        parts = _SEGMENT.split(self.template)
        text = "".join(
            re.escape(part) if index % 2 == 0 else f"(?P<{part}>{_ARGUMENTS.get(part, '[^/:]+')})"
            for index, part in enumerate(parts)
        )
        return re.compile(text, re.IGNORECASE)
