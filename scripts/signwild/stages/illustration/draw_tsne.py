"""t-SNE: segments in two dimensions, close to each other if their features are (van der Maaten and Hinton 2008)."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from signwild.cli.program import run_function
from signwild.configuration.sections.base import Parameters
from signwild.configuration.sections.experiments.feature_source import FeatureSource
from signwild.drawing.colors import CLASS_COLORS
from signwild.drawing.png import save_png
from signwild.stages.classification.classifier import draw_rows
from signwild.stages.features.pooling import pooled_vectors
from signwild.stages.features.stored_features import with_features

MAX_SEGMENTS = 2000
"""Segments drawn, at most."""

COMPONENTS = 50
"""Principal components that t-SNE starts from, as its authors propose for large vectors."""

PERPLEXITY = 30.0
"""Approximate number of neighbours of a segment; lower if there are few segments."""

SEED = 1


class Panel(Parameters):
    """A trained experiment, the features that it reads, and their manifest; nothing about its training."""

    name: str
    source: FeatureSource
    manifest: Path

    @property
    def title(self) -> str:
        """Title of the panel: the experiment and the features that it reads."""
        features = f"{self.source.stream}, {self.source.what}" if self.source.stream else self.source.descriptor
        parts = f": {', '.join(self.source.parts)}" if self.source.parts else ""
        return f"{self.name} reads {features}{parts}"


def draw_tsne(panels: list[Panel], title: str, segments_file: Path, length: int, store: Path, output: Path) -> None:
    """Draw the segments by the features of each panel, in the colours of their classes.

    A segment's vector is the mean over its ``length`` samples. At most MAX_SEGMENTS are drawn, as evenly as possible
    over classes and videos. Writes a reproducible PNG file.
    """
    segments = pd.read_parquet(segments_file)
    drawn = draw_rows(segments["label"].to_numpy(), segments["video_id"].to_numpy(), MAX_SEGMENTS, SEED)
    segments = segments.iloc[drawn].reset_index(drop=True)
    figure = Figure(figsize=(5.2 * len(panels), 5.8), layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        found = with_features(segments, panel.manifest, panel.source.what, store)
        vectors = np.concatenate(list(pooled_vectors(found, length, "mean", "segment", panel.source.columns)))
        _draw_points(axes, embed(vectors), segments["label"])
        axes.set_title(panel.title, fontsize="medium")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(CLASS_COLORS), frameon=False, markerscale=2)
    figure.suptitle(f"{title}\nt-SNE of {len(segments):,} segments", fontsize="medium")
    save_png(figure, output)


def embed(vectors: np.ndarray) -> np.ndarray:
    """Embed vectors (n, d) in two dimensions, (n, 2) float32, by principal components, then t-SNE; seeded."""
    components = min(COMPONENTS, *vectors.shape)
    reduced = PCA(components, svd_solver="randomized", random_state=SEED).fit_transform(vectors)
    perplexity = min(PERPLEXITY, max(1.0, (len(vectors) - 1) / 3))
    return TSNE(perplexity=perplexity, init="pca", random_state=SEED, n_jobs=1).fit_transform(reduced)


def _draw_points(axes: Axes, points: np.ndarray, labels: pd.Series) -> None:
    size = float(np.clip(4000 / len(points), 6, 40))
    for name, color in CLASS_COLORS.items():
        own = points[(labels == name).to_numpy()]
        axes.scatter(*own.T, s=size, color=color, alpha=0.75, linewidths=0, label=name)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal", adjustable="datalim")


if __name__ == "__main__":
    run_function(draw_tsne, lock="output")
