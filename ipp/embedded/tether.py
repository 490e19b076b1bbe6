"""Becomes another program that the kernel stops when its parent dies, `kill -9` included. Run as a script; imports nothing of ours.

A `preexec_fn` would do the same and is unsafe beside threads. Root is dropped here, after the start, so that this interpreter may lie
in a folder only root may enter.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Take `PARENT-PID DEATH-SIGNAL UID GID COMMAND...` and become COMMAND; UID 0 keeps who we are."""
    parent, death_signal, uid, gid = (int(word) for word in sys.argv[1:5])
    command = sys.argv[5:]
    if uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After setuid, which clears the setting; and the parent may have died before it was made.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        sys.exit(0)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        os.execvp(command[0], command)  # noqa: S606 (a shell is what we do not want)
    except OSError as error:
        sys.exit(f"cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
