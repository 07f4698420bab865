"""What goes wrong at the demo's clients, on purpose, so that the pages have something to show. Development only.

Most clients are green. Of a few, the accounts are protected that the simulator gives damaged content (a mail that can
never be read, a file blocked as malware); one has an account that refuses us, one is asked to slow
down again and again. The simulator forgets its rules when it ends, so they are told at every start.
"""

import httpx
from django.conf import settings

from organizations.models import Connection

# Whose damaged accounts are protected like all others.
WITH_DAMAGE = ("Bolt Bakery", "Quill Press")
_REFUSED, _SLOWED_DOWN = "Fjord Shipping", "Grange Farms"
_EVERY, _PAUSE_SECONDS = 40, 10


def spoil() -> None:
    """Tell the simulator which requests fail, unless it knows."""
    with httpx.Client(base_url=settings.SIMULATOR_URL, timeout=60) as simulator:
        known = [rule["match"] for rule in simulator.get("/_sim/faults").raise_for_status().json()]
        for rule in _rules(simulator):
            if rule["match"] not in known:
                simulator.post("/_sim/faults", json=rule).raise_for_status()


def damaged_accounts(connection: Connection) -> set[str]:
    """Return the ids of the people whose content the simulator damages: the administrator and the ordinary user."""
    with httpx.Client(base_url=settings.SIMULATOR_URL, timeout=60) as simulator:
        tenant = simulator.get(f"/_sim/tenants/{connection.tenant_id}").raise_for_status().json()
    return {tenant["admin_id"], tenant["user_id"]}


def _rules(simulator: httpx.Client) -> list[dict]:
    rules = []
    for tenant in simulator.get("/_sim/tenants").raise_for_status().json():
        if tenant["name"] == _REFUSED:
            path = f"/users/{_somebody(simulator, tenant)}/(mailFolders|calendars|contactFolders|contacts|drive)"
            rules.append({"match": {"path": path, "tenant": tenant["id"]}, "action": {"status": 403}})
        elif tenant["name"] == _SLOWED_DOWN:
            match = {"path": "/graph/v1.0/users/.+/", "tenant": tenant["id"]}
            action = {"status": 429, "retry_after": _PAUSE_SECONDS}
            rules.append({"match": match, "when": {"every": _EVERY}, "action": action})
    return rules


def _somebody(simulator: httpx.Client, tenant: dict) -> str:
    """Return the id of an ordinary person of the tenant, always the same one."""
    people = simulator.get(f"/_sim/tenants/{tenant['id']}/manifest").raise_for_status().json()["users"]
    named = {tenant["admin_id"], tenant["user_id"]}
    found = [one["id"] for one in people if one["kind"] == "member" and one["id"] not in named]
    return min(found)
