"""Classification on a small store: it learns, is reproducible to the byte, and never sees the fold it predicts."""

import json
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from made_features import LENGTH, SEGMENTS, WIDTH, Features
from places import rule_program

from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import write_table
from signwild.base.store import store_path
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.subset import Subset
from signwild.keys.subsets import used_rows
from signwild.predictions.by_video import video_rows
from signwild.predictions.metrics import evaluate
from signwild.predictions.records import flat_parameters, read_predictions, read_record
from signwild.stages.classification.classify_segments import classify_segments
from signwild.stages.features.pooling import empty_shares, pooled_vectors

RESULTS = ("predictions.parquet", "record.json")

CLASSIFIERS = {
    "svm": {"kind": "svm", "c": [1.0], "gamma": [0.3, 1.0]},
    "forest": {"kind": "forest", "trees": 8, "leaf_segments": [1]},
    "neighbours": {"kind": "neighbours", "neighbours": [1, 3]},
    "logistic": {"kind": "logistic", "c": [0.1, 1.0]},
}


def experiment(kind: str = "svm", unit: str = "segment", **values: object) -> ClassifiedExperiment:
    """Return an experiment with a small classifier of RGB features."""
    entry = {"stream": "rgb", "layer": "fc1", "classifier": CLASSIFIERS[kind] | values, "unit": unit}
    return ClassifiedExperiment.model_validate(entry)


def classify(made: Features, specification: ClassifiedExperiment, pooling: str = "mean", seed: int = 1) -> Path:
    """Classify on all folds, and return the results' folder."""
    output = made.folder / "classification/rgb"
    tables = (made.segments, made.manifest)
    classify_segments(
        "made", "rgb", seed, specification, pooling, LENGTH, *tables, made.store, {"weights": "none"}, output
    )
    return output


def results(made: Features) -> list[bytes]:
    """Return the bytes of predictions and record."""
    return [(made.folder / "classification/rgb" / name).read_bytes() for name in RESULTS]


def fitted(made: Features) -> list[Path]:
    """Return the store's files of classified folds, oldest first."""
    return sorted((made.store / "classification").glob("[!.]*.h5"), key=lambda path: path.stat().st_mtime_ns)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Features:
    """Features of separable classes, and a classifier fitted on them."""
    made = Features(tmp_path_factory.mktemp("done")).make()
    classify(made, experiment())
    return made


@pytest.fixture
def copy(done: Features, tmp_path: Path) -> Features:
    """The same with its fitted folds, to change."""
    shutil.copytree(done.folder, tmp_path / "copy")
    return Features(tmp_path / "copy")


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_every_kind_learns_and_repeats_itself_to_the_byte(kind: str, copy: Features) -> None:
    output = classify(copy, experiment(kind))
    predictions, before = read_predictions(output / "predictions.parquet"), results(copy)
    assert evaluate(predictions)["accuracy"] > 0.9
    columns = ["video_id", "start_frame", "label", "fold"]
    assert predictions[columns].equals(pd.read_parquet(copy.segments)[columns])
    assert set(predictions["run"] + predictions["experiment"]) == {"madergb"}
    shutil.rmtree(copy.store / "classification")
    shutil.rmtree(output)
    classify(copy, experiment(kind))
    assert results(copy) == before


def test_the_record_says_what_was_done(done: Features) -> None:
    record = read_record(done.folder / "classification/rgb/record.json")
    assert record["kind"] == "classification"
    assert record["parameters"] == flat_parameters(experiment().model_dump()) | {
        "segments.length": LENGTH,
        "pooling": "mean",
    }
    assert record["parameters"]["classifier.kind"] == "svm"
    assert "faceless" not in record
    assert [entry["segments"] for entry in record["folds"]] == [24, 12, 12]
    assert [entry["videos"] for entry in record["folds"]] == [6, 3, 3]
    for entry in record["folds"]:
        assert entry["training_segments"] == entry["fit_segments"] == entry["search_segments"] == 48 - entry["segments"]
        assert entry["inner_split"] == "groups"
        assert entry["inner_balanced_accuracy"] > 0.9
        assert entry["chosen"]["gamma"] in (0.3, 1.0)


@pytest.mark.parametrize("lost", [0, 2])
def test_what_is_in_the_store_is_not_fitted_again(lost: int, copy: Features) -> None:
    before, files = results(copy), fitted(copy)
    kept = {path: path.stat().st_mtime_ns for number, path in enumerate(files) if number != lost}
    files[lost].unlink()
    shutil.rmtree(copy.folder / "classification")
    classify(copy, experiment())
    assert results(copy) == before
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


