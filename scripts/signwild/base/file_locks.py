"""Locks of files, where the file system has them; only the standard library is imported."""

import errno

NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
"""Errors of file systems that do not support locks, such as some on clusters."""
