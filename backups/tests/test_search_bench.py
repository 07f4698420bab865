"""The benchmark of searches runs, at a size that proves nothing but that."""

import subprocess
import sys

import pytest
from django.conf import settings

# By night: it holds no promise of the product, and takes seven seconds.
pytestmark = pytest.mark.soak


def test_somebody_who_measures_gets_a_figure_for_every_sort_of_search():
    command = [sys.executable, "manage.py", "bench", "search", "--size", "small", "--json"]

    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count('"figure": "search.') == 18
    assert '"figure": "search.p95"' in done.stdout
