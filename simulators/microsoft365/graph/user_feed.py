"""/users/delta."""

from simulators.microsoft365.graph.calls import Answer, Call
from simulators.microsoft365.graph.delta import delta
from simulators.microsoft365.graph.feeds import Feed
from simulators.microsoft365.graph.user_shape import USER
from simulators.microsoft365.models import Scope, Tenant


class UserFeed(Feed):
    """Users that came, changed, were deleted (`changed`: they may come back) or purged (`deleted`)."""

    scope, path, context, shape = Scope.USERS, "/users/delta", "users", USER

    def rows(self, tenant: Tenant):
        return tenant.people.all()


def user_delta(call: Call) -> Answer:
    """What changed among the users."""
    return delta(call, UserFeed())
