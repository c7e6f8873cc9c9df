#!/usr/bin/env python
"""The command line of a Langvel Approvals site."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "langvel_site.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"{error}. Is the virtual environment active? `make install` makes one in .venv."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
