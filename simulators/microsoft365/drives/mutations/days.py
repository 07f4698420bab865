"""A working day in a site. Days are played when somebody next looks into the site; the same days bring the same."""

from simulators.microsoft365.drives.generator.furnishing import furnish
from simulators.microsoft365.drives.models import Web
from simulators.microsoft365.models import Site


def looked_into(site: Site) -> Web:
    """Return the top web of a site, furnished."""
    return furnish(site)
