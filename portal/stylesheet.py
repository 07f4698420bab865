"""All stylesheets as one: forty small files for people, one request for browsers.

`static/css/portico.css` lists them in order of authority; this reads that list and answers everything in one piece,
under an address that changes with the content, so that browsers may keep it for ever.
"""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control

from accounts.access import open_page

_IMPORT = re.compile(r'@import url\("([\w./-]+\.css)"\)(?: layer\((\w+)\))?;')
_FOLDER = Path(settings.BASE_DIR) / "static" / "css"
_LIST = _FOLDER / "portico.css"


def stylesheet_url() -> str:
    """Return the address of the present stylesheet."""
    return reverse("stylesheet", args=[_current()[0]])


@open_page
@cache_control(public=True, max_age=31_536_000, immutable=True)
def stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """Answer the stylesheet; an address of yesterday's content is gone."""
    present, text = _current()
    if digest != present:
        raise Http404
    return HttpResponse(text, content_type="text/css; charset=utf-8")


def _current() -> tuple[str, str]:
    return _read(_changed_at() if settings.IS_DEVELOPMENT else 0)


def _changed_at() -> int:
    # Every page asks: only the files of the list, as walking through the folder takes longer than all else.
    files = [_LIST, *(_FOLDER / name for name, _ in _IMPORT.findall(_LIST.read_text("utf-8")))]
    return max(file.stat().st_mtime_ns for file in files)


@lru_cache(maxsize=1)
def _read(_changed_at: int) -> tuple[str, str]:
    main = _LIST.read_text("utf-8")
    parts = [line for line in main.splitlines() if line.startswith("@layer")]
    for name, layer in _IMPORT.findall(main):
        text = (_FOLDER / name).read_text("utf-8")
        parts.append(f"@layer {layer} {{\n{text}}}\n" if layer else text)
    whole = "\n".join(parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:16], whole
