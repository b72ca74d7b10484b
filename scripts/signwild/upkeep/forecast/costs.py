"""Costs of work that was not measured on this machine: figures, each with its origin.

Seconds are those of one core, unless a GPU is meant. A figure that was measured at 224 x 224 pixels grows with the
image's area.
"""

from dataclasses import dataclass
from typing import Literal

from signwild.configuration.sections.classifier import AnyClassifier
from signwild.configuration.sections.descriptor import Descriptor
from signwild.configuration.sections.faces import Faces
from signwild.configuration.sections.features import Features, by_backbone
from signwild.configuration.sections.learned_patches import LearnedPatchesDescriptor
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.stream import Stream
from signwild.configuration.sections.training import Precision, StopOn, Training
from signwild.stages.training.split import VALIDATION_SHARE
from signwild.stages.weights.arrays import FC1_UNITS

Device = Literal["cpu", "gpu"]


@dataclass(frozen=True)
class Cost:
    """Cost of a unit of work, in seconds or bytes; ``origin``: measured here, known from elsewhere, or guessed."""

    value: float
    origin: Literal["measured", "documented", "estimate"]


IMAGE_SIZE = 224
SAMPLES_A_SECOND = 5
FRAMES_A_SAMPLE = 6
"""Frames at the native rate per sample at 5 Hz, for 30 frames a second."""

LIGHT_START_S = 2.0
NETWORK_START_S = 10.0
"""Start of a job: Python with its packages, without and with TensorFlow (6 to 11 s). Measured on two cores."""

DECODED_FRAMES_A_SECOND = 800.0
"""Decoding of 640 x 360 to 224 x 224 in colour, on one core. Measured."""

STREAM_S = {"flow": FRAMES_A_SAMPLE * 0.0115, "mhi": 0.0015, "difference": 0.0043}
"""Motion of a sample at 224 x 224 on one core: Farneback takes 10 to 13 ms per field. All measured."""

DIS_OF_FARNEBACK = {"medium": 0.55, "fast": 0.12, "ultrafast": 0.05}
"""Dense inverse search by preset, as a share of Farneback's time. Measured (docs/decisions.md)."""

VGG_IMAGES_A_SECOND = {"float32": 11.0, "bfloat16": 12.5}
"""VGG-16 at 224 x 224, to fc1, on two cores. Measured; cores with native bfloat16 multiplication (AMX) do 62
(docs/performance.md)."""

VGG_IMAGES_A_SECOND_GPU = 500.0
"""The same on a GPU of a server. An estimate."""

OF_VGG_IMAGES_A_SECOND = {"vgg16": 1.0, "mobilenet_v2": 9.6, "efficientnet_v2_b0": 9.0, "convnext_tiny": 0.33}
"""Images that a network processes in the time in which VGG-16 processes one, at 224 x 224 in float32, on one core.
Measured (docs/performance.md); on a GPU the ratios may be others."""

FACES_S = 0.33 / SAMPLES_A_SECOND
DESCRIPTOR_S = {
    kind: seconds / (60 * SAMPLES_A_SECOND)
    for kind, seconds in {"profiles": 12.6, "visual_features": 5.2, "pose": 19.0, "learned_patches": 3.5}.items()
}
"""Seconds per sample of 1280 x 720 video, with five detectors at every third sample and 360 pixels. Measured."""

FACES_WHOLE = 1.9
"""Time of searching every checked sample as a whole, of that of every second one. Measured."""

BATCH_OF_128_S = 2 * 0.75 * 0.7
"""A training step of the paper's network on 128 segments of fc1, on two cores: 1.2 s measured with Keras's recurrent
layers; ours took 0.63 of that time, and our own steps take 0.7 of the rest (docs/performance.md)."""

GATE_MASKS = 1.3
"""Time of such a step with a dropout mask for each gate, of that with one for all (docs/performance.md)."""

BFLOAT16_SHARE = 0.39 / 0.7
"""Time of such a step with products in bfloat16, on processors that have it, as a share of that in float32
(docs/performance.md)."""

GPU_FOR_CORES = 40.0
"""Number of cores that a GPU equals in training. An estimate."""

