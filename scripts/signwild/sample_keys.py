"""Key of a video's samples."""

from signwild.digests import computing_digest, result_key
from signwild.parameters.resample import Resample


def sample_key(source_sha256: str, parameters: Resample) -> str:
    """Key of a video's samples: its source bytes, the code of this stage, and its parameters."""
    return result_key(source_sha256, computing_digest("signwild.decoding"), parameters.model_dump())
