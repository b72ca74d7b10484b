"""Errors that a user can mend."""


class InputError(Exception):
    """Bad input. The message names the file, the line or key, and the remedy."""


class UnusableVideo(Exception):
    """One video cannot be used; it becomes a failed row, and the run goes on.

    ``status`` is the class of the failure (one word), ``reason`` says what was found.
    """

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason
