"""Features that a fold learns: from its training rows alone, kept no longer than needed, and as good as stored ones."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made_frames import HEIGHT, LENGTH, SEGMENTS, WIDTH, Frames

from signwild.base.errors import InputError
from signwild.configuration.sections.classifier import LogisticClassifier
from signwild.configuration.sections.encoder import AnyEncoder, KmeansEncoder, SparseAutoencoder
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.predictions.metrics import evaluate
from signwild.predictions.records import read_predictions, read_record
from signwild.stages.classification.classifier import classify_fold
from signwild.stages.classification.classify_segments import classify_segments
from signwild.stages.classification.learned import vectors as learned_vectors
from signwild.stages.classification.learned.vectors import LearnedVectors, segment_vector

SMALL = {"features": 12, "patch_size": 6, "patches": 600, "grid": 1}

KMEANS = KmeansEncoder(kind="kmeans", **SMALL)
KINDS: dict[str, AnyEncoder] = {
    "kmeans": KMEANS,
    "sparse_autoencoder": SparseAutoencoder(kind="sparse_autoencoder", **SMALL, iterations=100),
}


def experiment(unit: str = "segment", **values: object) -> ClassifiedExperiment:
    """Return an experiment with logistic regression."""
    classifier = {"kind": "logistic", "c": [0.1, 1.0], "inner_folds": 3} | values
    return ClassifiedExperiment.model_validate({"descriptor": "patches", "classifier": classifier, "unit": unit})


def classify(made: Frames, encoder: AnyEncoder = KMEANS, seed: int = 1, **values: object) -> Path:
    """Classify all folds, and return the results' folder."""
    output = made.folder / "results"
    tables = made.segments, made.manifest, made.store
    classify_segments("made", "patches", seed, experiment(**values), "mean", LENGTH, *tables, {}, output, encoder)
    return output


@pytest.fixture
def made(tmp_path: Path) -> Frames:
    return Frames(tmp_path / "made").make()


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Videos that each dictionary was learned from, in the order of learning."""
    found, drawn = [], learned_vectors.draw_patches

    def draw(segments: pd.DataFrame, *rest: object) -> np.ndarray:
        found.append(set(segments["video_id"]))
        return drawn(segments, *rest)

    monkeypatch.setattr(learned_vectors, "draw_patches", draw)
    return found


@pytest.mark.parametrize("unit", ["segment", "video"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_and_repeats_itself_to_the_byte(kind: str, unit: str, tmp_path: Path) -> None:
    made = Frames(tmp_path).make(videos=18)

    def run() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in classify(made, KINDS[kind], unit=unit).iterdir()}

    first = run()
    predictions = read_predictions(made.folder / "results/predictions.parquet")
    assert len(predictions) == (18 if unit == "video" else 18 * SEGMENTS)
    if unit == "segment":
        assert evaluate(predictions)["accuracy"] > 0.9
    else:
        assert ((predictions["p_signing"] > 0.5) == (predictions["label"] == "signing")).mean() > 0.9
    for path in (made.store / "classification").iterdir():
        path.unlink()
    assert run() == first


def test_no_dictionary_sees_what_its_fit_is_evaluated_on(made: Frames, learnt: list[set[str]]) -> None:
    videos = pd.read_parquet(made.segments).groupby("video_id")["fold"].first()
    classify(made)
    number = 0
    for fold in range(3):
        training = set(videos.index[videos != fold])
        # One of all training videos, and one for each inner fold, without its videos; calibration learns none again.
        assert learnt[number] == training
        inner = []
        while number + 1 < len(learnt) and learnt[number + 1] < training:
            number += 1
            inner.append(training - learnt[number])
        assert len(inner) > 1
        assert sorted(name for own in inner for name in own) == sorted(training)
        number += 1
    assert number == len(learnt)


@pytest.mark.parametrize("kind", KINDS)
def test_held_out_pixels_change_nothing_that_is_learned(kind: str, tmp_path: Path) -> None:
    """Other pixels in half of a fold's videos: same dictionary, and same answers for the other half."""
    dictionaries, answers = [], []
    for changed in (False, True):
        made = Frames(tmp_path / str(changed)).make()
        if changed:
            for video in (0, 1, 2):
                with h5py.File(made.path(video), "r+") as file:
                    file["features"][:] = 255 - file["features"][()][..., ::-1]
        segments = made.stored_segments()
        source = LearnedVectors(segments, LENGTH, "segment", KINDS[kind], 1)
        training = np.flatnonzero(segments["fold"] != 0)
        vectors = source.learned.fit(training[:, None]).transform(training[:, None])
        dictionaries.append(vectors.tobytes())
        predictions = read_predictions(classify(made, KINDS[kind]) / "predictions.parquet")
        answers.append(predictions[predictions["video_id"].isin(["video 09", "video 10", "video 11"])])
    assert dictionaries[0] == dictionaries[1]
    assert set(answers[0]["fold"]) == {0}
    assert answers[0].equals(answers[1])


