"""Replacing a file of somebody else: with a backup beside it, and only if it is still as it was read."""

import os
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import is_short_enough, written_whole

BACKUP = ".before_"
"""What follows a file's name in the names of its backups, before their number."""


def replace_file(path: Path, before: bytes, after: bytes) -> Path:
    """Replace the content ``before`` of a file by ``after``, and return the path of its backup, which is a new one.

    The file keeps its mode, and its owner if possible; a link to it stays a link. After a kill at any moment, the file
    is the old or the new one, as a whole. Raises InputError, and changes nothing, if the content is not ``before``.
    """
    file = Path(os.path.realpath(path))
    check_writable(path)
    status = file.stat()
    backup = None
    try:
        with written_whole(file) as temporary:
            temporary.write_bytes(after)
            temporary.chmod(status.st_mode & 0o7777)
            if (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
                with suppress(OSError):  # only root may
                    os.chown(temporary, status.st_uid, status.st_gid)
            backup = _backup(file)
            if backup.read_bytes() != before:
                raise InputError(
                    f"{path}: was changed by another program in the meantime, so it stays as it is; close it in ELAN, "
                    "and start again"
                )
    except BaseException:
        if backup:
            backup.unlink()
        raise
    return backup


def check_writable(path: Path) -> None:
    """Raise InputError if a file, or its folder, may not be written to."""
    file = Path(os.path.realpath(path))
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise InputError(f"{path}: it, or its folder, may not be written to; change the permissions, or work on a copy")


def _backup(file: Path) -> Path:
    """Make a backup of a file under the first free number, and return its path.

    Where the disk has hard links, it is the file itself under a second name: not even a write in this very moment is
    lost, as it is in the backup.
    """
    for number in count(1):
        backup = file.with_name(f"{file.name}{BACKUP}{number}")
        if not is_short_enough(backup.name):
            raise InputError(f"{file}: its name with {BACKUP}{number} is longer than a file's name can be; shorten it")
        try:
            os.link(file, backup)
        except FileExistsError:
            continue
        except OSError:
            if not _copied(file, backup):
                continue
        return backup
    raise AssertionError("there is always a next number")


def _copied(file: Path, backup: Path) -> bool:
    """Copy a file with its times and mode unless there is one of this name; return whether it was copied."""
    try:
        with file.open("rb") as source, backup.open("xb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
    except FileExistsError:
        return False
    shutil.copystat(file, backup)
    return True