@pytest.mark.parametrize("unit", ["segment", "video"])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_the_fold_that_is_asked_about_is_never_seen(kind: str, unit: str, tmp_path: Path) -> None:
    """Features and labels of half of a fold's videos change nothing for the other half."""
    outputs = []
    for changed in (False, True):
        made = Features(tmp_path / str(changed)).make(skill=0.5)
        if changed:
            for video in (0, 1, 2):
                with h5py.File(store_path(made.store, "features", f"key{video}"), "r+") as file:
                    file["features"][:] = 50 * file["features"][()][:, ::-1] + 7
            segments = pd.read_parquet(made.segments)
            own = segments["video_id"].isin(["video 00", "video 01", "video 02"])
            segments.loc[own, "label"] = segments.loc[own, "label"].map(dict(zip(CLASSES, CLASSES[::-1], strict=True)))
            segments.to_parquet(made.segments, index=False)
        predictions = read_predictions(classify(made, experiment(kind, unit)) / "predictions.parquet")
        outputs.append(predictions[~predictions["video_id"].isin(["video 00", "video 01", "video 02"])])
    held_out = outputs[0]["fold"] == 0
    assert set(outputs[0][held_out]["video_id"]) == {"video 09", "video 10", "video 11"}
    assert outputs[0][held_out].equals(outputs[1][held_out])
    for fold in (1, 2):
        assert not outputs[0][outputs[0]["fold"] == fold].equals(outputs[1][outputs[1]["fold"] == fold])


def test_whole_videos_are_signing_or_the_rest(copy: Features) -> None:
    # A speaking video less among those that folds 1 and 2 train on.
    segments = pd.read_parquet(copy.segments)
    segments[segments["video_id"] != "video 01"].to_parquet(copy.segments, index=False)
    output = classify(copy, experiment(unit="video"))
    predictions = read_predictions(output / "predictions.parquet")
    assert predictions["video_id"].tolist() == [f"video {number:02d}" for number in range(12) if number != 1]
    assert (predictions["start_frame"] == 0).all()
    assert predictions["label"].tolist() == [CLASSES[int(name[-2:]) % 3] for name in predictions["video_id"]]
    assert ((predictions["p_signing"] >= 0.5) == (predictions["label"] == "signing")).all()
    for fold, speaking, other in ((0, 2, 2), (1, 2, 3), (2, 2, 3)):
        own = predictions[predictions["fold"] == fold]
        rest = 1 - own["p_signing"]
        assert np.allclose(own["p_speaking"], rest * speaking / (speaking + other), atol=1e-6)
        assert np.allclose(own["p_other"], rest * other / (speaking + other), atol=1e-6)
    record = read_record(output / "record.json")
    assert [(entry["segments"], entry["videos"]) for entry in record["folds"]] == [(20, 5), (12, 3), (12, 3)]
    assert [entry["training_segments"] for entry in record["folds"]] == [6, 8, 8]
    assert record["parameters"]["unit"] == "video"


def test_a_vector_is_the_mean_or_the_first_and_a_videos_the_mean_of_its_segments(done: Features) -> None:
    segments = pd.read_parquet(done.segments).query("video_id in ['video 03', 'video 05']")
    segments["path"] = [store_path(done.store, "features", f"key{int(name[-2:])}") for name in segments["video_id"]]
    by_hand = []
    for video in (3, 5):
        with h5py.File(store_path(done.store, "features", f"key{video}")) as file:
            by_hand.append(file["features"][()].astype(np.float64).reshape(SEGMENTS, LENGTH, WIDTH))
    means, firsts = np.stack(by_hand).mean(axis=2), np.stack(by_hand)[:, :, 0]
    assert np.allclose(list(pooled_vectors(segments, LENGTH, "mean", "segment")), means)
    assert np.allclose(list(pooled_vectors(segments, LENGTH, "first", "segment")), firsts)
    videos = list(pooled_vectors(segments, LENGTH, "mean", "video"))
    assert np.allclose(videos, means.mean(axis=1, keepdims=True))
    assert videos[0].dtype == np.float32
    # Some of a video's segments, by the frames that they start at.
    some = list(pooled_vectors(segments.iloc[[1, 3, 6]], LENGTH, "mean", "segment"))
    assert np.allclose(np.concatenate(some), np.concatenate([means[0, [1, 3]], means[1, [2]]]))


