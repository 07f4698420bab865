"""/groups and what hangs on one group."""

from uuid import UUID

from django.db.models import Q

from simulators.microsoft365.graph.calls import Answer, Call, GraphError
from simulators.microsoft365.graph.directory_objects import directory_objects
from simulators.microsoft365.graph.filtering import Field
from simulators.microsoft365.graph.group_shape import GROUP
from simulators.microsoft365.graph.listing import Listing, single
from simulators.microsoft365.graph.members import groups_within, live_memberships
from simulators.microsoft365.graph.user_shape import USER
from simulators.microsoft365.graph.users import USERS, with_user_type
from simulators.microsoft365.models import Group

GROUPS = Listing(
    GROUP,
    "groups",
    filters={
        "displayName": Field("display_name__iexact", begins="display_name__istartswith"),
        "mailNickname": Field("nickname__iexact", begins="nickname__istartswith"),
        "mailEnabled": Field("is_unified", bool),
        "groupTypes": Field("pk", contains={"unified": Q(is_unified=True)}),
        "resourceProvisioningOptions": Field("pk", contains={"team": Q(is_team=True)}),
    },
)
MEMBER_USERS = Listing(USER, "users", filters=USERS.filters)


def group_list(call: Call) -> Answer:
    """Every group that is not deleted."""
    return GROUPS.answer(call, call.tenant.groups.live())


def group_detail(call: Call, group: str) -> Answer:
    """One group."""
    return single(call, GROUP, found_group(call, group), "groups")


def member_list(call: Call, group: str) -> Answer:
    """The direct members, people and groups."""
    found = found_group(call, group)
    return directory_objects(call, live_memberships(call.tenant, [found.id]))


def owner_list(call: Call, group: str) -> Answer:
    """The owners."""
    found = found_group(call, group)
    return directory_objects(call, live_memberships(call.tenant, [found.id], owners=True))


def transitive_member_list(call: Call, group: str) -> Answer:
    """The members at any depth: people, and the groups in between."""
    found = found_group(call, group)
    inner = groups_within(call.tenant, found.id)
    return directory_objects(call, live_memberships(call.tenant, [found.id, *inner]))


def transitive_user_list(call: Call, group: str) -> Answer:
    """The people at any depth."""
    found = found_group(call, group)
    inner = groups_within(call.tenant, found.id)
    ids = live_memberships(call.tenant, [found.id, *inner]).filter(is_group=False).values("member_id")
    return MEMBER_USERS.answer(call, with_user_type(call.tenant.people.live().filter(id__in=ids)))


def found_group(call: Call, word: str) -> Group:
    """Return the live group with this id. Raises `GraphError` 400 for no id at all, 404 for a strange one."""
    try:
        group_id = UUID(word)
    except ValueError as problem:
        raise GraphError(400, "Request_BadRequest", f"Invalid object identifier '{word}'.") from problem
    group = call.tenant.groups.live().filter(id=group_id).first()
    if group is None or call.tenant.is_empty:
        message = f"Resource '{word}' does not exist or one of its queried reference-property objects are not present."
        raise GraphError(404, "Request_ResourceNotFound", message)
    return group
