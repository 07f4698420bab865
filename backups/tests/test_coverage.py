"""Whether a kind of data is covered, and if not, why: the one rule, case by case."""

import itertools

import pytest

from backups.engine.coverage import EXCLUDED, HINDERED, Facts, Group, State, group_of, state_of
from backups.models import Container
from organizations.models import Item

STATUSES = ["", *Container.Status.values]


def chosen(status="", **more):
    return Facts(protection="PROTECTED", is_decided=True, status=status, **more)


TRUTH = [
    (chosen("SUCCESS", was_tried=True), State.PROTECTED),
    (chosen("SUCCESS", was_tried=True, is_failing=True), State.FAILING),
    (chosen("PARTIAL", was_tried=True, is_failing=True), State.FAILING),
    (chosen("FAILED", was_tried=True), State.FAILING),
    (chosen("FAILED", was_tried=True, is_failing=True, is_refused=True), State.REFUSED),
    (chosen("SUCCESS", was_tried=True, is_readable=False), State.REFUSED),
    (chosen(is_readable=False), State.REFUSED),
    (chosen(), State.WAITING),
    (chosen("NEVER"), State.WAITING),
    (chosen("NEVER", was_tried=True), State.FIRST),
    # A failure of one object does not end the first backup.
    (chosen("NEVER", was_tried=True, is_failing=True), State.FIRST),
    (chosen("ONBOARDING", was_tried=True), State.FIRST),
    (chosen("ONBOARDING", was_tried=True, is_failing=True), State.FIRST_FAILED),
    (chosen("ONBOARDING", was_tried=True, is_failing=True, is_refused=True), State.REFUSED),
    (chosen("SUCCESS", is_switched_on=False), State.SWITCHED_OFF),
    (chosen("FAILED", is_switched_on=False, is_failing=True, is_refused=True), State.SWITCHED_OFF),
    (chosen("NOT_AVAILABLE", was_tried=True), State.NOTHING_THERE),
    (chosen("NOT_AVAILABLE", is_switched_on=False), State.NOTHING_THERE),
    (chosen(is_without_mailbox=True), State.NOTHING_THERE),
    # It was read, so there is one, whatever the directory says.
    (chosen("SUCCESS", is_without_mailbox=True), State.PROTECTED),
    (Facts("NOT_PROTECTED"), State.NEVER_SEEN),
    (Facts("NOT_PROTECTED", is_switched_on=False), State.NEVER_SEEN),
    (Facts("NOT_PROTECTED", is_decided=True), State.NOT_CHOSEN),
    (Facts("NOT_PROTECTED", is_decided=True, status="SUCCESS"), State.NOT_CHOSEN),
    (Facts("NOT_PROTECTED", is_without_mailbox=True), State.NOTHING_THERE),
    (Facts("SKIPPED", status="SUCCESS"), State.FILTERED),
    (Facts("SKIPPED", is_switched_on=False), State.FILTERED),
    (Facts("NOT_AVAILABLE", status="SUCCESS"), State.GONE),
    (Facts("NOT_AVAILABLE", status="NOT_AVAILABLE", is_readable=False), State.GONE),
]


@pytest.mark.parametrize(("facts", "state"), TRUTH)
def test_what_is_known_decides_what_is_said(facts, state):
    assert state_of(facts) == state


def test_nothing_is_called_protected_that_does_not_deserve_it():
    flags = list(itertools.product([False, True], repeat=7))
    seen = set()
    for protection, status, values in itertools.product(Item.Protection.values, STATUSES, flags):
        names = (
            "is_decided", "is_readable", "is_switched_on", "is_without_mailbox", "was_tried", "is_failing",
            "is_refused",
        )  # fmt: skip
        facts = Facts(protection, status=status, **dict(zip(names, values, strict=True)))
        state = state_of(facts)
        seen.add(state)
        deserves = (
            (protection, status) == ("PROTECTED", "SUCCESS")
            and facts.is_readable and facts.is_switched_on and not facts.is_failing and not facts.is_refused
        )  # fmt: skip
        assert (state == State.PROTECTED) == deserves, facts

    assert seen == set(State)


@pytest.mark.parametrize(
    ("states", "group"),
    [
        ([State.PROTECTED, State.PROTECTED], Group.COVERED),
        ([State.PROTECTED, State.NOTHING_THERE], Group.COVERED),
        ([State.NOTHING_THERE], Group.COVERED),
        ([State.PROTECTED, State.NEVER_SEEN], Group.GAPS),
        ([State.FAILING, State.FAILING], Group.GAPS),
        ([State.REFUSED, State.PROTECTED], Group.GAPS),
        ([State.NOTHING_THERE, State.NEVER_SEEN], Group.NOT_COVERED),
        ([State.FIRST_FAILED, State.FIRST], Group.NOT_COVERED),
        ([State.REFUSED], Group.NOT_COVERED),
        ([State.SWITCHED_OFF, State.SWITCHED_OFF], Group.NOT_COVERED),
        ([State.GONE, State.GONE], Group.GONE),
    ],
)
def test_an_account_is_as_covered_as_its_kinds_of_data(states, group):
    assert group_of(states) == group


def test_every_state_is_a_hindrance_an_exclusion_or_says_itself_what_it_is():
    others = {
        State.NEVER_SEEN, State.WAITING, State.FIRST, State.PROTECTED, State.NOTHING_THERE, State.GONE,
    }  # fmt: skip

    assert HINDERED | EXCLUDED | others == set(State)
    assert not HINDERED & EXCLUDED
