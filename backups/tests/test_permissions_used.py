"""We ask for no permission too few: every call of a look is covered by what the consent page lists."""

import functools
import json
import os
import re
import tarfile
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from backups.engine.site_checks import check
from backups.tests.looks import connected, look
from jobs import claims
from jobs.models import Job
from organizations.actions.site_addresses import add_site_addresses
from organizations.models import Group, Policy
from organizations.permissions import BACKUP

DATA = Path(os.environ.get("PORTICO_GRAPH_DATA") or Path(settings.BASE_DIR).parent / "shared/data/graph")
ASKED_FOR = {permission.name for permission in BACKUP}
# Where Microsoft lists a path under another spelling than the one that is called.
SPELLINGS = {
    "/sites/getallsites": "/sites/getallsites",
    "/groups/{}/transitivemembers/microsoft.graph.user": "/groups/{}/transitivemembers",
    "/sites/{}:/{}": "/sites/{}",
    "/sites/{}/pages/{}/microsoft.graph.sitepage": "/sites/{}/pages/{}",
}
# Not calls about a tenant's data.
FREE = {"/$batch", "token"}


@functools.lru_cache
def published():
    """Return path in a normal form → method → permissions of an application, from Microsoft's own data."""
    with tarfile.open(DATA / "graph-metadata.tar.xz") as archive:
        name = next(name for name in archive.getnames() if name.endswith("permissions.json"))
        permissions = json.load(archive.extractfile(name))["permissions"]
    found: dict[tuple[str, str], set[str]] = {}
    for name, permission in permissions.items():
        for path_set in permission["pathSets"]:
            if "Application" not in path_set["schemeKeys"]:
                continue
            for path in path_set["paths"]:
                for method in path_set["methods"]:
                    found.setdefault((method, normal(path)), set()).add(name)
    return found


def normal(path):
    path = re.sub(r"\{[^}]*\}", "{}", path.lower())
    path = re.sub(r"\(\)|microsoft\.graph\.delta", lambda match: "" if match[0] == "()" else "delta", path)
    return SPELLINGS.get(path, path)


@pytest.mark.skipif(not DATA.exists(), reason="Microsoft's published permissions are not here.")
def test_every_call_is_covered_by_a_permission_that_the_consent_page_lists(source, acme, cast):
    dental = connected(source, acme)
    look(dental)
    Policy.objects.get(organization=acme).skip_groups.add(Group.objects.first())
    look(dental)
    url = "https://acme-dental.sharepoint.example/sites/crowns"
    add_site_addresses(connection=dental, urls=[url], actor=cast["ada"].user, now=timezone.now())
    check(dental.pk, claims.claim(Job.objects.get(kind="check_site_addresses").pk))

    called = {(entry["method"], entry["template"]) for entry in source.log()} - {("POST", name) for name in FREE}

    assert len(called) >= 8
    for method, template in sorted(called):
        openers = published().get((method, normal(template)))
        assert openers, f"Microsoft lists no permission for {method} {template}."
        assert openers & ASKED_FOR, f"{method} {template} needs one of {sorted(openers)}."
