"""Changing the company's own record."""

import io
from datetime import datetime

from django.db import transaction
from PIL import Image, UnidentifiedImageError

from accounts import audit
from accounts.models import Partner, User

LOGO_BYTES_AT_MOST = 512 * 1024
_LOGO_SIZE = (480, 160)
_FIELDS = ("name", "address", "postal_code", "city", "country", "phone", "time_zone", "accent_colour")


class NotAPicture(Exception):
    """The file cannot be read as PNG, JPEG or WebP."""


@transaction.atomic
def edit_partner(
    *, partner: Partner, values: dict[str, str], logo: bytes | None, actor: User, now: datetime
) -> Partner:
    """Change the company's record. ``values`` holds any of its text fields; ``logo`` None keeps the present one,
    empty bytes remove it. Raises `NotAPicture`.
    """
    partner = Partner.objects.select_for_update().get(pk=partner.pk)
    changes = {}
    for name in _FIELDS:
        new = values.get(name, getattr(partner, name))
        if new != getattr(partner, name):
            changes[name] = [getattr(partner, name), new]
            setattr(partner, name, new)
    if logo is not None:
        drawn = redraw_logo(logo) if logo else b""
        if drawn != bytes(partner.logo):
            changes["logo"] = [f"{len(partner.logo)} bytes", f"{len(drawn)} bytes"]
            partner.logo, partner.logo_changed_at = drawn, now if drawn else None
    if changes:
        partner.save()
        audit.record("partner.edited", partner_id=partner.pk, actor=actor, target=partner, at=now, details=changes)
    return partner


def redraw_logo(content: bytes) -> bytes:
    """Return the picture as a PNG of at most 480 × 160 pixels, made anew from its pixels and nothing else.

    Whatever hides beside the pixels (scripts, metadata, a second file) does not survive. Raises `NotAPicture`.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as picture:
            if picture.width * picture.height > 20_000_000:
                raise NotAPicture("The picture has too many pixels. Use one of at most 20 megapixels.")
            picture.thumbnail(_LOGO_SIZE)
            pixels = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as problem:
        raise NotAPicture("This file is not a picture we can read. Use a PNG, JPEG or WebP.") from problem
    drawn = io.BytesIO()
    pixels.save(drawn, format="PNG", optimize=True)
    return drawn.getvalue()