HELD_OUT_SHARE = 1 / 3
"""Cost of a segment that is only predicted, as a share of one that is trained on: no backward pass."""

REFIT_SHARE = 0.5
"""Epochs of the refit that follows the inner training, as a share of the epochs of the latter: those without gain are
left out. An estimate."""

EPOCHS_IN_PATIENCES = 7.0
EPOCHS_IN_PATIENCES_CONSTANT = 2.5
"""Epochs of a fit as multiples of its patience, with and without a schedule: one or two in which the loss falls, then
each step without gain. An estimate."""

ASKED_SAMPLE_S = 0.00004
CLASSIFIER_FOLD_S = 600.0
CLASSIFIER_SEGMENTS = 20_000
"""Tuning and fitting a classifier on one fold of that many segments, at most. An estimate."""

ENCODED_VALUE_S = 7e-9
LEARN_S = {"kmeans": 1.5, "sparse_autoencoder": 18.0}
"""Encoding by learned patches with 100 features, for each pixel of each patch of each sample; and learning these once,
from 50,000 patches of 128 pixels. Measured on one core; other numbers of features and patches are in proportion."""

OTHER_JOB_S = 10.0
"""A table, a figure, a list. An estimate."""

PAUSE_TO_TRANSFER_S = 1.0
"""Transfer of a video, besides the pause before the next: with 10 to 20 s, 1,122 videos take 5 hours."""

DOWNLOAD_BYTES = 27e6
"""A video of 480 lines without sound: 20 to 40 GB in all. An estimate."""

LISTED_VIDEOS = 1122
LISTED_SAMPLES = 1_450_000
LISTED_SEGMENTS = 50_000
"""The authors' list, the paper's section 3, and segments of one label: four of five folds have some 40,000."""

COMPRESSED_SHARE = 0.6
"""What LZ4 leaves of images, grey frames and fields. An estimate: a quarter of fields, nine tenths of the others."""

GREY_BYTES = IMAGE_SIZE**2
CHANNELS = {"flow": 3 * FRAMES_A_SAMPLE, "mhi": 1, "difference": 5}
"""Bytes per pixel and sample that a stream keeps: each field once, with three channels."""

FLOAT16_BYTES, FLOAT32_BYTES = 2, 4


def area_ratio(image_size: int) -> float:
    """Return the number of pixels as a multiple of 224 x 224."""
    return (image_size / IMAGE_SIZE) ** 2


def resample_cost() -> Cost:
    """Return the seconds per sample: the whole video is decoded, at 30 frames a second."""
    return Cost(FRAMES_A_SAMPLE / DECODED_FRAMES_A_SECOND, "documented")


def stream_cost(stream: Stream, image_size: int) -> Cost:
    """Return the seconds per sample of a motion stream."""
    share = DIS_OF_FARNEBACK[stream.dis_preset] if stream.kind == "flow" and stream.algorithm == "dis" else 1.0
    return Cost(STREAM_S[stream.kind] * share * area_ratio(image_size), "documented")


def networks_s(layers: list[str], features: Features) -> float:
    """Return the seconds of a core per sample at 224 x 224 of the networks that give these layers."""
    vgg_s = 2 / VGG_IMAGES_A_SECOND[features.precision]
    return sum(vgg_s / OF_VGG_IMAGES_A_SECOND[name] for name in by_backbone(layers))


def features_cost(layers: list[str], features: Features, image_size: int, device: Device) -> Cost:
    """Return the seconds per sample of the networks that give these layers, by their qualified names."""
    if device == "gpu":
        networks = sum(1 / OF_VGG_IMAGES_A_SECOND[name] for name in by_backbone(layers))
        return Cost(networks * area_ratio(image_size) / VGG_IMAGES_A_SECOND_GPU, "estimate")
    return Cost(networks_s(layers, features) * area_ratio(image_size), "documented")


def faces_cost(faces: Faces) -> Cost:
    """Return the seconds per sample: fewer inspected samples, detectors or pixels cost less."""
    looks, pixels = Faces().every / faces.every, (faces.short_side / Faces().short_side) ** 2
    detectors = len(faces.detectors) / len(Faces().detectors)
    whole = FACES_WHOLE if faces.whole_every == 1 else 1.0
    return Cost(FACES_S * looks * pixels * detectors * whole, "documented")


