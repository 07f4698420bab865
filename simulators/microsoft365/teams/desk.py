"""The control desk's view of teams."""

from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse

from simulators.microsoft365.control.desk import Refused, desk, known_tenant
from simulators.microsoft365.models import Group
from simulators.microsoft365.teams.manifest import pieces


@desk("GET")
def team_manifest(request: HttpRequest, data: dict, tenant_id: UUID):
    """Stream what the teams of a tenant really hold, or only that of ``?team=``, an id; ``?chats=1`` with all chats."""
    tenant = known_tenant(tenant_id)
    groups = Group.objects.live().filter(tenant=tenant, is_team=True).select_related("tenant").order_by("id")
    word = request.GET.get("team")
    if word:
        try:
            groups = groups.filter(id=UUID(word))
        except ValueError as problem:
            raise Refused(f"{word!r} is no id of a team.") from problem
    body = pieces(tenant, list(groups), with_chats=request.GET.get("chats") == "1")
    return StreamingHttpResponse(body, content_type="application/json")
