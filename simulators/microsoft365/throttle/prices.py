"""What a call costs, in the units of the service it goes to."""

from dataclasses import dataclass

DIRECTORY, OUTLOOK, SHAREPOINT, TEAMS, OVERALL = "directory", "outlook", "sharepoint", "teams", "overall"
SERVICES = (DIRECTORY, OUTLOOK, SHAREPOINT, TEAMS, OVERALL)
_SMALL_PAGE = 20


@dataclass(frozen=True)
class Price:
    """The price of one call: its service and units, and the units when a delta token comes with it.

    ``kind`` says which limit of Teams a call counts against; see `limits.py`.
    """

    service: str
    units: int
    with_token: int | None = None
    kind: str = "team"

    def of(self, query: dict[str, str]) -> int:
        """Return the units of a request with these query options."""
        if self.with_token is not None and query.get("token", "latest") not in ("", "latest"):
            return self.with_token
        if self.service != DIRECTORY:
            return self.units
        # "$select decreases the cost by 1, $expand increases it by 1, $top below 20 decreases it by 1."
        units = self.units - ("$select" in query) + ("$expand" in query)
        top = query.get("$top", "")
        units -= top.isdecimal() and int(top) < _SMALL_PAGE
        return max(1, units)
