#!/bin/sh
# Makes .venv and installs one locked requirements file into it, hashes checked: scripts/install.sh requirements-local.txt
# Does nothing when that very file is installed already. PYTHON=... names the interpreter.
set -eu
cd "$(dirname "$0")/.."
requirements=$1
venv=.venv/bin/python

installed() { [ -f ".venv/$1.installed" ] && cmp -s "$1" ".venv/$1.installed"; }

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14 python; do
        if is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
        if [ -n "${PYTHON:-}" ]; then break; fi
    done
    echo "IPP needs Python 3.11 or newer, and ${PYTHON:-python3} is $("${PYTHON:-python3}" --version 2>&1 || echo missing)." >&2
    echo "Install one, or name it: make install PYTHON=/path/to/python3.12" >&2
    return 1
}

make_venv() {
    if [ -x "$venv" ] && is_new_enough "$venv"; then return; fi
    python=$(find_python)
    if ! "$python" -m venv .venv; then
        echo "$python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2
        return 1
    fi
}

# uv installs in a tenth of pip's time; its own version and hashes stand in the lock of the developers' set.
get_uv() {
    awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' requirements-dev.txt >.venv/uv.txt
    "$venv" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r .venv/uv.txt
}

# --compile-bytecode: else every process compiles every module at its first start.
install_with_uv() {
    cache="${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/uv}"
    if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then export UV_NO_CACHE=1; fi
    "$venv" -m uv pip install --quiet --python "$venv" --compile-bytecode --require-hashes -r "$requirements"
}

install_with_pip() {
    "$venv" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r "$requirements"
}

if [ -x "$venv" ] && installed "$requirements"; then exit 0; fi
echo "Installing $requirements into .venv ..."
make_venv
if get_uv && install_with_uv; then :; else
    echo "uv did not do it; trying pip, which takes a few minutes ..." >&2
    install_with_pip
fi
cp "$requirements" ".venv/$requirements.installed"
if [ "$requirements" = requirements-dev.txt ]; then cp requirements-local.txt .venv/requirements-local.txt.installed; fi
