#!/bin/sh
# Makes .venv with the first fitting Python and installs a lock file's packages, by their hashes.
# usage: sh install.sh requirements.lock

fail() { echo "Rivulet cannot be installed: $*" >&2; exit 1; }

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
  "$python" -c "$fits" 2>/dev/null && break
  python=
done
[ -n "$python" ] || fail "it needs Python 3.11, 3.12 or 3.13; ${PYTHON:-python3} is" \
  "$("${PYTHON:-python3}" --version 2>&1 | head -n 1). Set PYTHON=/path/to/python3.13."

[ -w . ] || fail "this folder cannot be written."
if ! .venv/bin/python -c "$fits" 2>/dev/null; then
  rm -rf .venv
  "$python" -m venv .venv >/dev/null 2>&1 ||
    fail "$python cannot make a virtual environment (on Debian: apt install python3-venv)."
fi
echo "Installing the packages of $1 …"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$1" ||
  fail "pip could not install the packages of $1; its message is above."
