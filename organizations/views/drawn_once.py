"""The few pictures of which a board shows the same ones again and again: each is drawn once and kept."""

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from organizations.models.organization import BackupStatus, ConnectionState

# On a phone only trouble is told.
_STATE_CLASSES = {
    ConnectionState.CONNECTED: "fold-hide",
    ConnectionState.ACCESS_LOST: "failed-text",
    ConnectionState.NEEDS_CONSENT: "partial-text",
}


@lru_cache(maxsize=64)
def standing(status: str, state: str) -> SafeString:
    """Draw the badge of a backup status with the state of the connection below it."""
    words = {
        "status": status.lower(),
        "status_label": BackupStatus(status).label,
        "state_label": ConnectionState(state).label,
        "state_class": _STATE_CLASSES.get(state, ""),
    }
    return render_to_string("organizations/_standing.html", words)


@lru_cache(maxsize=512)
def meter(percent: int, *, is_onboarding: bool = False) -> SafeString:
    """Draw a share of 0 to 100; a low one has a colour, unless the first backup is still under way."""
    is_fine = is_onboarding or percent >= 95
    shade = "" if is_fine else "meter-low" if percent < 80 else "meter-mid"
    return render_to_string("organizations/_meter.html", {"percent": percent, "shade": shade})
