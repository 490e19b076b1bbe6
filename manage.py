#!/usr/bin/env python3
"""Django's command line for this project; the owner's database login unless IPP_AUDIENCE says otherwise."""

from __future__ import annotations

import os
import sys
from importlib import import_module

ALONE = {"clock": "ipp.core.management.commands.clock", "links": "marketplaces.management.commands.links"}
"""Commands that only count and read: they run on a bare checkout, without settings, servers or secrets, and join nothing that runs."""


def main() -> None:
    """Run one management command, beside the system that `make run` runs if there is one."""
    if len(sys.argv) > 1 and sys.argv[1] in ALONE:
        # Django closes database connections at the end of a command; without a settings module it finds that there are none.
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
        import_module(ALONE[sys.argv[1]]).Command().run_from_argv(sys.argv)
        return
    # A process with an audience was told everything, and a test must not touch what runs here. Elsewhere than on Linux nothing does.
    if sys.platform == "linux" and not os.environ.get("IPP_AUDIENCE") and os.environ.get("IPP_MODE") != "test":
        from ipp.embedded.environment import join_running  # noqa: PLC0415 (it needs what only Linux has)

        join_running(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipp.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 (the settings module must be named first)

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
