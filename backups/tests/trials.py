"""How often a random test is tried: little at every change, much in a soak run."""

import os


def trials(*, always: int, soak: int) -> int:
    """Return ``always``, or ``soak`` under `manage.py soak`."""
    return soak if os.environ.get("PORTICO_SOAK") == "1" else always
