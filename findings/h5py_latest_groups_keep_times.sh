#!/usr/bin/env bash
# h5py: with libver="latest" the same writes give other bytes a second later.
#
# Versions:  h5py 3.14.0 (HDF5 1.14.6), Python 3.11
# Expected:  the same bytes, as h5py writes data sets without times (`track_times` is off).
# Seen:      groups, the root among them, keep four times each in the newer format, and h5py has no option against it;
#            in the older format, which is its default, the bytes are the same.
# Matters:   a file that is known by its checksum changes whenever it is made again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check h5py==3.14.0 2> "$folder/errors" || { cat "$folder/errors"; exit 1; }
"$folder/venv/bin/python" - << 'END'
import io
import time

import h5py


def written(libver: str | None) -> bytes:
    """A file of one group with one data set."""
    content = io.BytesIO()
    with h5py.File(content, "w", libver=libver) as file:
        file.create_group("group")["numbers"] = [1.0, 2.0]
    return content.getvalue()


for libver, is_same in ((None, True), ("latest", False)):
    first = written(libver)
    time.sleep(1.5)
    again = written(libver)
    different = sum(one != other for one, other in zip(first, again, strict=True))
    print(f"libver={libver}: {different} of {len(first)} bytes differ")
    assert (different == 0) == is_same, "no longer so"
END
