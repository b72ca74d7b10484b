"""Patches and dictionaries: exact against naive loops, and what was planted is found."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from made_frames import HEIGHT, LENGTH, SEGMENTS, WIDTH, Frames
from scipy.optimize import check_grad

from signwild.configuration.sections.encoder import AnyEncoder, KmeansEncoder, SparseAutoencoder
from signwild.stages.classification.learned.dictionary import (
    Dictionary,
    autoencoder_loss,
    learn_dictionary,
    learn_whitening,
)
from signwild.stages.classification.learned.patches import (
    CONTRAST_FLOOR,
    all_patches,
    draw_patches,
    normalised,
    segment_frames,
)
from signwild.stages.classification.learned.vectors import segment_vector

SMALL = {"features": 4, "patch_size": 5, "patches": 400}

KINDS: dict[str, AnyEncoder] = {
    "kmeans": KmeansEncoder(kind="kmeans", **SMALL),
    "sparse_autoencoder": SparseAutoencoder(kind="sparse_autoencoder", **SMALL, iterations=40),
}

each_kind = pytest.mark.parametrize("kind", KINDS)


def bars(count: int, noise: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """Return patches (count, 25) float32 of one of four bars, and which: two upright, two lying."""
    random = np.random.default_rng(3)
    which = random.integers(4, size=count)
    patches = np.full((count, 5, 5), 90.0)
    for patch, number in zip(patches, which, strict=True):
        line = patch[:, 1 + 2 * (number % 2)] if number < 2 else patch[1 + 2 * (number % 2)]
        line += 80
    return (patches + random.normal(0, noise, patches.shape)).reshape(count, -1).astype(np.float32), which


def naive_vector(frames: np.ndarray, dictionary: Dictionary, encoder: AnyEncoder) -> np.ndarray:
    """Return a segment's features by a loop over samples, places and parts."""
    size, step, grid = encoder.patch_size, encoder.step, encoder.grid
    height, width = frames.shape[2:]
    tops, lefts = range(0, height - size + 1, step), range(0, width - size + 1, step)
    total = np.zeros((grid, grid, encoder.features))
    for sample in frames:
        for row, band in enumerate(np.array_split(tops, grid)):
            for column, part in enumerate(np.array_split(lefts, grid)):
                found = []
                for y in band:
                    for x in part:
                        patch = sample[:, y : y + size, x : x + size].astype(np.float64).ravel()
                        patch = (patch - patch.mean()) / np.sqrt(patch.var() + CONTRAST_FLOOR)
                        found.append(dictionary.activations(patch[None].astype(np.float32))[0])
                total[row, column] += np.mean(found, axis=0)
    return (total / len(frames)).ravel()


@each_kind
@pytest.mark.parametrize(("step", "grid"), [(1, 1), (2, 2), (3, 2)])
def test_features_are_those_of_a_naive_loop(kind: str, step: int, grid: int) -> None:
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (2, 2, 13, 17)).astype(np.uint8)
    encoder = KINDS[kind].model_copy(update={"step": step, "grid": grid, "iterations": 5})
    dictionary = learn_dictionary(normalised(all_patches(frames[0], 5, 1)[0]), encoder, 1)
    vector = segment_vector(frames, dictionary, encoder)
    assert vector.shape == (grid * grid * 4,)
    assert vector.dtype == np.float32
    assert np.allclose(vector, naive_vector(frames, dictionary, encoder), atol=1e-5)


@each_kind
def test_planted_bars_are_found(kind: str) -> None:
    patches, which = bars(400)
    active = learn_dictionary(normalised(patches), KINDS[kind], 1).activations(normalised(patches))
    assert active.shape == (400, 4)
    assert (active >= 0).all()
    # Each bar has a pattern of activity of its own: the nearest mean pattern names it.
    means = np.stack([active[which == number].mean(axis=0) for number in range(4)])
    nearest = np.argmin(((active[:, None] - means) ** 2).sum(axis=2), axis=1)
    assert np.mean(nearest == which) > 0.9
    if kind == "kmeans":
        assert sorted(np.bincount(active.argmax(axis=1), minlength=4)) == sorted(np.bincount(which))


