#!/usr/bin/env bash
# uv: a dry run with --require-hashes passes a lock that has no hash for any file of this machine.
#
# Versions:  uv 0.13.9, Python 3.11; the lock names markupsafe 3.0.3
# Expected:  `uv pip install --dry-run --require-hashes` fails where the same command without `--dry-run` does.
# Seen:      it reports "Would install markupsafe==3.0.3", although the lock has the hash of a wheel for another machine
#            alone. The installation then stops with a mismatch. That each line has some hash is all that a dry run
#            looks at.
# Matters:   a check of a lock for several machines by dry runs passes with a lock that can be installed on one of them.
#            The hashes of the index's files have to be compared with the lock.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  uv==0.13.9 \
  2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
cd "$folder"
mkdir other
venv/bin/pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest other \
  --platform win_amd64 markupsafe==3.0.3 2> errors || { cat errors; exit 1; }
echo "markupsafe==3.0.3 --hash=sha256:$(sha256sum other/*.whl | cut -d ' ' -f 1)" > lock.txt
tried() {
  # Prints whether uv can install this lock, and its words if it cannot.
  if venv/bin/uv pip install --python venv/bin/python --target target --only-binary :all: --require-hashes --no-cache \
    --requirement "$@" > out 2>&1; then echo yes; else echo no; fi
}
planned=$(tried lock.txt --dry-run)
grep -i "would install\|markupsafe" out || true
installed=$(tried lock.txt)
grep -i "hash mismatch" out
echo "with the hash of a wheel for Windows alone: a dry run says $planned, the installation $installed"
[ "$planned $installed" = "yes no" ] || { echo "no longer so"; exit 1; }
echo "markupsafe==3.0.3" > lock.txt
planned=$(tried lock.txt --dry-run)
echo "without a hash: a dry run says $planned"
[ "$planned" = no ] || { echo "no longer so"; exit 1; }
