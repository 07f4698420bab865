"""Handing a parcel out over HTTP: whole or a range of it, in pieces, as long as the person may have it.

Ranges follow RFC 9110, sections 13.1.5 (If-Range) and 14; names RFC 6266.
"""

import re
from collections.abc import Callable, Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from accounts.access import PartnerRequest
from accounts.models import Membership
from accounts.roles import Can
from backups.engine.parcels import read_parcel
from backups.models import Parcel
from organizations.models import Organization

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# Whatever is in it, a browser must neither guess its type nor run it.
_HEADERS = {
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Accept-Ranges": "bytes",
}


class DownloadCut(Exception):
    """The person may not have the rest; the connection is closed in the middle, so that no half counts as whole."""


def parcel_answer(request: PartnerRequest, parcel: Parcel, *, permission: Can) -> HttpResponse:
    """Return the parcel, the range of it that was asked for (206), or 416 where it has no such range.

    The membership, ``permission``, the session and the parcel are looked at again before every piece of 8 MiB.
    """
    etag = f'"{parcel.sha256}"'
    found = _range_in(request, parcel.size, etag)
    if found is None:
        answer = HttpResponse(status=416, headers={**_HEADERS, "Content-Range": f"bytes */{parcel.size}"})
        answer["ETag"] = etag
        return answer
    begin, length = found
    is_part = length != parcel.size
    pieces = iter(())
    if request.method != "HEAD":
        pieces = _guarded(read_parcel(parcel, begin, length), _still(request, parcel, permission))
    answer = StreamingHttpResponse(pieces, status=206 if is_part else 200, headers=_HEADERS)
    answer["ETag"], answer["Content-Length"] = etag, str(length)
    answer["Content-Disposition"] = content_disposition_header(True, parcel.name)
    if is_part:
        answer["Content-Range"] = f"bytes {begin}-{begin + length - 1}/{parcel.size}"
    return answer


def _range_in(request: PartnerRequest, size: int, etag: str) -> tuple[int, int] | None:
    """Return (begin, length) of what is asked for, everything where no single range is; None for one outside."""
    found = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    condition = request.headers.get("If-Range")
    if found is None or found.groups() == ("", "") or (condition and condition.strip() != etag):
        return 0, size
    first, last = found.groups()
    if not first:
        begin, end = max(size - int(last), 0), size
    else:
        begin, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < begin:
            return 0, size
    return (begin, end - begin) if begin < end else None


def _guarded(pieces: Iterator[bytes], still: Callable[[], bool]) -> Iterator[bytes]:
    while True:
        if not still():
            raise DownloadCut("The right to this download was taken away while it went on.")
        piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _still(request: PartnerRequest, parcel: Parcel, permission: Can) -> Callable[[], bool]:
    """Return the question whether the person may have what comes next."""
    sessions, key, membership_pk = type(request.session), request.session.session_key, request.membership.pk

    def still() -> bool:
        membership = Membership.objects.usable().select_related("partner").filter(pk=membership_pk).first()
        return (
            membership is not None
            and membership.may(permission)
            and Organization.objects.visible_to(membership).filter(pk=parcel.organization_id).exists()
            and Parcel.objects.filter(pk=parcel.pk, state=Parcel.State.READY).exists()
            and sessions().exists(key)
        )

    return still
