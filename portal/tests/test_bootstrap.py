"""The project's own environment: made whole, noticed when half, never forced on somebody who has one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def clone(tmp_path):
    """A checkout with an empty lock file, so that making its environment needs no index."""
    for name in ("manage.py", "portal/__init__.py", "portal/bootstrap.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "requirements-dev.txt").write_text("")
    launcher = tmp_path / "portal" / "launcher"
    launcher.mkdir()
    (launcher / "__init__.py").write_text("")
    (launcher / "commands.py").write_text("import sys\ndef run(command, rest):\n    print(sys.prefix)\n    return 0\n")
    return tmp_path


def start(clone, command="up", **environment):
    python = Path(sys.base_prefix) / "bin" / "python3"
    clean = {k: v for k, v in os.environ.items() if k not in ("PORTICO_NO_VENV", "VIRTUAL_ENV")}
    return subprocess.run(
        [python, "manage.py", command], cwd=clone, capture_output=True, text=True, env={**clean, **environment}
    )


def stamp_of(clone):
    return json.loads((clone / ".venv" / "portico-stamp.json").read_text())


def test_the_first_start_makes_it_and_the_second_uses_it(clone):
    first, second = start(clone), start(clone)

    assert "Preparing the environment" in first.stderr
    assert first.stdout.strip() == str(clone / ".venv")
    assert (second.stdout, second.stderr) == (first.stdout, "")


def test_testing_adds_what_tests_need(clone):
    start(clone)
    assert set(stamp_of(clone)) == {"requirements.txt"}

    start(clone, "test")

    assert set(stamp_of(clone)) == {"requirements.txt", "requirements-dev.txt"}
    assert start(clone).stderr == ""


def test_a_half_made_one_is_noticed_and_made_anew(clone):
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "bin" / "python").write_text("broken")

    done = start(clone)

    assert done.returncode == 0
    assert "not complete. Making it anew." in done.stderr


def test_a_changed_lock_is_installed_once(clone):
    start(clone)
    (clone / "requirements.txt").write_text("# another line\n")

    again, quiet = start(clone), start(clone)

    assert "Preparing" in again.stderr
    assert quiet.stderr == ""


def test_a_package_that_cannot_be_installed_ends_with_a_line_and_leaves_no_stamp(clone):
    (clone / "requirements.txt").write_text("no-such-package-of-portico==1.0 --hash=sha256:" + "0" * 64 + "\n")

    done = start(clone, PIP_NO_INDEX="1", UV_OFFLINE="1", UV_NO_INDEX="1")

    assert done.returncode == 1
    assert "The packages could not be installed" in done.stderr
    assert not (clone / ".venv" / "portico-stamp.json").exists()


def test_an_environment_of_ones_own_is_left_alone(clone):
    done = start(clone, PORTICO_NO_VENV="1")

    assert done.returncode == 0
    assert not (clone / ".venv").exists()


def test_an_old_python_is_told_so_in_one_line(clone):
    code = "import sys; sys.version_info = (3, 10); sys.argv = ['manage.py']; exec(open('manage.py').read())"

    done = subprocess.run([sys.executable, "-c", code], cwd=clone, capture_output=True, text=True)

    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
