"""What changed between two saved states of an object, for showing them side by side."""

from difflib import SequenceMatcher
from typing import NamedTuple

from backups.content.record_values import shown_moment
from backups.content.sheet import Described

MOST_LINES = 2_000


class Change(NamedTuple):
    """Something that is different: in a field, or in a passage of the text. "" where there was or is nothing."""

    label: str
    before: str
    after: str


def changes_between(old: Described, new: Described) -> tuple[Change, ...]:
    """Return what is different: the title, fields, names of files, then the text passage by passage.

    Fields of one label are compared together. From the first line that differs on, 2,000 lines are compared; that there
    are more is said in one change.
    """
    before, after = _values(old), _values(new)
    changes = [
        Change(label, before.get(label, ""), after.get(label, ""))
        for label in dict.fromkeys([*before, *after])
        if before.get(label, "") != after.get(label, "")
    ]
    return (*changes, *_passages(old.text, new.text))


def _values(state: Described) -> dict[str, str]:
    found = {"Title": state.title}
    if state.moment and not state.fields:
        found["Date"] = shown_moment(state.moment)
    for label, value in state.fields:
        found[label] = f"{found[label]}\n{value}" if label in found else value
    return found


def _passages(old: str, new: str) -> list[Change]:
    before, after = old.splitlines(), new.splitlines()
    alike = _alike(before, after)
    before, after = before[alike:], after[alike:]
    # What is alike at the end is not compared again either.
    same_end = _alike(before[::-1], after[::-1])
    before, after = before[: len(before) - same_end], after[: len(after) - same_end]
    # Lines that stand everywhere are no landmarks: left in, they would make this take the time cubed.
    matcher = SequenceMatcher(None, before[:MOST_LINES], after[:MOST_LINES], autojunk=True)
    changes = [
        Change("Text", "\n".join(before[i:j]), "\n".join(after[k:m]))
        for what, i, j, k, m in matcher.get_opcodes()
        if what != "equal"
    ]
    if before[MOST_LINES:] or after[MOST_LINES:]:
        changes.append(Change(f"Text after line {alike + MOST_LINES:,}", "Not compared", "Not compared"))
    return changes


def _alike(before: list[str], after: list[str]) -> int:
    """Return how many lines at the beginning are the same."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(before), len(after)))