def test_pooling_is_what_was_asked_for(copy: Features) -> None:
    keys = {read_record(classify(copy, experiment(), pooling) / "record.json")["key"] for pooling in ("mean", "first")}
    assert len(keys) == 2
    assert len(fitted(copy)) == 6


def test_a_segment_is_faceless_when_none_of_its_samples_has_a_face(copy: Features) -> None:
    segments = pd.read_parquet(copy.segments)
    segments["path"] = [store_path(copy.store, "features", f"key{int(name[-2:])}") for name in segments["video_id"]]
    assert empty_shares(segments, LENGTH) == {}
    for number, path in enumerate(sorted(segments["path"].unique())):
        with h5py.File(path, "r+") as file:
            faces = np.ones(SEGMENTS * LENGTH, np.int64)
            if number < 3:
                # No face in the first segment, one in the last sample of the second.
                faces[: 2 * LENGTH - 1] = 0
            file["faces"] = faces
    assert empty_shares(segments, LENGTH) == {"faceless": 3 / 48}
    assert read_record(classify(copy, experiment()) / "record.json")["faceless"] == 3 / 48
    for path in segments["path"].unique():
        with h5py.File(path, "r+") as file:
            file["people"] = file["faces"][()]
            del file["faces"]
    assert empty_shares(segments, LENGTH) == {"deserted": 3 / 48}


def test_a_video_has_the_class_of_most_of_its_segments() -> None:
    rows = [
        ("a", 0, "other"),
        ("a", 10, "signing"),
        ("a", 20, "signing"),
        ("b", 5, "other"),
        ("b", 15, "speaking"),
        ("c", 0, "other"),
    ]
    videos = video_rows(pd.DataFrame(rows, columns=["video_id", "start_frame", "label"]))
    assert videos.values.tolist() == [["a", 0, "signing"], ["b", 5, "speaking"], ["c", 0, "other"]]


@pytest.mark.parametrize("unit", ["segment", "video"])
@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_videos_that_show_nothing_do_not_break_it(kind: str, unit: str, copy: Features) -> None:
    for path in (copy.store / "features").iterdir():
        with h5py.File(path, "r+") as file:
            file["features"][:] = 0
    predictions = read_predictions(classify(copy, experiment(kind, unit, inner_folds=4)) / "predictions.parquet")
    assert predictions["p_signing"].between(0.2, 0.5).all()