def test_a_row_s_vector_is_its_segment_s_or_the_mean_of_its_video_s(made: Frames) -> None:
    segments = made.stored_segments()
    of_segments = LearnedVectors(segments, LENGTH, "segment", KMEANS, 1)
    of_videos = LearnedVectors(segments, LENGTH, "video", KMEANS, 1)
    numbers, videos = np.arange(len(segments))[:, None], np.arange(12)[:, None]
    vectors = of_segments.learned.fit(numbers).transform(numbers)
    assert vectors.shape == (24, of_segments.learned.width)
    means = of_videos.learned.fit(videos).transform(videos)
    assert np.allclose(means, vectors.reshape(12, SEGMENTS, -1).mean(axis=1), atol=1e-6)
    # In any order, and of rows that were not learned from.
    some = of_segments.learned.fit(numbers[6:]).transform(numbers[[20, 1, 3]])
    dictionary, _ = of_segments.learned.frames._dictionary(np.arange(6, 24))
    with h5py.File(made.path(0)) as file:
        expected = segment_vector(file["features"][LENGTH : 2 * LENGTH], dictionary, KMEANS)
    assert np.array_equal(some[1], expected)
    held_out = segments[segments["fold"] == 0]
    asked = list(of_segments.of(held_out))
    assert [part.shape for part in asked] == [(SEGMENTS, 1)] * 6
    assert np.concatenate(asked)[:, 0].tolist() == held_out.index.tolist()


def test_principal_components_of_learned_features(made: Frames) -> None:
    record = read_record(classify(made, components=3) / "record.json")
    assert record["parameters"]["classifier.components"] == 3
    assert all(entry["inner_balanced_accuracy"] > 0.6 for entry in record["folds"])


def test_the_record_and_the_key_hold_the_encoder(made: Frames) -> None:
    records = [read_record(classify(made) / "record.json")]
    assert records[0]["parameters"]["encoder.kind"] == "kmeans"
    assert records[0]["parameters"]["encoder.features"] == 12
    for changed in ({"features": 5}, {"step": 3}, {"variance": 0.9}):
        records.append(read_record(classify(made, KMEANS.model_copy(update=changed)) / "record.json"))
    assert len({record["key"] for record in records}) == 4


@pytest.fixture
def measured() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("measured")
def test_memory_does_not_grow_with_the_frames(tmp_path: Path) -> None:
    """Ten times the segments take less than a third of the bytes of their frames more, though vectors are kept."""
    peaks = []
    for copies in (4, 40):
        made = Frames(tmp_path / str(copies)).make(videos=3, folds=1)
        segments = pd.concat([made.stored_segments()] * copies, ignore_index=True)
        segments = segments.sort_values(["video_id", "start_frame"], ignore_index=True)
        numbers = np.arange(len(segments))[:, None]
        learned = LearnedVectors(segments, LENGTH, "segment", KMEANS, 1).learned.fit(numbers[:6])
        learned.transform(numbers[:1])  # learning takes as much for any number of segments
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        learned.transform(numbers)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
    more = (40 - 4) * 3 * SEGMENTS * LENGTH * 2 * HEIGHT * WIDTH
    assert peaks[1] - peaks[0] < more / 3


def test_frames_that_lack_a_segment_are_one_clear_error(made: Frames) -> None:
    with h5py.File(made.path(4), "r+") as file:
        del file["frame"]
        file["frame"] = 6 * np.arange(SEGMENTS * LENGTH) + 1
    with pytest.raises(InputError, match=rf"^{made.path(4)}: lacks samples of a segment; delete this file"):
        classify(made)


def test_what_is_drawn_to_fit_is_all_that_is_learned_from(made: Frames) -> None:
    segments = made.stored_segments()
    parameters = LogisticClassifier(kind="logistic", c=[0.1], inner_folds=2, fit_segments=10, search_segments=10)
    source = LearnedVectors(segments, LENGTH, "segment", KMEANS, 1)
    probabilities, facts = classify_fold(segments, 0, parameters, "segment", source, 1)
    assert (facts["fit_segments"], facts["training_segments"]) == (10, 12)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    # Only the rows of the fits are remembered; those that are predicted are made when asked for.
    remembered = {row for _, known in source.learned.frames._learned.values() for row in known}
    assert len(remembered) == 10
    assert remembered <= set(segments.index[segments["fold"] != 0])