@each_kind
def test_a_seed_gives_the_same_bytes_and_another_others(kind: str) -> None:
    patches = normalised(bars(300, noise=30.0)[0])
    active = [learn_dictionary(patches, KINDS[kind], seed).activations(patches).tobytes() for seed in (1, 1, 2)]
    assert active[0] == active[1]
    assert active[0] != active[2]


@each_kind
def test_pictures_without_any_contrast_give_numbers(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        black = np.zeros((400, 25), np.float32)
        active = learn_dictionary(normalised(black), KINDS[kind], 1).activations(normalised(black[:3]))
    assert np.isfinite(active).all()


def test_the_gradient_of_the_autoencoder_is_that_of_its_loss() -> None:
    encoder = SparseAutoencoder(kind="sparse_autoencoder", features=3, patches=50)
    components = np.random.default_rng(0).normal(size=(50, 5))
    for seed in range(3):
        point = np.random.default_rng(seed).normal(0, 0.5, 2 * 5 * 3 + 3 + 5)
        difference = check_grad(
            lambda x: autoencoder_loss(x, components, encoder)[0],
            lambda x: autoencoder_loss(x, components, encoder)[1],
            point,
        )
        assert difference < 1e-4


def test_hidden_units_are_as_rarely_active_as_they_are_asked_to_be() -> None:
    patches = normalised(bars(400)[0])
    encoder = KINDS["sparse_autoencoder"].model_copy(update={"sparsity": 0.1, "sparsity_weight": 10.0})
    active = learn_dictionary(patches, encoder, 1).activations(patches)
    assert np.allclose(active.mean(axis=0), 0.1, atol=0.03)


def test_whitened_components_have_variance_one_and_keep_the_share_that_is_asked_for() -> None:
    random = np.random.default_rng(0)
    patches = (random.normal(size=(2000, 3)) * [10, 3, 1] @ random.normal(size=(3, 8))).astype(np.float32)
    for variance, kept in ((1.0, 3), (0.5, 1)):
        components = learn_whitening(patches, variance).apply(patches)
        assert components.shape[1] == kept
        assert np.allclose(np.cov(components.T), np.eye(kept), atol=1e-2)


def test_a_normalised_patch_tells_neither_brightness_nor_contrast() -> None:
    patch = np.random.default_rng(0).uniform(0, 100, (1, 50)).astype(np.float32)
    first, second = normalised(patch), normalised(2 * patch + 20)
    assert np.allclose(first, second, atol=0.02)
    assert np.allclose([first.mean(), first.std()], [0, 1], atol=0.01)
    assert np.allclose(normalised(np.full((1, 50), 7, np.float32)), 0)


def test_patches_are_drawn_evenly_over_the_segments_from_everywhere(tmp_path: Path) -> None:
    segments = Frames(tmp_path).make(videos=3, folds=1).stored_segments()
    frames = list(segment_frames(segments, LENGTH))
    assert len(frames) == 3 * SEGMENTS
    assert frames[0].shape == (LENGTH, 2, HEIGHT, WIDTH)
    patches = draw_patches(segments, LENGTH, 5, 601, seed=1)
    assert patches.shape == (601, 2 * 25)
    # Each patch is one of its segment's, in the order of the segments.
    known = [{own.tobytes() for sample in part for own in all_patches(sample, 5, 1)[0]} for part in frames]
    owners = [next(number for number, own in enumerate(known) if patch.tobytes() in own) for patch in patches]
    assert owners == sorted(owners)
    assert set(np.bincount(owners)) == {100, 101}
    assert len({patch.tobytes() for patch in patches}) > 500
