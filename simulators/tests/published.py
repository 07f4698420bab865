"""What Microsoft publishes about Graph, and how to hold answers of the simulator against it.

Each part of the simulator has a contract test of its own that visits all of its routes.
"""

import json
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("PORTICO_GRAPH_DATA") or ROOT.parent / "shared/data/graph")
ARCHIVE = DATA / "graph-metadata.tar.xz"
NEEDS_DESCRIPTION = pytest.mark.skipif(not ARCHIVE.exists(), reason="Microsoft's description of Graph is not at hand")


def findings(description, path: str, answer, exceptions: dict[str, str]) -> list[str]:
    """Return what is wrong with an answer, without what ``exceptions`` explain."""
    return reduced(description.findings(plain(path), answer.status_code, answer.json()), exceptions)


def reduced(found: list[str], exceptions: dict[str, str]) -> list[str]:
    """Leave out the findings that ``exceptions`` (`<what>: <property>` → why) explain."""
    return [
        finding
        for finding in found
        if not any(
            finding.endswith(known.partition(": ")[0]) and f".{known.partition(': ')[2]}:" in finding
            for known in exceptions
        )
    ]


def plain(path: str) -> str:
    """Return a path without its query."""
    return path.partition("?")[0]


def key_of(method: str, path: str) -> str:
    """Return a call without the names of its arguments, which are different on both sides."""
    return f"{method} " + re.sub(r"\{[^}]*\}", "{}", path.lower()).removesuffix(":")


def published_roles(folder: Path) -> dict[str, set[str]]:
    """Return the application roles that open each call."""
    found: dict[str, set[str]] = {}
    for role, entry in json.loads((folder / "permissions.json").read_text())["permissions"].items():
        for paths in entry["pathSets"]:
            if "Application" in paths["schemeKeys"]:
                for method in paths["methods"]:
                    for path in paths["paths"]:
                        found.setdefault(key_of(method, path), set()).add(role)
    return found
