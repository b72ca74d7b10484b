"""Pictures of a run: read, described, and assigned to the parts of the page."""

import base64
import struct
from dataclasses import dataclass
from pathlib import Path

from signwild.base.errors import InputError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

FIGURES = {
    "figure_1": (
        "Sample frames of the three classes",
        "Sample video frames, one row each for signing, speaking and other",
    ),
    "figure_2": (
        "The framework as configured; what is trained is shaded",
        "Diagram of the framework: images and motion through VGG-16, then a recurrent network, then fusion",
    ),
    "figure_3": (
        "The recurrent network, unrolled over the samples of a segment",
        "Diagram of the recurrent network, unrolled over time",
    ),
    "figure_4": (
        "Held-out segments: correct ones first, then instructive mistakes",
        "Strips of frames of held-out segments, each with its truth, its prediction and three probabilities",
    ),
    "confusion_shown": (
        "Truth and prediction of the same experiment",
        "Confusion matrix of the shown experiment, truth in rows and prediction in columns",
    ),
    "timelines": (
        "Whole held-out videos, classified by a sliding window",
        "Timelines of whole videos: a band of truth above a band of prediction, class probabilities below",
    ),
    "tsne": (
        "Segments by their features, in two dimensions (t-SNE)",
        "Scatter plots of segments by their features, coloured by class",
    ),
}
"""Caption and description of each figure, in the order of the page."""

OF_EXPERIMENTS = {
    "confusion": ("Truth and prediction", "Confusion matrix of {name}, truth in rows and prediction in columns"),
    "curves": ("Loss and accuracy during training", "Training curves of {name}: loss and accuracy by epoch"),
    "reliability": (
        "Calibration: how often the predicted class is correct, by its confidence",
        "Reliability diagram of {name}: share of correct predictions by confidence, and a histogram of confidences",
    ),
}
"""The same for the pictures ``{kind}_{experiment}.png``."""

INTERVALS = (
    "Our numbers, with 95% intervals where there are any, and the paper's where it gives them",
    "Points and intervals of every row of {name}, beside the paper's numbers",
)
"""The same for ``intervals_{table}.png``."""

ATTRITION = (
    "Videos that can be used, and why the others cannot",
    "A bar for each class and one for all: available videos, then the others, by reason",
)
"""The same for ``attrition.png``."""

SIGNERS = (
    "The accuracy of each {group}, sorted by that in the first panel",
    "A dot with an interval for each {group}, in a panel for each experiment",
)
"""The same for ``per_signer.png``."""

CURVE = (
    "Accuracy by the number of {group}s to train on",
    "A line with a band for each experiment: accuracy on held-out segments against the number of training {group}s",
)
"""The same for ``learning_curve.png``."""


@dataclass(frozen=True)
class Picture:
    """A picture embedded in the page: a data URI, its size in pixels, and a description."""

    name: str
    uri: str
    width: int
    height: int
    caption: str
    alt: str


def read_picture(path: Path, caption: str, alt: str) -> Picture:
    """Read a PNG file; raises InputError if it is missing or is not a PNG file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such picture; start the workflow again") from None
    if not content.startswith(PNG_SIGNATURE) or len(content) < 24:
        raise InputError(f"{path}: is not a PNG picture; delete it and start the workflow again")
    width, height = struct.unpack(">II", content[16:24])
    uri = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return Picture(path.stem, uri, width, height, caption, alt)


def figures(folder: Path, names: list[str], shown: str | None) -> list[Picture]:
    """Return the figures among ``names``, with the shown experiment's confusion matrix, in the order of the page."""
    found = []
    for stem, words in FIGURES.items():
        name = f"{stem.removesuffix('_shown')}_{shown}.png" if stem == "confusion_shown" else f"{stem}.png"
        if name in names:
            found.append(read_picture(folder / name, *words))
    return found


def attrition_picture(folder: Path) -> Picture:
    """Return the picture of the available and the lost videos of the data set."""
    return read_picture(folder / "attrition.png", *ATTRITION)


def signer_picture(folder: Path, group_by: str) -> Picture:
    """Return the picture of the accuracy of each person, or source."""
    caption, alt = (words.format(group=group_by) for words in SIGNERS)
    return read_picture(folder / "per_signer.png", caption, alt)


def curve_picture(folder: Path, group_by: str) -> Picture:
    """Return the picture of the learning curve."""
    caption, alt = (words.format(group=group_by) for words in CURVE)
    return read_picture(folder / "learning_curve.png", caption, alt)


def experiment_pictures(folder: Path, names: list[str], experiment: str) -> list[Picture]:
    """Return confusion, curves and reliability of an experiment, as far as they are among ``names``."""
    return [
        read_picture(folder / f"{kind}_{experiment}.png", caption, alt.format(name=experiment))
        for kind, (caption, alt) in OF_EXPERIMENTS.items()
        if f"{kind}_{experiment}.png" in names
    ]


def interval_picture(folder: Path, names: list[str], table: str, title: str) -> Picture | None:
    """Return the picture of the intervals of a table with this title, if it is among ``names``."""
    name, (caption, alt) = f"intervals_{table}.png", INTERVALS
    return read_picture(folder / name, caption, alt.format(name=title)) if name in names else None
