"""The names of the operations, and the one way to do several at once."""

from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from simulators.microsoft365.drives.mutations.registry import OPERATIONS as DRIVE_OPERATIONS
from simulators.microsoft365.mutations import groups, people, sites
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger, writing
from simulators.microsoft365.outlook.mutations.registry import OPERATIONS as OUTLOOK_OPERATIONS
from simulators.microsoft365.teams.mutations.registry import OPERATIONS as TEAMS_OPERATIONS

_OF_THE_DIRECTORY = {
    operation.__name__: operation
    for operation in (
        people.create_user,
        people.update_user,
        people.delete_user,
        people.restore_user,
        people.purge_user,
        people.recreate_user,
        people.convert_to_shared,
        groups.create_group,
        groups.update_group,
        groups.add_member,
        groups.remove_member,
        groups.create_team,
        groups.archive_team,
        groups.delete_group,
        sites.create_site,
        sites.rename_site,
        sites.delete_site,
        sites.empty,
    )
}


def _together(*parts: dict[str, Callable]) -> dict[str, Callable]:
    """Return the operations of all parts; one that several parts know by the same name happens in each of them."""
    found = defaultdict(list)
    for part in parts:
        for name, operation in part.items():
            found[name].append(operation)
    return {name: operations[0] if len(operations) == 1 else _each(operations) for name, operations in found.items()}


def _each(operations: list[Callable]) -> Callable:
    def do(ledger: Ledger, arguments: dict) -> dict:
        return {key: value for operation in operations for key, value in operation(ledger, arguments).items()}

    return do


OPERATIONS = _together(_OF_THE_DIRECTORY, DRIVE_OPERATIONS, OUTLOOK_OPERATIONS, TEAMS_OPERATIONS)


def mutate(tenant_id: UUID, operations: list[dict]) -> list[dict]:
    """Do all ``operations`` in order, or none, and answer with the ids each touched. Raises `CannotMutate`."""
    answers = []
    with writing(tenant_id) as ledger:
        for arguments in operations:
            name = arguments.get("op") if isinstance(arguments, dict) else None
            if name not in OPERATIONS:
                raise CannotMutate(f"There is no operation {name!r}; there are {', '.join(OPERATIONS)}.")
            answers.append({"op": name} | OPERATIONS[name](ledger, arguments))
    return answers
