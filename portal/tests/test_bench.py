"""What `manage.py bench` says to whoever measures."""

import json
from io import StringIO

from portal.benchmarks import Figure
from portal.benchmarks.engine_tools import missing_packages
from portal.management.commands.bench import Command

FIRST = Figure("engine.first", 9, 10, "s", most=0.8)
ROWS = Figure("engine.rows", 400, 1000, "rows/s", least=0.3)
ALONE = Figure("engine.check", 9, None, "s", most=0.5)


def test_a_missed_bar_is_said_beside_its_figure_and_at_the_end():
    said, warned = StringIO(), StringIO()

    Command(stdout=said, stderr=warned, no_color=True)._show(iter([FIRST, ROWS, ALONE]), as_json=True)

    first, rows, alone = map(json.loads, said.getvalue().splitlines())
    assert first == {"figure": "engine.first", "ours": 9, "yardstick": 10, "ratio": 0.9, "unit": "s; MISSED"}
    assert rows == {"figure": "engine.rows", "ours": 400, "yardstick": 1000, "ratio": 0.4, "unit": "rows/s"}
    assert alone == {"figure": "engine.check", "ours": 9, "yardstick": None, "ratio": None, "unit": "s"}
    assert warned.getvalue().strip() == "Bars that were missed: engine.first."


def test_figures_without_a_yardstick_have_a_line_of_the_table_too():
    said = StringIO()

    Command(stdout=said)._show(iter([ALONE]), as_json=False)

    assert said.getvalue().split() == ["engine.check", "9", "|", "-", "|", "-", "|", "s"]


def test_a_bar_may_be_a_least_ratio_or_a_number_of_our_own():
    assert Figure("f", 2, 10, "", least=0.3).is_missed
    assert Figure("f", 11, 1000, "", most=0.05, most_ours=10).is_missed
    assert not Figure("f", 9, 1000, "", most=0.05, most_ours=10).is_missed
    assert not Figure("f", 9, 1, "").is_missed


def test_without_the_yardsticks_their_debian_packages_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert missing_packages() == ["restic", "borgbackup"]
