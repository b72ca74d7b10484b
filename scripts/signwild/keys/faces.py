"""Key of a video's faces."""

from signwild.base.digests import computing_digest, result_key
from signwild.configuration.sections.faces import Faces


def faces_key(sample_key: str, parameters: Faces) -> str:
    """Return the key of a video's faces: its samples, the code of this stage, and its parameters."""
    return result_key(sample_key, computing_digest("signwild.stages.faces.finding"), parameters.model_dump())
