"""A classifier of vectors: tuned, calibrated and fitted on the training folds, then used to predict the held-out one.

Vectors are standardised and reduced to principal components, then classified by a support vector machine, a forest,
nearest neighbours or logistic regression. Everything fitted or chosen, including scaling, uses the training folds only.
Inside them, parameters are chosen by balanced accuracy and probabilities calibrated by Platt's sigmoid, over inner
folds that keep groups together. Where features are learned, that is the first part of each fit, inner ones included.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from signwild.base.classes import CLASSES, Unit
from signwild.base.errors import InputError
from signwild.configuration.sections.classifier import (
    AnyClassifier,
    ForestClassifier,
    LogisticClassifier,
    SvmClassifier,
)
from signwild.predictions.by_video import video_rows

SHUFFLES = 20
"""Orders of groups tried to find inner folds in which every training part has every class."""

LOGISTIC_STEPS = 1000
"""Steps of logistic regression at most; it usually takes fewer than a hundred."""

Splits = list[tuple[np.ndarray, np.ndarray]]
"""Training positions and held-out positions of each inner fold."""


class LearnedFeatures(Protocol):
    """Transformer (scikit-learn's) whose features are learned: every fit, inner ones too, learns from its own rows.

    ``width``: number of features, known before they are learned.
    """

    width: int


class VectorSource(Protocol):
    """What a classifier gets for the rows, segments or videos, of a fold.

    ``learned``: the first part of every fit, which makes vectors of what ``of`` yields; None if those are vectors.
    """

    learned: LearnedFeatures | None

    def of(self, rows: pd.DataFrame) -> Iterator[np.ndarray]:
        """Yield the arrays (n, d) of these rows, in their order, video by video."""


@dataclass(frozen=True)
class FittedClassifier:
    """A calibrated classifier, and what it was chosen and fitted on.

    ``chosen``: the candidate's values; ``accuracy``: its balanced accuracy over the inner folds; ``inner_split``:
    what these kept together: ``groups``; ``segments`` (rows) if a class has fewer than two groups; or ``none`` if a
    class has one row, in which case tuning and calibration used the data that was fitted.
    """

    model: CalibratedClassifierCV
    weights: np.ndarray
    chosen: dict[str, float]
    accuracy: float
    inner_split: str
    searched: int

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """Return class probabilities of vectors (n, d): (n, classes) float64; 0 for a class that was not trained."""
        probabilities = np.zeros((len(vectors), len(self.weights)))
        probabilities[:, self.model.classes_] = self.model.predict_proba(vectors)
        probabilities *= self.weights
        return probabilities / probabilities.sum(axis=1, keepdims=True)


def classify_fold(
    segments: pd.DataFrame, fold: int, parameters: AnyClassifier, unit: Unit, source: VectorSource, seed: int
) -> tuple[np.ndarray, dict]:
    """Fit on the other folds and predict this one; return probabilities (n, 3) float32 of its rows, and what was done.

    ``segments``: video_id, group, start_frame, label and fold, sorted by video and start_frame. Rows are
    segments, or videos as ``video_rows`` makes them. With unit ``video`` the classifier separates signing from the rest
    (Shipman et al.); the rest's probability is split among the other classes by their shares in the training folds.
    BLAS and OpenMP use one thread, so the number of threads cannot change a sum's last bit.
    """
    rows = video_rows(segments) if unit == "video" else segments
    training, held_out = rows[rows["fold"] != fold], rows[rows["fold"] == fold]
    labels, groups = training["label"].map(CLASSES.index).to_numpy(), pd.factorize(training["group"])[0]
    classes, count = (np.minimum(labels, 1), 2) if unit == "video" else (labels, len(CLASSES))
    if len(np.unique(classes)) < 2:
        raise InputError(
            f"fold {fold}: the other folds hold one class only; add videos, or start anew with `make refold`"
        )
    drawn = draw_rows(classes, groups, parameters.fit_segments, seed)
    with threadpool_limits(1):
        fitted = fit_classifier(
            parameters,
            np.concatenate(list(source.of(training.iloc[drawn]))),
            classes[drawn],
            groups[drawn],
            np.bincount(classes, minlength=count) / len(classes),
            seed,
            source.learned,
        )
        probabilities = np.concatenate([fitted.probabilities(part) for part in source.of(held_out)])
    if unit == "video":
        others = np.bincount(labels, minlength=len(CLASSES))[1:] / np.sum(labels > 0)
        probabilities = np.column_stack([probabilities[:, 0], probabilities[:, 1:] * others])
    return probabilities.astype(np.float32), {
        "training_segments": len(training),
        "fit_segments": len(drawn),
        "search_segments": fitted.searched,
        "inner_split": fitted.inner_split,
        "inner_balanced_accuracy": fitted.accuracy,
        "chosen": fitted.chosen,
    }


# For identical vectors PCA divides by a variance of zero; the resulting 0 / 0 is not used here.
@np.errstate(invalid="ignore")
def fit_classifier(
    parameters: AnyClassifier,
    vectors: np.ndarray,
    classes: np.ndarray,
    groups: np.ndarray,
    shares: np.ndarray,
    seed: int,
    learned: LearnedFeatures | None = None,
) -> FittedClassifier:
    """Tune, calibrate and fit a classifier on vectors (n, d) of at least two classes.

    ``classes``: their numbers (n,). ``groups``: numbers of what inner folds keep together (n,). ``shares``: how often
    each class occurs in the data that the vectors were drawn from, (classes,); probabilities are corrected from the
    shares in the draw to these (Saerens et al. 2002). ``learned``: see VectorSource. Of equally good candidates the
    first one is chosen.
    """
    searched = draw_rows(classes, groups, parameters.search_segments, seed)
    of_search = vectors[searched], classes[searched], groups[searched]
    estimator, chosen, accuracy = _tune(parameters, *of_search, seed, learned)
    splits, inner_split = inner_splits(classes, groups, parameters.inner_folds, seed)
    pipeline = make_pipeline(_reduction(parameters, vectors, splits, seed, learned), estimator)
    model = CalibratedClassifierCV(pipeline, method="sigmoid", cv=splits, ensemble=False).fit(vectors, classes)
    drawn_shares = np.bincount(classes, minlength=len(shares)) / len(classes)
    weights = np.divide(shares, drawn_shares, out=np.zeros(len(shares)), where=drawn_shares > 0)
    return FittedClassifier(model, weights, chosen, accuracy, inner_split, len(searched))


def draw_rows(classes: np.ndarray, groups: np.ndarray, at_most: int, seed: int) -> np.ndarray:
    """Return increasing positions of at most ``at_most`` rows, spread as evenly as possible over classes, then groups.

    Small classes and small groups are taken whole; of a larger group, rows at even distances are taken.
    """
    if len(classes) <= at_most:
        return np.arange(len(classes))
    random = np.random.default_rng(seed)
    by_class = [np.flatnonzero(classes == number) for number in np.unique(classes)]
    drawn = []
    for rows, share in zip(by_class, even_shares([len(rows) for rows in by_class], at_most), strict=True):
        # In random order, as the last groups get the remainder that cannot be shared evenly.
        by_group = [rows[groups[rows] == group] for group in random.permutation(np.unique(groups[rows]))]
        for members, count in zip(by_group, even_shares([len(members) for members in by_group], share), strict=True):
            drawn.append(members[np.arange(count) * len(members) // max(count, 1)])
    return np.sort(np.concatenate(drawn))


def even_shares(sizes: list[int], total: int) -> list[int]:
    """Return how much of each size to take so all add up to ``total``, as evenly as possible; the last give more."""
    shares = [0] * len(sizes)
    for done, position in enumerate(np.argsort(sizes, kind="stable")):
        shares[position] = min(sizes[position], total // (len(sizes) - done))
        total -= shares[position]
    return shares


def inner_splits(classes: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> tuple[Splits, str]:
    """Return inner folds, balanced by class, and what they keep together: ``groups``, ``segments`` or ``none``.

    There are at most as many folds as the rarest class has groups. Every training part has every class. If the groups
    do not allow that, rows are split regardless of groups; if a class has one row, nothing is held out.
    """
    rows = np.arange(len(classes))
    present = np.unique(classes)
    for kept_together, members in (("groups", groups), ("segments", rows)):
        count = min(folds, *(len(np.unique(members[classes == number])) for number in present))
        for shuffle in range(SHUFFLES if count > 1 else 0):
            splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed + shuffle)
            splits = list(splitter.split(rows, classes, members))
            if all(len(np.unique(classes[training])) == len(present) and len(test) for training, test in splits):
                return splits, kept_together
    return [(rows, rows)], "none"


def _tune(
    parameters: AnyClassifier,
    vectors: np.ndarray,
    classes: np.ndarray,
    groups: np.ndarray,
    seed: int,
    learned: LearnedFeatures | None,
) -> tuple[BaseEstimator, dict[str, float], float]:
    """Return the best candidate, its values, and its balanced accuracy over the pooled held-out inner folds."""
    splits, _ = inner_splits(classes, groups, parameters.inner_folds, seed)
    reduction = _reduction(parameters, vectors, splits, seed, learned)
    candidates = _candidates(parameters, reduction.fit_transform(vectors), _smallest(splits), seed)
    predicted = np.empty((len(candidates), len(classes)), classes.dtype)
    for training, held_out in splits:
        fitted = clone(reduction).fit(vectors[training])
        seen, unseen = fitted.transform(vectors[training]), fitted.transform(vectors[held_out])
        for answers, (estimator, _) in zip(predicted, candidates, strict=True):
            answers[held_out] = clone(estimator).fit(seen, classes[training]).predict(unseen)
    accuracies = [float(balanced_accuracy_score(classes, answers)) for answers in predicted]
    best = int(np.argmax(accuracies))
    return *candidates[best], accuracies[best]


def _candidates(
    parameters: AnyClassifier, reduced: np.ndarray, smallest: int, seed: int
) -> list[tuple[BaseEstimator, dict[str, float]]]:
    """Return the classifiers to choose from, each with the values that distinguish it."""
    if isinstance(parameters, SvmClassifier):
        # Principal components keep their variances, so the number of dimensions does not determine the distances.
        spread = float(reduced.var(axis=0, dtype=np.float64).sum()) or 1.0
        return [
            (SVC(C=c, gamma=gamma / spread, class_weight="balanced"), {"c": c, "gamma": gamma})
            for c in parameters.c
            for gamma in parameters.gamma
        ]
    if isinstance(parameters, ForestClassifier):
        balanced = {"class_weight": "balanced_subsample", "random_state": seed}
        return [
            (RandomForestClassifier(parameters.trees, min_samples_leaf=leaf, **balanced), {"leaf_segments": leaf})
            for leaf in parameters.leaf_segments
        ]
    if isinstance(parameters, LogisticClassifier):
        balanced = {"class_weight": "balanced", "max_iter": LOGISTIC_STEPS}
        return [(LogisticRegression(C=c, **balanced), {"c": c}) for c in parameters.c]
    possible = [count for count in parameters.neighbours if count <= smallest] or [smallest]
    return [(KNeighborsClassifier(count), {"neighbours": count}) for count in possible]


def _reduction(
    parameters: AnyClassifier, vectors: np.ndarray, splits: Splits, seed: int, learned: LearnedFeatures | None
) -> Pipeline:
    """Return what is done to vectors: they are learned, if need be, standardised, and reduced to principal components.

    There are as many of these as the smallest training part allows.
    """
    steps = [*([learned] if learned else []), StandardScaler()]
    if parameters.components:
        width = learned.width if learned else vectors.shape[1]
        components = min(parameters.components, width, _smallest(splits))
        steps.append(PCA(components, random_state=seed))
    return make_pipeline(*steps)


def _smallest(splits: Splits) -> int:
    return min(len(training) for training, _ in splits)
