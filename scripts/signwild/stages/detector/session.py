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


def build_networks(
    detector: Detector,
    weights: Mapping[str, Mapping[BackboneName, PreparedWeights]],
    batch_size: int,
    variant: Variant,
    beside: "VariantNetworks | None",
) -> "VariantNetworks":
    """Return a variant's networks; ``weights``: those that a variant needs, by its name; ``beside``: see the class."""
    # Imported late: TensorFlow takes seconds to start, and reads the number of threads when it does.
    start_quietly()
    from signwild.stages.detector.networks import VariantNetworks

    return VariantNetworks(detector, variant, weights[variant.name], batch_size, beside)


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
