"""Lack of memory, as the system, Python, numpy and TensorFlow report it."""

import errno

OUT_OF_MEMORY = "there is not enough memory"


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory, or a GPU's memory, is used up."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    # TensorFlow's class is compared by name, since it takes seconds to import.
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
