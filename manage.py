#!/usr/bin/env python3
"""The command line of Portico. `up` runs everything, `test` checks everything; needs nothing but Python 3.11.

Makes its own environment in .venv when Django is not there; see portal/bootstrap.py.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file must say so before anything else fails
    sys.exit(f"Portico needs Python 3.11 or newer; this is {sys.version.split()[0]}.")


def main() -> None:
    """Make sure of the environment, then do what the first word says."""
    from portal import bootstrap

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    bootstrap.ensure_environment(with_tests=command == "test")

    from portal.launcher import commands

    sys.exit(commands.run(command, sys.argv[2:]))


if __name__ == "__main__":
    main()
