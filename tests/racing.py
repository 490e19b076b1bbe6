"""Races with real connections: every call in a thread of its own, with a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

SECONDS = 60


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls at the same time; return what each returned, or the error it raised, in order.

    A call that needs the others at a certain point waits there on a `threading.Barrier` or `Event` of the test's own.
    """
    results: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            results[place] = calls[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=SECONDS)
    return results
