"""What the first word after `manage.py` means."""

import sys

from portal.launcher import surroundings


def run(command: str, arguments: list[str]) -> int:
    """Do ``command`` and return its exit code; everything but `up` and `test` is a command of Django's."""
    if command == "up":
        from portal.launcher.up import up

        return up(arguments)
    if command == "test":
        from portal.launcher.testing import test

        return test(arguments)
    with surroundings.for_one_command():
        from django.core.management import execute_from_command_line

        execute_from_command_line([sys.argv[0], command, *arguments])
    return 0
