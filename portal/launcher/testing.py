"""`manage.py test`: the whole suite, with servers of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.bootstrap import ROOT
from portal.launcher.surroundings import embedded_servers

# More than this many side by side wait for each other's databases.
SIDE_BY_SIDE_AT_MOST = 4
# What `--screenshots` stands for: the tests that take the pictures of the shipped courses, and none else.
SCREENSHOTS = ["-m", "screenshots", "portal/tests/browser/test_course_pictures.py"]


def test(arguments: list[str]) -> int:
    """Run pytest with ``arguments`` and return its exit code; the whole suite runs on all cores.

    With ``--screenshots`` the pictures of the shipped courses are taken anew instead.
    """
    if "--screenshots" in arguments:
        arguments = [argument for argument in arguments if argument != "--screenshots"] + SCREENSHOTS
    names_tests = any(not argument.startswith("-") for argument in arguments)
    if not names_tests and not any(argument.startswith(("-n", "-x", "--pdb")) for argument in arguments):
        arguments = ["-n", str(min(os.cpu_count() or 1, SIDE_BY_SIDE_AT_MOST)), *arguments]
    with tempfile.TemporaryDirectory(prefix="portico-test-") as folder:
        # The database may run as another user, who has to pass through.
        Path(folder).chmod(0o711)
        with embedded_servers(Path(folder), for_tests=True) as addresses:
            environment = {
                **os.environ,
                **addresses,
                "DJANGO_SETTINGS_MODULE": "portal.settings_test",
                "PORTICO_MODE": "test",
                "VAR_DIR": folder,
                # Playwright keeps an event loop in the test's own thread; the tests themselves are synchronous.
                "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
            }
            return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment).returncode
