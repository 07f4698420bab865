"""A hundred thousand people: made within a minute, read at the pace of a big directory."""

import time

import pytest

from simulators.tests.clients import Graph

USERS = 100_000


@pytest.mark.soak
def test_a_hundred_thousand_people_are_made_and_read(microsoft):
    began = time.monotonic()
    giant = microsoft.add_tenant("Giant", size={"users": USERS})
    made_in = time.monotonic() - began
    microsoft.consent(giant, microsoft.apps["backup"].client_id)
    graph = Graph(microsoft, giant)

    told, link, _ = graph.round("/users/delta?$select=id,displayName,userPrincipalName,accountEnabled,assignedPlans")
    idle = graph.round(link)
    pages = [entry for entry in microsoft.log() if entry["template"] == "/users/delta"]

    counts = microsoft.manifest(giant, counts=True)
    assert made_in < 60
    assert len({user["id"] for user in told}) == len(told) == counts["users"] > USERS
    assert sum(entry["duration"] for entry in pages) < 3 * USERS / 10_000
    assert idle[::2] == ([], 1)
    assert len(microsoft.manifest(giant)["users"]) == counts["users"] + counts["deleted_users"]
    microsoft.control("/reset", {})
