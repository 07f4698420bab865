"""The numbers above the coverage map, and the filters they lead to."""

from backups.engine.coverage import EXCLUDED, HINDERED, State
from backups.engine.coverage_map import CoverageMap, Tally
from backups.models import Container
from organizations.models import Item
from organizations.models.item_filter import NOUNS

# what a filter is called: (label, states of which an account has at least one)
SHOWS: dict[str, tuple[str, frozenset[State]]] = {
    "all": ("All", frozenset()),
    "failing": ("Failing or refused", HINDERED),
    "unseen": ("Never seen", frozenset({State.NEVER_SEEN})),
    "excluded": ("Excluded", EXCLUDED),
    "protected": ("Protected", frozenset({State.PROTECTED})),
}
_DATA = {
    Item.Tab.USERS: "mailboxes, calendars, contacts and drives",
    Item.Tab.SHARED_MAILBOXES: "mailboxes, calendars, contacts and drives",
    Item.Tab.SITES: "sites",
    Item.Tab.TEAMS: "teams",
}
_KINDS = dict(Container.Kind.choices)


def cards_of(tally: Tally, the_map: CoverageMap, tab: Item.Tab) -> list[dict]:
    """Return the four numbers of a tab: what hinders, who is undecided, what is left out, what is covered."""
    cells, nouns = tally.cells, NOUNS[tab]
    hindered, unseen = sum(cells[one] for one in HINDERED), tally.accounts_in(State.NEVER_SEEN)
    left_out, protected = tally.accounts_in(*EXCLUDED), cells[State.PROTECTED]
    possible = sum(cells.values()) - cells[State.NOTHING_THERE] - cells[State.GONE]
    return [
        _card("failing", "failed", hindered, _DATA[tab] if hindered else "Nothing fails, nothing is refused",
              css="stat-failed" if hindered else "",
              small=f"{cells[State.REFUSED]:,} refused" if cells[State.REFUSED] else ""),
        _card("unseen", "question", unseen, "Nobody decided yet" if unseen else "Everything found was decided about",
              css="stat-partial" if unseen else "", small=nouns[unseen != 1] if unseen else ""),
        _card("excluded", "excluded", left_out, _exclusions(tally, the_map) or "Nothing is left out",
              small=nouns[left_out != 1] if left_out else ""),
        _card("protected", "success", protected, _DATA[tab], small=f"of {possible:,}"),
    ]  # fmt: skip


def _card(show: str, icon: str, value: int, note: str, *, css: str = "", small: str = "") -> dict:
    label = SHOWS[show][0]
    return {"show": show, "icon": icon, "label": label, "value": value, "small": small, "note": note, "css": css}


def _exclusions(tally: Tally, the_map: CoverageMap) -> str:
    """Return in words which rules leave something out: "4 not chosen, 2 by a filter, Calendar is off"."""
    not_chosen, filtered = tally.accounts_in(State.NOT_CHOSEN), tally.accounts_in(State.FILTERED)
    told = [f"{not_chosen:,} not chosen"] if not_chosen else []
    told += [f"{filtered:,} by a filter"] if filtered else []
    off = [_KINDS[kind] for kind in the_map.switched_off]
    told += [f"{' and '.join(off)} {'is' if len(off) == 1 else 'are'} off"] if off else []
    return ", ".join(told)
