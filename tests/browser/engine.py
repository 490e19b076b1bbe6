"""An engine that works once for every line it reads: what is due is done when it answers, so that no test has to wait."""

from __future__ import annotations

import sys

import django


def main() -> None:
    """Work whenever told to, until the input ends."""
    django.setup()
    from ipp.core.services import deliveries, mails
    from marketplaces import services as marketplaces

    for _line in sys.stdin:
        while deliveries.deliver_due() + mails.send_due() + marketplaces.work_sightings() + marketplaces.carry_out_due():
            pass
        print("done", flush=True)


if __name__ == "__main__":
    main()
