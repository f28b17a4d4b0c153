#!/usr/bin/env bash
# Sets up .venv for the Makefile:  bash bootstrap.sh core|lint-tools|full
#
#   core         the package and its tests; needs no compiler
#   lint-tools   core, ruff and mypy
#   full         lint-tools, TensorFlow and manim, with manim's system libraries
#
# Does nothing when that set is already there. PYTHON=... chooses the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
set_name=${1:-}

say() { printf '==> %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

case $set_name in
    core)       wanted=(--group test -e .)        what="convexplain and its tests" ;;
    lint-tools) wanted=(--group dev -e .)         what="convexplain, its tests, ruff and mypy" ;;
    full)       wanted=(--group dev -e '.[all]')  what="convexplain with TensorFlow and manim (a few minutes the first time)" ;;
    *)          die "usage: bash bootstrap.sh core|lint-tools|full" ;;
esac

# A .venv belongs to one folder, one interpreter and one list of dependencies: all of pyproject.toml above its first [tool] table.
key() { { pwd -P; "$1" -V; sed '/^\[tool\./,$d' pyproject.toml; cat constraints.txt bootstrap.sh; } | cksum; }
suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# Without PYTHON=, an existing .venv that suits is kept: choosing an interpreter is for the first run.
if [ -n "${PYTHON:-}" ]; then
    suits "$PYTHON" || die "PYTHON=$PYTHON is not a working Python 3.11, 3.12 or 3.13."
fi
venv_suits() { suits .venv/bin/python && { [ -z "${PYTHON:-}" ] || [ "$(version .venv/bin/python)" = "$(version "$PYTHON")" ]; }; }

# Two makes at once take turns (a lock on this file; where there is no flock, on trust).
if command -v flock >/dev/null; then exec 9<bootstrap.sh; flock 9; fi

if [ ! -e .venv/installing ] && venv_suits && [ "$(cat ".venv/ready-$set_name" 2>/dev/null)" = "$(key .venv/bin/python)" ]; then
    exit 0
fi

apt_install() { # apt_install REASON PACKAGE...
    local reason=$1 sudo=() quiet=(-qq) out=/dev/null
    shift
    command -v apt-get >/dev/null || die "$reason needs what Debian calls $*: install it with your system's package manager, then run make again."
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "$reason needs the system packages $*, and installing them needs root or sudo: run 'apt-get install --no-install-recommends $*' as root, then make again."
        sudo=(sudo)
    fi
    if [ -t 1 ]; then quiet=() out=/dev/stdout; fi
    apt() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" -o DPkg::Lock::Timeout=300 "$@" </dev/null >$out; }
    say "installing system packages for $reason: $*"
    # Update the package lists only where they do not know these packages, or know versions that are gone.
    apt-get install --simulate "$@" >/dev/null 2>&1 || apt update
    apt install -y --no-install-recommends "$@" ||
        { "${sudo[@]}" dpkg --configure -a && apt update && apt install -y --no-install-recommends "$@"; } ||
        die "apt-get could not install the system packages for $reason: $*."
}

# A killed pip can leave half a package that it later takes for a whole one: start again.
if [ -e .venv/installing ] || { [ -e .venv ] && ! { venv_suits && .venv/bin/python -m pip --version >/dev/null 2>&1; }; }; then
    say "removing .venv: it is incomplete, or made for another Python"
    rm -rf .venv
fi

if [ ! -e .venv ]; then
    python=
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if suits "$candidate"; then python=$("$candidate" -c 'import sys; print(sys.executable)'); break; fi
    done
    [ -n "$python" ] || die "no working Python 3.11, 3.12 or 3.13 was found: install one, or name it with PYTHON=/path/to/python."
    "$python" -c 'import ensurepip' 2>/dev/null || apt_install "Python environments" "python$(version "$python")-venv"
    say "making .venv with $("$python" -V) ($python)"
    "$python" -m venv .venv
fi
python=.venv/bin/python

if [ "$set_name" = full ]; then
    # pip builds pycairo and ManimPango from source on Linux: they need a C compiler and these headers.
    missing=()
    echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1 || missing+=(gcc libc6-dev)
    command -v pkg-config >/dev/null || missing+=(pkg-config)
    pkg-config --exists cairo 2>/dev/null || missing+=(libcairo2-dev)
    pkg-config --exists pangocairo pangoft2 2>/dev/null || missing+=(libpango1.0-dev)
    "$python" -c 'import os, sysconfig; open(os.path.join(sysconfig.get_path("include"), "Python.h"))' 2>/dev/null || missing+=("python$(version $python)-dev")
    [ ${#missing[@]} = 0 ] || apt_install manim "${missing[@]}"
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
pip_install() {
    if [ -t 1 ]; then
        $python -m pip install "$@"
    else # one line for each file, without pip's account of what is already there
        $python -m pip install --progress-bar off "$@" |
            sed -unE 's/^ *Downloading ([^ ]+ .*)/    \1/p; s/^ *(Building wheel for [^ ]+).*: started/    \1/p; s/^Installing collected packages.*/    installing the files/p'
    fi
}

touch .venv/installing
pip_install --quiet 'pip>=25.1' # the first that reads dependency groups
say "installing $what"
pip_install -c constraints.txt "${wanted[@]}"
rm .venv/installing

# A larger set contains the smaller ones.
for part in full lint-tools core; do
    if [ "$part" = "$set_name" ]; then done_from=1; fi
    if [ -n "${done_from:-}" ]; then key $python >".venv/ready-$part"; fi
done
say "ready: .venv ($set_name)"
