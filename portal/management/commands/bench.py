"""`manage.py bench NAME`: our figure beside its yardstick, from the same run."""

import json
from importlib import import_module

from django.core.management.base import BaseCommand

NAMES = ("users", "board", "discovery")


class Command(BaseCommand):
    help = "Measures one part of the product beside its yardstick."

    def add_arguments(self, parser) -> None:
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *, name: str, **options) -> None:
        for figure in import_module(f"portal.benchmarks.{name}").measure():
            values = {
                "figure": figure.figure,
                "ours": round(figure.ours, 3),
                "yardstick": round(figure.yardstick, 3),
                "ratio": round(figure.ratio, 3),
                "unit": figure.unit,
            }
            if options["json"]:
                self.stdout.write(json.dumps(values))
            else:
                self.stdout.write("{figure:<16} {ours:>10} | {yardstick:>10} | {ratio:>7} | {unit}".format(**values))
