"""What programs that detect signing share: networks that are built when needed, lines and progress on the terminal."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from tqdm import tqdm

from signwild.base.keras_start import start_quietly
from signwild.configuration.sections.features import BackboneName
from signwild.exported.model import Detector, Variant
from signwild.stages.weights.receipt import PreparedWeights

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

FIRST_BLOCK_BYTES = 256 * 2**20
"""Memory that VGG-16's first block may take for the images that it processes at once."""

MOST_IMAGES = 32
"""More at once gain nothing on a processor."""


def images_at_once(detector: Detector) -> int:
    """Return how many images the networks of a detector process at once, unless a user says otherwise.

    The two convolutions of VGG-16's first block, 64 channels of full size each, take more memory than all that follows.
    So larger images come fewer at once: in float32 32 of 128 pixels, 10 of 224.
    """
    value_bytes = 2 if detector.model.features.precision == "bfloat16" else 4
    image_bytes = 2 * detector.model.resample.image_size**2 * 64 * value_bytes
    return max(1, min(MOST_IMAGES, FIRST_BLOCK_BYTES // image_bytes))


def build_networks(
    detector: Detector,
    weights: Mapping[str, Mapping[BackboneName, PreparedWeights]],
    batch_size: int | None,
    variant: Variant,
    beside: "VariantNetworks | None",
) -> "VariantNetworks":
    """Return a variant's networks; ``weights``: those that a variant needs, by its name; ``beside``: see the class.

    ``batch_size``: images at once; None is ``images_at_once``.
    """
    # Imported late: TensorFlow takes seconds to start, and reads the number of threads when it does.
    start_quietly()
    from signwild.stages.detector.networks import VariantNetworks

    at_once = images_at_once(detector) if batch_size is None else batch_size
    return VariantNetworks(detector, variant, weights[variant.name], at_once, beside)


def say(line: str) -> None:
    """Print a line at once, also to a file or another program, above the progress bar."""
    tqdm.write(line)
    sys.stdout.flush()


def show_progress(blocks: Iterable, samples: int, name: str) -> Iterator:
    """Yield blocks of a video's samples, and show the progress, in samples."""
    with tqdm(total=samples, desc=name, unit="sample", mininterval=1) as bar:
        for block in blocks:
            yield block
            bar.update(len(block.images))
