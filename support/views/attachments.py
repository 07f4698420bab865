"""Handing out the files of tickets."""

from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from support.files import pieces_of
from support.models import Attachment

# Whatever is in it, a browser must neither guess its type nor run it.
_HEADERS = {
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@partner_page(Can.SEE_TICKETS)
def attachment_download(request: PartnerRequest, ticket_uuid: UUID, attachment_uuid: UUID) -> StreamingHttpResponse:
    """Hand out one file of a ticket of the company, a piece at a time."""
    files = Attachment.objects.visible_to(request.membership)
    return file_answer(get_object_or_404(files, uuid=attachment_uuid, message__ticket__uuid=ticket_uuid))


def file_answer(attachment: Attachment) -> StreamingHttpResponse:
    """Return the file as a download. Answers 404 where the storage has lost it."""
    try:
        pieces = pieces_of(attachment)
    except FileNotFoundError as problem:
        raise Http404("The file is not in the storage any more.") from problem
    answer = StreamingHttpResponse(pieces, headers=_HEADERS)
    answer["Content-Length"] = str(attachment.size)
    answer["Content-Disposition"] = content_disposition_header(True, attachment.name)
    return answer
