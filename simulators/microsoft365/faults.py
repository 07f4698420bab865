"""Rules that make requests fail: which, when, and how."""

import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

ACTIONS = (
    "status", "body", "retry_after", "reset", "stall", "truncate", "wrong_length", "flip", "duplicate_item",
    "unknown_property", "nextlink_loop", "foreign_nextlink", "two_deltalinks",
)  # fmt: skip
RETRY_WORDS = ("date", "absent", "absurd")
LONGEST_STALL = 60


class BadRule(ValueError):
    """A rule cannot be understood. The message says which part."""


@dataclass
class Rule:
    """One fault, and how often it was met."""

    id: int
    match: dict
    when: dict
    action: dict
    times: int | None
    seen: int = 0
    fired: int = 0
    dice: random.Random = field(default_factory=random.Random, repr=False)

    def meets(self, method: str, path: str, tenant: str) -> bool:
        """Return whether the rule speaks of this request."""
        wanted = self.match
        return (
            re.search(wanted.get("path", ""), path) is not None
            and wanted.get("method", method).upper() == method
            and wanted.get("tenant", tenant) == tenant
        )

    def strikes(self) -> bool:
        """Count one more request that the rule speaks of, and return whether it fails."""
        self.seen += 1
        if self.times is not None and self.fired >= self.times:
            return False
        if "nth" in self.when:
            hit = self.seen == self.when["nth"]
        elif "every" in self.when:
            hit = self.seen % self.when["every"] == 0
        elif "probability" in self.when:
            hit = self.dice.random() < self.when["probability"]
        else:
            hit = True
        self.fired += hit
        return hit

    def as_json(self) -> dict:
        """Return the rule with its counts."""
        names = ("id", "match", "when", "action", "times", "seen", "fired")
        return {name: getattr(self, name) for name in names}


class Faults:
    """All rules. The first that strikes is the one that counts."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._numbers = count(1)
        self._lock = threading.Lock()

    def add(self, description: dict) -> Rule:
        """Add a rule. Raises `BadRule`."""
        if not isinstance(description, dict):
            raise BadRule("A rule is an object with match, when, action and times.")
        match, when = description.get("match") or {}, description.get("when") or {"always": True}
        action, times = description.get("action") or {}, description.get("times")
        _check(match, when, action, times)
        rule = Rule(next(self._numbers), match, when, action, times)
        rule.dice = random.Random(str(when.get("seed", 0)))  # noqa: S311
        with self._lock:
            self._rules.append(rule)
        return rule

    def all(self) -> list[dict]:
        """Return every rule with its counts."""
        with self._lock:
            return [rule.as_json() for rule in self._rules]

    def remove(self, keep: Callable[[Rule], bool] = lambda rule: False) -> None:
        """Remove the rules, except those to ``keep``."""
        with self._lock:
            self._rules = [rule for rule in self._rules if keep(rule)]

    def action_for(self, method: str, path: str, tenant: str) -> dict:
        """Return what shall go wrong with a request, {} for nothing."""
        with self._lock:
            for rule in self._rules:
                if rule.meets(method, path, tenant) and rule.strikes():
                    return rule.action
        return {}


def _check(match: dict, when: dict, action: dict, times: object) -> None:
    unknown = set(match) - {"path", "method", "tenant"} | set(when) - {"nth", "every", "probability", "seed", "always"}
    unknown |= set(action) - set(ACTIONS)
    if unknown:
        raise BadRule(f"A rule knows nothing of {', '.join(sorted(unknown))}.")
    if not action:
        raise BadRule(f"A rule needs an action: {', '.join(ACTIONS)}.")
    try:
        re.compile(match.get("path", ""))
    except re.error as problem:
        raise BadRule(f"The path {match['path']!r} is no regular expression: {problem}.") from problem
    for name in ("nth", "every"):
        if name in when and (not isinstance(when[name], int) or when[name] < 1):
            raise BadRule(f"{name} must be a whole number from 1 on.")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise BadRule("times must be a whole number from 1 on.")
    after = action.get("retry_after")
    if isinstance(after, str) and after not in RETRY_WORDS:
        raise BadRule(f"retry_after is a number of seconds or one of {', '.join(RETRY_WORDS)}.")


faults = Faults()
