"""The control desk's view of mailboxes."""

from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse

from simulators.microsoft365.control.desk import Refused, desk, known_tenant
from simulators.microsoft365.models import Person
from simulators.microsoft365.outlook.manifest import pieces
from simulators.microsoft365.outlook.models import Notice


@desk("GET")
def mailbox_manifest(request: HttpRequest, data: dict, tenant_id: UUID):
    """Stream what the mailboxes of a tenant really hold, or only those of ``?user=``; ``?bytes=0`` without hashes."""
    tenant = known_tenant(tenant_id)
    people = Person.objects.live().filter(tenant=tenant).select_related("tenant").order_by("id")
    word = request.GET.get("user")
    if word:
        people = people.filter(id=_person_id(people, word))
    body = pieces(tenant, list(people), with_bytes=request.GET.get("bytes") != "0")
    return StreamingHttpResponse(body, content_type="application/json")


def _person_id(people, word: str) -> UUID:
    try:
        return UUID(word)
    except ValueError:
        person = people.filter(upn__iexact=word).first()
        if person is None:
            raise Refused(f"There is no user {word!r} in this tenant.", status=404) from None
        return person.id


@desk("GET")
def outbox(request: HttpRequest, data: dict, tenant_id: UUID):
    """Tell what Exchange would have mailed to people because of calls: a restore must cause none of it."""
    notices = Notice.objects.filter(mailbox__tenant=known_tenant(tenant_id)).order_by("id")
    return [
        {
            "user": str(notice.mailbox_id),
            "kind": notice.kind,
            "subject": notice.subject,
            "recipients": notice.recipients,
            "at": notice.at.isoformat(),
        }
        for notice in notices
    ]
