"""Key of a video's descriptor."""

from signwild.base.digests import computing_digest, result_key
from signwild.configuration.sections.descriptor import Descriptor

KERNELS = {
    "profiles": (
        "signwild.stages.descriptors.motion_profiles",
        "signwild.stages.descriptors.footage",
        "signwild.stages.faces.found_faces",
    ),
    "visual_features": (
        "signwild.stages.descriptors.visual_features",
        "signwild.stages.descriptors.footage",
        "signwild.stages.faces.found_faces",
    ),
    "pose": ("signwild.stages.descriptors.pose.recording", "signwild.stages.descriptors.footage"),
    "learned_patches": ("signwild.stages.descriptors.grey_frames", "signwild.stages.descriptors.footage"),
}
"""Modules that compute each kind of descriptor."""

POSE_NETWORKS = {
    "pose_detection/pose_detection.tflite": "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "pose_landmark/pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "holistic_landmark/hand_recrop.tflite": "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
    "hand_landmark/hand_landmark_full.tflite": "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
}
"""MediaPipe's networks for poses: files below mediapipe/modules in its wheel, and their sha256."""


def descriptor_key(
    sample_key: str, faces_key: str | None, parameters: Descriptor, length: int, max_motion_rate: int
) -> str:
    """Return the key of a video's descriptor: its samples and faces, the code that computes it, and that code's input.

    ``faces_key``: None for a descriptor that needs no faces. What a fold learns from a descriptor is in its own key.
    """
    return result_key(
        sample_key,
        faces_key,
        computing_digest(*KERNELS[parameters.kind]),
        parameters.model_dump(exclude={"faces", "encoder"}),
        list(POSE_NETWORKS.values()) if parameters.kind == "pose" else max_motion_rate,
        length if parameters.kind == "visual_features" else None,
    )