def test_the_smallest_data_set_is_classified(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """Two folds have one video per class, which leaves no groups to tune by."""
    made = Features(tmp_path).make(videos=6, folds=2)
    record = read_record(classify(made, experiment()) / "record.json")
    assert [entry["inner_split"] for entry in record["folds"]] == ["segments", "segments"]
    assert capsys.readouterr().out.count("fewer than two groups") == 2
    record = read_record(classify(made, experiment(unit="video")) / "record.json")
    assert [entry["inner_split"] for entry in record["folds"]] == ["none", "none"]


@pytest.mark.parametrize("missing", CLASSES)
def test_a_class_that_only_the_held_out_fold_has_is_never_named(missing: str, copy: Features) -> None:
    segments = pd.read_parquet(copy.segments)
    segments[(segments["label"] != missing) | (segments["fold"] == 0)].to_parquet(copy.segments, index=False)
    predictions = read_predictions(classify(copy, experiment()) / "predictions.parquet")
    named = predictions.groupby("fold")[f"p_{missing}"].max()
    assert named[0] == 0
    assert (named[[1, 2]] > 0).all()


def test_no_more_is_fitted_than_may_be_and_the_record_says_so(copy: Features) -> None:
    record = read_record(classify(copy, experiment(fit_segments=12, search_segments=10)) / "record.json")
    for entry in record["folds"]:
        counts = [entry[name] for name in ("training_segments", "fit_segments", "search_segments")]
        assert counts == [48 - entry["segments"], 12, 10]


def test_changed_parameters_seeds_and_groups_are_fitted_anew(copy: Features) -> None:
    keys = [read_record(copy.folder / "classification/rgb/record.json")["key"]]
    for specification, seed in ((experiment(), 2), (experiment(c=[2.0]), 1), (experiment(unit="video"), 1)):
        keys.append(read_record(classify(copy, specification, seed=seed) / "record.json")["key"])
    segments = pd.read_parquet(copy.segments)
    segments.assign(group="g" + segments["label"] + segments["fold"].astype(str)).to_parquet(copy.segments)
    keys.append(read_record(classify(copy, experiment()) / "record.json")["key"])
    assert len(set(keys)) == 5


def test_bad_features_are_one_clear_error(copy: Features) -> None:
    path = store_path(copy.store, "features", "key7")
    with h5py.File(path, "r+") as file:
        file["features"][3, 5] = np.nan
    with pytest.raises(InputError, match=rf"^{path}: a feature is no finite number; delete this file"):
        classify(copy, experiment(c=[2.0]))
    with h5py.File(path, "r+") as file:
        del file["frame"]
        file["frame"] = 10 * np.arange(SEGMENTS * LENGTH) + 1
    with pytest.raises(InputError, match=rf"^{path}: lacks samples of a segment; delete this file"):
        classify(copy, experiment(c=[2.0]))
    manifest = pd.read_csv(copy.manifest, sep="\t")
    write_table(copy.manifest, manifest[manifest["video_id"] != "video 07"])
    with pytest.raises(InputError, match=rf"^{copy.manifest}: no fc1 features of 'video 07'; delete "):
        classify(copy, experiment(c=[2.0]))


def test_folds_of_one_class_are_one_clear_error(copy: Features) -> None:
    segments = pd.read_parquet(copy.segments)
    segments.assign(label="signing").to_parquet(copy.segments, index=False)
    with pytest.raises(InputError, match=r"^fold 0: the other folds hold one class only; add videos"):
        classify(copy, experiment())


def test_the_program_does_the_same(done: Features, tmp_path: Path) -> None:
    made = Features(tmp_path).make()
    options = {
        "run": "made",
        "name": "rgb",
        "seed": 1,
        "experiment": experiment().model_dump_json(),
        "pooling": "mean",
        "length": LENGTH,
        "segments-file": made.segments,
        "features": made.manifest,
        "store": made.store,
        "tags": json.dumps({"weights": "none"}),
        "output-dir": made.folder / "classification/rgb",
    }
    command = [str(part) for option, value in options.items() for part in (f"--{option}", value)]
    subprocess.run(
        [*rule_program("classification.classify_segments"), *command],
        check=True,
        timeout=120,
    )
    assert results(made) == results(done)


def of_descriptor(made: Features, parts: list[str] | None) -> ClassifiedExperiment:
    """Return an experiment of parts of a pose, for features that are turned into a descriptor's."""
    manifest = pd.read_csv(made.manifest, sep="\t")
    write_table(made.manifest, manifest.assign(layer="descriptor"))
    return ClassifiedExperiment(descriptor="pose", parts=parts, classifier=experiment().classifier)


def test_only_the_named_parts_are_read(copy: Features) -> None:
    specification = of_descriptor(copy, ["hands"])
    classify(copy, specification)
    before = results(copy)
    for path in (copy.store / "features").glob("[!.]*.h5"):
        with h5py.File(path, "r+") as file:
            rest = np.delete(np.arange(WIDTH), specification.columns)
            file["features"][:, rest] = 9 * file["features"][:, rest][::-1]
    shutil.rmtree(copy.store / "classification")
    classify(copy, specification)
    assert results(copy) == before
    classify(copy, of_descriptor(copy, None))
    assert results(copy)[0] != before[0]
    assert len(fitted(copy)) == 6


def test_a_share_of_the_persons_is_classified_as_if_the_others_were_not_there(tmp_path: Path) -> None:
    made = Features(tmp_path / "whole").make(videos=24, folds=2)
    segments, subset = pd.read_parquet(made.segments), Subset(share=0.5, draw=2)
    output = classify(made, experiment().model_copy(update={"subset": subset}))
    record, whole = read_record(output / "record.json"), read_predictions(output / "predictions.parquet")
    assert (record["parameters"]["subset.share"], record["parameters"]["subset.draw"]) == (0.5, 2)
    assert [entry["training_segments"] for entry in record["folds"]] == [6 * SEGMENTS] * 2
    assert len(whole) == len(segments)
    for fold in range(2):
        less = Features(tmp_path / f"without {fold}").make(videos=24, folds=2)
        rows = used_rows(segments, fold, [1 - fold], subset)
        segments[rows].to_parquet(less.segments, index=False)
        alone = read_predictions(classify(less, experiment()) / "predictions.parquet")
        parts = [table[table["fold"] == fold].reset_index(drop=True) for table in (whole, alone)]
        pd.testing.assert_frame_equal(*parts)
