"""`manage.py soak [NAME]`: the long tests, with the counts of a night, and the figures they recorded."""

import json
import os
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand

from portal import bootstrap
from portal.launcher import places
from portal.launcher.surroundings import development_settings
from portal.launcher.testing import test

_SERVERS = ("DATABASE_URL", "REDIS_URL")


class Command(BaseCommand):
    help = "Runs the long tests (all, or those whose name contains NAME) on servers of their own and tells the figures."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", nargs="?", help="a part of a test's or file's name, or pytest's -k expression")
        parser.add_argument("--part", type=float, default=1.0, help="how much of a night's counts, such as 0.1")
        parser.add_argument("--json", action="store_true", help="one JSON object a test, and nothing else")

    def handle(self, *, name: str | None, part: float, **options) -> None:
        bootstrap.ensure_environment(with_tests=True)
        _leave_development()
        os.environ["PORTICO_SOAK"] = "1"
        os.environ["PORTICO_SOAK_PART"] = str(part)
        with tempfile.TemporaryDirectory(prefix="portico-soak-") as folder:
            report = Path(folder) / "report.xml"
            code = _run(["-k", name] if name else [], report, quietly=options["json"])
            for line in _lines(report) if report.exists() else ():
                self.stdout.write(json.dumps(line) if options["json"] else _sentence(line))
        sys.exit(code)


def _leave_development() -> None:
    """Forget the settings and servers this command was started with: tests have their own and empty them."""
    for setting in (*_SERVERS, *development_settings(places.var_folder(), base_url="")):
        os.environ.pop(setting, None)


def _run(arguments: list[str], report: Path, *, quietly: bool) -> int:
    # pytest writes to the same standard output; with --json only what we write may stand there.
    kept = os.dup(1)
    if quietly:
        os.dup2(2, 1)
    try:
        return test(["-q", "-m", "soak", "-o", "junit_family=legacy", f"--junitxml={report}", *arguments])
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _lines(report: Path) -> Iterator[dict]:
    tree = ElementTree.parse(report)  # noqa: S314 - pytest wrote it a moment ago
    for case in tree.iter("testcase"):
        bad = [kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None]
        figures = {figure.get("name"): figure.get("value") for figure in case.iter("property")}
        yield {
            "test": f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}",
            "outcome": bad[0] if bad else "passed",
            "seconds": round(float(case.get("time", "0")), 1),
            "figures": figures,
        }


def _sentence(line: dict) -> str:
    figures = ", ".join(f"{name}: {value}" for name, value in line["figures"].items())
    return f"{line['outcome']:<8} {line['seconds']:>8} s  {line['test']}" + (f"  ({figures})" if figures else "")
