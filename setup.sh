#!/bin/sh
# Set up what a run needs, in .venv beside this file. ./demo and ./test call it; run again, it does nothing.
#   ./setup.sh          what the product needs to run
#   ./setup.sh --dev    that, the tools that check it, and the Debian packages that some tests use
set -eu
unset CDPATH PYTHONHOME PYTHONPATH VIRTUAL_ENV PIP_USER PIP_TARGET PIP_PREFIX
cd -- "$(dirname -- "$0")"
env_python=.venv/bin/python
stamps=.venv/installed

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "$*"
  exit 1
}

pick_python() { # the first Python that the pinned lists are made for
  for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
      printf '%s\n' "$name"
      return 0
    fi
  done
  stop "No Python 3.11, 3.12 or 3.13 was found: install one (on Debian 12: apt-get install python3) and run this again."
}

apt() { # apt-get as root, without a question; what it said is shown only when it fails
  if [ "$(id -u)" = 0 ]; then set -- env "$@"; else set -- sudo -n env "$@"; fi
  said=$("$@" </dev/null 2>&1) && return 0
  say "$said"
  return 1
}

apt_install() { # apt_install NAME...: true when the packages could be installed
  command -v apt-get >/dev/null 2>&1 || return 1
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then return 1; fi
  say "Installing from Debian: $*"
  apt DEBIAN_FRONTEND=noninteractive apt-get update -qq || return 1
  apt DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

venv_package() { # Debian splits venv off Python; its own python3 has it as python3-venv, others by their number
  if [ "$1" = python3 ]; then echo python3-venv; else echo "$(basename "$1")-venv"; fi
}

make_venv() { # a .venv that can install packages, made anew when the old one lost its Python
  if [ -x $env_python ] && $env_python -c 'import pip' 2>/dev/null; then return 0; fi
  python=$(pick_python) || exit 1
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package=$(venv_package "$python")
    if ! apt_install "$package" || ! "$python" -c 'import ensurepip' 2>/dev/null; then
      stop "Python's venv module is not complete here. As root run: apt-get update && apt-get install $package"
    fi
  fi
  say "Making .venv with $("$python" -V)"
  "$python" -m venv --clear .venv || stop "Could not make .venv in $(pwd): see the lines above."
}

install_list() { # install_list FILE: every package of a pinned, hashed list, unless this very list was installed last
  if cmp -s "$1" "$stamps/$1"; then return 0; fi
  say "Installing the packages of $1 (once; this downloads a few hundred MB)"
  rm -rf $stamps
  mkdir -p $stamps
  if ! with_pip requirements-build.txt || { ! with_uv "$1" && ! with_pip "$1"; }; then
    stop "Could not install $1: see the lines above. It needs a connection to a Python package index; then run this again."
  fi
  cp "$1" "$stamps/$1"
}

with_pip() {
  $env_python -m pip install -qq --disable-pip-version-check --require-hashes -r "$1"
}

with_uv() { # uv does in seconds what pip does in a minute, but does not know every setting of a site's pip
  # both compile what they install, so that a start is quick even where Python may not write its own cache
  $env_python -m uv pip install -q --no-progress --compile-bytecode --python $env_python --require-hashes -r "$1" && return 0
  say "uv could not install $1; trying pip, which is slower"
  return 1
}

link_project() { # the checkout itself, installed so that edits count at once and its commands stand in .venv/bin
  linked="$(pwd -P) $(cksum <pyproject.toml)"
  if [ "$(cat $stamps/project 2>/dev/null)" = "$linked" ]; then return 0; fi
  # what builds it is in requirements-build.txt: no network is needed, also after the checkout moved
  $env_python -m pip install -qq --disable-pip-version-check --no-index --no-deps --no-build-isolation -e . ||
    stop "Could not install the project into .venv: see the lines above; removing .venv and running this again makes it anew."
  printf '%s\n' "$linked" >$stamps/project
}

missing_packages() { # Debian packages that the database and browser tests use and that are not here
  set -- /usr/share/postgresql/*/extension/postgis.control
  [ -e "$1" ] || printf ' postgresql postgresql-postgis'
  command -v chromium >/dev/null 2>&1 || printf ' chromium'
  set -- /usr/lib/*/libatomic.so.1 /lib/*/libatomic.so.1 /usr/lib64/libatomic.so.1
  for file in "$@"; do if [ -e "$file" ]; then return 0; fi; done
  printf ' libatomic1'
}

install_test_packages() { # a missing one skips its tests with a reason; in CI it stops the run
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # a list of names, one word each
  if apt_install $missing && [ -z "$(missing_packages)" ]; then return 0; fi
  line="apt-get update && apt-get install --no-install-recommends$missing"
  [ -z "${CI:-}" ] || stop "In CI no test is skipped for want of a package. As root run: $line"
  say "The tests with PostGIS or a browser will be skipped. To have them too, run as root: $line"
}

case "${1:-}" in
  '' | --dev) ;;
  *) say "Unknown word '$1': use ./setup.sh or ./setup.sh --dev." && exit 2 ;;
esac
make_venv
if [ "${1:-}" = --dev ]; then
  # the long list holds every pin of the short one, so one installation serves both
  install_list requirements-dev.txt
  cp requirements.txt $stamps/requirements.txt
else
  install_list requirements.txt
fi
link_project
if [ "${1:-}" = --dev ]; then install_test_packages; fi
