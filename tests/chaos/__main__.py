"""`make chaos`: files complaints while engine, broker and portal are killed, then counts what is lost or doubled.

    python -m tests.chaos [--filings 200] [--seed N] [--keep FOLDER]

The house runs as `make run` starts it, on a folder of its own. Machines file through the portal with one key per complaint and try again
until they have their 201; a reviewer accepts whatever waits; the marketplace's policy gives sellers no time to answer, so that every
accepted listing becomes a violation. The exit status is 1 when anything is lost, doubled, or not done in time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench.whole import up
from ipp.embedded.state import running_environment
from ipp.env import derived_key


def main() -> int:
    """Run it and print one line with the counts."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--filings", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep the house's folder here, to look at it afterwards")
    options = parser.parse_args()
    os.environ["IPP_DEMO"] = "0"
    with tempfile.TemporaryDirectory(prefix="ipp-chaos-") as folder:
        data = (options.keep or Path(folder) / "house").resolve()
        with up(data) as house:
            environment = running_environment(data)
            assert environment, "the house left no settings"
            environment["SANDBOX_SECRET"] = derived_key(environment["SECRET_KEY"], "sandbox")  # the catalogue is read from here
            os.environ.update(environment, DJANGO_SETTINGS_MODULE="ipp.settings", IPP_AUDIENCE="owner", LOG_LEVEL="WARNING")
            import django  # noqa: PLC0415 (its settings are those of the house that runs now)

            django.setup()
            from tests.chaos.story import play  # noqa: PLC0415

            tally = play(house, filings=options.filings, seed=options.seed)
    print(tally.line())
    for trouble in tally.troubles:
        print(f"  {trouble}")
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
