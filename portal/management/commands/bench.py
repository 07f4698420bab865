"""`manage.py bench NAME`: our figure beside its yardstick, from the same run."""

import json
from collections.abc import Iterator
from importlib import import_module

from django.core.management.base import BaseCommand, CommandError

from portal.benchmarks import Figure
from portal.benchmarks.engine_tools import ToolFailed

NAMES = ("users", "board", "dashboard", "discovery", "engine", "export", "reports", "restore", "search", "throttle")
# Those that can measure less, for trying.
SIZED = ("engine", "export", "reports", "restore", "search", "throttle")


class Command(BaseCommand):
    help = "Measures one part of the product beside its yardstick."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument(
            "--size",
            choices=("full", "small"),
            default="full",
            help=f"small: for trying ({', '.join(SIZED)})",
        )

    def handle(self, *, name: str, size: str, **options) -> None:
        if size != "full" and name not in SIZED:
            raise CommandError(f"{name} is always measured in full.")
        measure = import_module(f"portal.benchmarks.{name}").measure
        try:
            self._show(measure(size) if name in SIZED else measure(), as_json=options["json"])
        except ToolFailed as problem:
            raise CommandError(str(problem)) from problem

    def _show(self, figures: Iterator[Figure], *, as_json: bool) -> None:
        missed = []
        for figure in figures:
            values = {
                "figure": figure.figure,
                "ours": _rounded(figure.ours),
                "yardstick": _rounded(figure.yardstick),
                "ratio": _rounded(figure.ratio),
                "unit": figure.unit + ("; MISSED" if figure.is_missed else ""),
            }
            if as_json:
                self.stdout.write(json.dumps(values))
            else:
                shown = {name: "-" if value is None else value for name, value in values.items()}
                self.stdout.write("{figure:<24} {ours:>10} | {yardstick:>10} | {ratio:>7} | {unit}".format(**shown))
            missed += [figure.figure] if figure.is_missed else []
        if missed:
            self.stderr.write(f"Bars that were missed: {', '.join(missed)}.")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
