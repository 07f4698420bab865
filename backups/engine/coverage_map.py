"""The coverage of a client's accounts, ten thousand as cheaply as ten.

Accounts that differ in nothing that matters share a signature: a short text the database makes of what is known of the
account and its containers. There are few of them however many accounts there are, so the database counts accounts by
signature, the one rule in `coverage.py` decides about each signature, and the database orders by what was decided.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Count, F, FilteredRelation, Func, IntegerField, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from backups.connectors.contract import Kind
from backups.engine.connecting import KINDS_OF_ITEMS
from backups.engine.coverage import Facts, Group, State, group_of, state_of
from backups.models import Failure
from organizations.models import Item, Organization, Policy
from organizations.models.organization import READABLE

KINDS_OF_TABS: dict[str, tuple[Kind, ...]] = {
    Item.Tab.USERS: KINDS_OF_ITEMS[Item.Kind.USER],
    Item.Tab.SHARED_MAILBOXES: KINDS_OF_ITEMS[Item.Kind.USER],
    Item.Tab.SITES: KINDS_OF_ITEMS[Item.Kind.SITE],
    Item.Tab.TEAMS: KINDS_OF_ITEMS[Item.Kind.TEAM],
}
_IN_A_MAILBOX = frozenset({Kind.MAIL, Kind.CALENDAR, Kind.CONTACTS})
_REFUSED, _FAILING, _TRIED, _PLAIN = "R", "F", "T", "-"
_GROUPS, _STATES = tuple(Group), tuple(State)


@dataclass(frozen=True)
class Tally:
    """How many accounts have each signature, and what follows from that."""

    accounts: dict[str, int]
    states: dict[str, tuple[State, ...]]
    # Whether accounts were left out that the map would show otherwise.
    is_narrowed: bool = False

    @cached_property
    def groups(self) -> Counter[Group]:
        """How many accounts are in each group."""
        found: Counter[Group] = Counter()
        for signature, number in self.accounts.items():
            found[group_of(self.states[signature])] += number
        return found

    @cached_property
    def cells(self) -> Counter[State]:
        """How many kinds of data, of all accounts together, are in each state."""
        found: Counter[State] = Counter()
        for signature, number in self.accounts.items():
            for state in self.states[signature]:
                found[state] += number
        return found

    def accounts_in(self, *states: State) -> int:
        """Return how many accounts have at least one kind of data in one of ``states``."""
        return sum(self.accounts[one] for one in self._having(states))

    def only(self, *states: State) -> "Tally":
        """Return the same of those accounts that have at least one kind of data in one of ``states``."""
        return replace(self, accounts={one: self.accounts[one] for one in self._having(states)}, is_narrowed=True)

    def ranks(self) -> dict[str, int]:
        """Return the place of each signature on the page: by group, and in it by what hinders most."""
        found = {}
        for signature in self.accounts:
            states = self.states[signature]
            found[signature] = _GROUPS.index(group_of(states)) * len(_STATES) + min(map(_STATES.index, states))
        return found

    def _having(self, states: Collection[State]) -> list[str]:
        return [one for one in self.accounts if not set(states).isdisjoint(self.states[one])]


def _rank(ranks: dict[str, int]) -> Func:
    """Return the rank of a row by its signature. A CASE would repeat the long signature for every rank."""
    signatures = Value(list(ranks), output_field=ArrayField(TextField()))
    numbers = Value(list(ranks.values()), output_field=ArrayField(IntegerField()))
    place = Func(signatures, F("signature"), function="array_position", output_field=IntegerField())
    # (numbers)[place]
    return Func(numbers, place, template="(%(expressions)s]", arg_joiner=")[", output_field=IntegerField())


class CoverageMap:
    """The accounts of one tab of a client, by how they are covered."""

    def __init__(self, items: QuerySet[Item], *, organization: Organization, policy: Policy, tab: str) -> None:
        self.kinds = KINDS_OF_TABS[tab]
        self._switched_on = {kind: bool(getattr(policy, kind.lower())) for kind in self.kinds}
        self.switched_off = [kind for kind in self.kinds if not self._switched_on[kind]]
        self._items = self._signed(items.in_tab(tab), organization)

    def tally(self, words: str = "") -> Tally:
        """Count the accounts that match ``words``, in one query."""
        rows = self._items.matching(words).order_by().values_list("signature").annotate(number=Count("pk"))
        accounts = dict(rows)
        return Tally(accounts, {signature: self.states_of(signature) for signature in accounts})

    def in_order(self, tally: Tally, words: str = "") -> QuerySet[Item]:
        """Return the accounts that ``tally`` counted among those that match ``words``, what is not covered first."""
        found = self._items.matching(words).annotate(rank=_rank(tally.ranks()))
        if tally.is_narrowed:
            found = found.filter(signature__in=list(tally.accounts))
        # What changed since it was counted has no rank and comes last; the next look shows it in its place.
        return found.order_by(F("rank").asc(nulls_last=True), "list_name", "pk")

    def states_of(self, signature: str) -> tuple[State, ...]:
        """Return the state of each of ``kinds`` for accounts with a signature."""
        protection, decided, readable, mailbox, *codes = signature.split("|")
        return tuple(
            state_of(
                Facts(
                    protection=protection,
                    is_decided=decided == "1",
                    is_readable=readable == "1",
                    is_switched_on=self._switched_on[kind],
                    is_without_mailbox=mailbox == "0" and kind in _IN_A_MAILBOX,
                    status=code[:-1],
                    was_tried=code[-1] != _PLAIN,
                    is_failing=code[-1] in (_FAILING, _REFUSED),
                    is_refused=code[-1] == _REFUSED,
                )
            )
            for kind, code in zip(self.kinds, codes, strict=True)
        )

    def _signed(self, items: QuerySet[Item], organization: Organization) -> QuerySet[Item]:
        counting = Failure.objects.counting().filter(organization=organization)
        failing = counting.values("container")
        refused = counting.filter(object_id="", reason=Failure.Reason.ACCESS).values("container")
        relations = {
            f"of_{kind.lower()}": FilteredRelation("containers", condition=Q(containers__kind=kind.value))
            for kind in self.kinds
        }
        parts = [
            F("protection"),
            _bit(decided_at__isnull=False),
            _bit(connection__state__in=READABLE),
            _bit(~Q(mailbox=Item.Mailbox.NONE)),
            *(_code(name, failing, refused) for name in relations),
        ]
        separated = [part for one in parts for part in (Value("|"), one)][1:]
        return items.annotate(**relations).annotate(signature=Concat(*separated, output_field=TextField()))


def _bit(*conditions: Q, **lookups: object) -> Case:
    return Case(When(*conditions, then=Value("1"), **lookups), default=Value("0"), output_field=TextField())


def _code(name: str, failing: QuerySet, refused: QuerySet) -> Concat:
    """Return a container's status and one letter for the worst that is known of it."""
    mark = Case(
        When(Q(**{f"{name}__pk__in": refused}), then=Value(_REFUSED)),
        When(Q(**{f"{name}__pk__in": failing}) | Q(**{f"{name}__problem__gt": ""}), then=Value(_FAILING)),
        When(Q(**{f"{name}__last_tried_at__isnull": False}), then=Value(_TRIED)),
        default=Value(_PLAIN),
        output_field=TextField(),
    )
    return Concat(Coalesce(F(f"{name}__status"), Value("")), mark, output_field=TextField())
