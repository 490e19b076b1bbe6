"""Waiting with one eye on the signals: a child that ended cuts the wait short, a request to stop ends it."""

from __future__ import annotations

import signal

from ipp.embedded.errors import StopRequested

STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """Holds signals back from handlers and takes them in `pause`, so that nothing is interrupted halfway."""

    def __init__(self) -> None:
        """Hold them back from now on. A hang-up that `nohup` told us to ignore stays ignored."""
        hang_up_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        self.stop = {number for number in STOP if not (number is signal.SIGHUP and hang_up_ignored)}
        signal.pthread_sigmask(signal.SIG_BLOCK, {*self.stop, signal.SIGCHLD})

    def pause(self, seconds: float) -> None:
        """Wait so long, or until a child ends.

        Raises:
            StopRequested: somebody asked for a stop.
        """
        taken = signal.sigtimedwait({*self.stop, signal.SIGCHLD}, seconds)
        if taken and taken.si_signo in self.stop:
            raise StopRequested(signal.Signals(taken.si_signo).name)
