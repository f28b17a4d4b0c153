#!/usr/bin/env bash
# Sets up .venv for the Makefile:  bash bootstrap.sh core|lint-tools|full|browser
#
#   core         the package and its tests; needs no compiler
#   lint-tools   core, ruff and mypy
#   full         lint-tools, TensorFlow and manim, with manim's system libraries
#   browser      full, and what tests the page and the notebook: playwright, Jupyter's kernel, and Chromium where apt
#                has it
#
# Does nothing when that set is already there. PYTHON=... chooses the interpreter.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
set_name=${1:-}

say() { printf '==> %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

case $set_name in
    core)       wanted=(--group test -e .)        what="convexplain and its tests: about a minute" ;;
    lint-tools) wanted=(--group dev -e .)         what="convexplain, its tests, ruff and mypy: about a minute" ;;
    full)       wanted=(--group dev -e '.[all]')  what="convexplain with TensorFlow and manim: a few minutes" ;;
    browser)    wanted=(--group dev --group browser --group notebook -e '.[all]')  what="convexplain with TensorFlow, manim, playwright and Jupyter's kernel: a few minutes" ;;
    *)          die "usage: bash bootstrap.sh core|lint-tools|full|browser" ;;
esac

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# An existing .venv is kept unless its Python is gone, or another one was asked for.
venv_suits() { suits .venv/bin/python && { [ -z "${PYTHON:-}" ] || [ "$(version .venv/bin/python)" = "$(version "$PYTHON")" ]; }; }

# A set is ready for one folder, one interpreter and one list of dependencies: pyproject.toml above its first [tool] table.
key() { { pwd -P; .venv/bin/python -V; sed '/^\[tool\./,$d' pyproject.toml; cat constraints.txt bootstrap.sh; } | cksum; }

# Two makes at once take turns, by a lock on this file.
if command -v flock >/dev/null; then exec 9<bootstrap.sh; flock 9; fi

if [ -n "${PYTHON:-}" ]; then suits "$PYTHON" || die "PYTHON=$PYTHON is not a working Python 3.11, 3.12 or 3.13."; fi
if [ ! -e .venv/installing ] && venv_suits && [ "$(cat ".venv/ready-$set_name" 2>/dev/null)" = "$(key)" ]; then exit 0; fi

# A killed pip can leave half a package that it later takes for a whole one: start again.
if [ -e .venv/installing ] || { [ -e .venv ] && ! { venv_suits && .venv/bin/python -m pip --version >/dev/null 2>&1; }; }; then
    say "removing .venv: its set-up was interrupted, or it has another Python"
    rm -rf .venv
fi

python=
for candidate in .venv/bin/python ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if suits "$candidate"; then python=$("$candidate" -c 'import sys; print(sys.executable)'); break; fi
done
[ -n "$python" ] || die "no working Python 3.11, 3.12 or 3.13 was found: install one, or name it with PYTHON=/path/to/python."

missing=() # system packages, by what is absent and not by name: a compiler may come from elsewhere
[ -e .venv ] || "$python" -c 'import ensurepip' 2>/dev/null || missing+=("python$(version "$python")-venv")
if [ "$set_name" = full ] || [ "$set_name" = browser ]; then # on Linux, pip builds two parts of manim from source
    echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1 || missing+=(gcc libc6-dev)
    command -v pkg-config >/dev/null || missing+=(pkg-config)
    pkg-config --exists cairo 2>/dev/null || missing+=(libcairo2-dev)
    pkg-config --exists pangocairo pangoft2 2>/dev/null || missing+=(libpango1.0-dev)
    "$python" -c 'import sysconfig; open(sysconfig.get_path("include") + "/Python.h")' 2>/dev/null || missing+=("python$(version "$python")-dev")
fi

as_root() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/sbin:/sbin" "$@" </dev/null; }
apt() { if [ -t 1 ]; then as_root apt-get -o DPkg::Lock::Timeout=300 "$@"; else as_root apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null; fi; }
# The package lists are updated only where they do not know a package, or know one that is gone.
apt_knows() { apt-get install --simulate "$@" >/dev/null 2>&1 || apt update; }
apt_install() {
    apt_knows "$@"
    apt install -y --no-install-recommends "$@" || { as_root dpkg --configure -a && apt update && apt install -y --no-install-recommends "$@"; }
}
sudo=()
if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
if [ ${#missing[@]} != 0 ]; then
    command -v apt-get >/dev/null || die "what Debian packages as ${missing[*]} is missing: install it with this system's own package manager."
    [ ${#sudo[@]} = 0 ] || { command -v sudo && sudo true; } >/dev/null </dev/null ||
        die "system packages are missing, and you may not install them here: ask an administrator for \`apt-get update && apt-get install --no-install-recommends ${missing[*]}\`, then type the same again."
    say "installing system packages, about a minute: ${missing[*]}"
    apt_install "${missing[@]}" || die "apt-get could not install ${missing[*]}: mend what it says above; on Ubuntu the component universe must be among its sources."
fi

# Only the tests of the page need a browser: without one that runs they are skipped. Ubuntu's package is an empty one
# that has snapd fetch it: where there is no snapd, as in a container, nothing is installed.
has_browser() { for name in chromium chromium-browser google-chrome; do ! "$name" --version || return 0; done >/dev/null 2>&1; return 1; }
without_snapd() { apt_knows chromium; ! apt-get install --simulate chromium | grep -q '^Inst snapd '; }
if [ "$set_name" = browser ] && ! has_browser; then
    say "installing Chromium: about a minute"
    { command -v apt-get && { [ ${#sudo[@]} = 0 ] || command -v sudo; } && without_snapd && apt_install chromium; } >/dev/null 2>&1
    has_browser || say "there is no Chromium that runs here: the tests of the page in a browser will be skipped"
fi

if [ ! -e .venv ]; then
    say "making .venv with $("$python" -V), $python: a few seconds"
    "$python" -m venv .venv
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
pip_install() {
    if [ -t 1 ]; then
        .venv/bin/python -m pip install "$@"
    else # one line for each file, without pip's account of what is already there
        .venv/bin/python -m pip install --progress-bar off "$@" |
            sed -unE 's/^ *Downloading ([^ ]+ .*)/    \1/p; s/^ *(Building wheel for [^ ]+).*: started/    \1/p; s/^Installing collected packages.*/    unpacking all of them, in silence: a minute or more/p'
    fi
}

say "installing $what"
touch .venv/installing
pip_install --quiet 'pip>=25.1' # the first that reads dependency groups
pip_install -c constraints.txt "${wanted[@]}"
rm .venv/installing

# A larger set contains the smaller ones.
case $set_name in
    browser) ready=(core lint-tools full browser) ;;
    full) ready=(core lint-tools full) ;;
    lint-tools) ready=(core lint-tools) ;;
    *) ready=(core) ;;
esac
for part in "${ready[@]}"; do key >".venv/ready-$part"; done
say "ready: .venv ($set_name)"
