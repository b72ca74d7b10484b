"""Errors that a user can fix."""


class InputError(Exception):
    """Bad input. The message names the file, the line or key, and how to fix it."""


class UnusableVideo(Exception):
    """A video that cannot be used; it becomes a failed row, and the run goes on.

    ``status`` is the class of the failure (one word), ``reason`` describes what was found.
    """

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason
