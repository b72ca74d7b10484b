"""Key of a video's samples."""

from signwild.base.digests import computing_digest, result_key
from signwild.configuration.sections.resample import Resample


def sample_key(source_sha256: str, parameters: Resample) -> str:
    """Return the key of a video's samples: its source bytes, the code of this stage, and its parameters."""
    return result_key(source_sha256, computing_digest("signwild.stages.resample.decoding"), parameters.model_dump())