def descriptor_cost(descriptor: Descriptor) -> Cost:
    """Return the seconds per sample."""
    return Cost(DESCRIPTOR_S[descriptor.kind], "documented")


def value_bytes(descriptor: Descriptor) -> int:
    """Return the bytes of a value that a descriptor stores: a grey level, or a feature."""
    return 1 if descriptor.kind == "learned_patches" else FLOAT32_BYTES


def multiplications(network: Network, width: int) -> float:
    """Return the number of multiplications of a network's pass over one sample with ``width`` features."""
    if network.cell == "statistics":
        return 3 * width
    gates = 3 if network.cell == "gru" else 4
    widths = [width, *[network.units] * (network.layers - 1)]
    return sum(gates * network.units * (before + network.units) for before in widths)


def training_cost(network: Network, width: int, length: int, device: Device, precision: Precision = "float32") -> Cost:
    """Return the seconds for one segment that is trained on in one epoch; on a GPU both precisions count alike."""
    of_paper = 20 * multiplications(Network(), FC1_UNITS)
    seconds = BATCH_OF_128_S / 128 * length * multiplications(network, width) / of_paper
    if network.cell != "statistics" and network.cell_dropout and network.cell_dropout_masks == "gate":
        seconds *= GATE_MASKS
    if device == "gpu":
        return Cost(seconds / GPU_FOR_CORES, "estimate")
    return Cost(seconds * (BFLOAT16_SHARE if precision == "bfloat16" else 1), "documented")


def epochs_of_a_fit(training: Training) -> Cost:
    """Return the number of epochs until a training ends by itself."""
    patiences = EPOCHS_IN_PATIENCES if training.schedule else EPOCHS_IN_PATIENCES_CONSTANT
    return Cost(min(training.epochs, patiences * training.patience), "estimate")


def segments_seen(stop_on: StopOn, training: float, held_out: float, epochs: float, refit_epochs: float) -> float:
    """Return the segments that a fold's fit trains on, counted once per epoch; those only predicted count less."""
    if stop_on == "held_out":
        return epochs * (training + HELD_OUT_SHARE * held_out)
    inner = training * (1 - VALIDATION_SHARE + HELD_OUT_SHARE * VALIDATION_SHARE)
    return epochs * inner + refit_epochs * training + HELD_OUT_SHARE * held_out


def learning_cost(
    descriptor: LearnedPatchesDescriptor, classifier: AnyClassifier, length: int, training: float, held_out: float
) -> Cost:
    """Return the seconds of one fold whose classifier first learns patches, in each of its inner folds too."""
    fitted, searched = (min(training, most) for most in (classifier.fit_segments, classifier.search_segments))
    # Tuning and calibration learn from the same inner folds only if they use the same segments.
    tuned = (classifier.inner_folds + 1) * searched if searched < fitted else 0
    encoder, fits = descriptor.encoder, (classifier.inner_folds + 1) * (2 if tuned else 1)
    pixels = descriptor.frames * encoder.patch_size**2
    places = descriptor.width / descriptor.frames / encoder.step**2
    segments = (classifier.inner_folds + 1) * fitted + tuned + held_out
    encoding = ENCODED_VALUE_S * (0.5 + encoder.features / 200) * segments * length * places * pixels
    learning = LEARN_S[encoder.kind] * fits * encoder.features / 100 * encoder.patches / 50_000 * pixels / 128
    return Cost(encoding + learning, "documented")


def published_cost(segments: float, length: int) -> Cost:
    """Return the seconds in which a published detector is asked about the samples of some segments."""
    return Cost(ASKED_SAMPLE_S * segments * length, "documented")


def classifier_cost(segments: int) -> Cost:
    """Return the seconds of one fold: they grow with the square of its segments, up to the most that are fitted."""
    return Cost(CLASSIFIER_FOLD_S * min(1.0, segments / CLASSIFIER_SEGMENTS) ** 2, "estimate")
