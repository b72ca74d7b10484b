"""Accuracy of each person: counted by hand, on tables of predictions as experiments leave them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_results import made_predictions, write_results

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.base.errors import InputError
from signwild.drawing.colors import CLASS_COLORS
from signwild.stages.signers.compare_signers import (
    ComparedExperiment,
    compare_signers,
    read_signers,
    signer_accuracies,
    signer_spread,
)

COMPARED = [
    ComparedExperiment(name=name, label=label, folder=f"training/{name}")
    for name, label in {"rgb": "RGB | alone", "flow": "flow"}.items()
]
PERSONS = {f"video {number:03d}": f"person {number // 2}" for number in range(12)}


def decided(rows: list[tuple[str, str, str, bool]]) -> pd.DataFrame:
    """Return predictions of rows of group, video, label, and whether it is predicted."""
    table = pd.DataFrame(rows, columns=["group", "video_id", "label", "right"]).assign(fold=0)
    truth = table["label"].map(CLASSES.index).to_numpy()
    said = np.where(table["right"], truth, (truth + 1) % 3)
    return table.assign(**dict(zip(PROBABILITIES, np.eye(3, dtype=np.float32)[said].T, strict=True)))


def write_run(run: Path, seeds: tuple[int, ...] = (1, 2)) -> Path:
    """Write two experiments of twelve videos of six persons; return the file of segments."""
    for number, entry in enumerate(COMPARED):
        for seed in seeds:
            predictions = made_predictions(videos=12, folds=2, seed=10 * number + seed)
            write_results(run, entry.name, seed=seed, predictions=predictions)
    segments = predictions[["video_id", "start_frame", "label", "fold"]]
    segments = segments.assign(group=segments["video_id"].map(PERSONS))
    (run / "segments").mkdir()
    segments.to_parquet(run / "segments/segments.parquet")
    return run / "segments/segments.parquet"


def compared(run: Path, seeds: list[int], **values: object) -> pd.DataFrame:
    options = {"group_by": "person", **values}
    segments = run / "segments/segments.parquet"
    return compare_signers(COMPARED, run, seeds, segments, output_stem=run / "out", figure=run / "out.png", **options)


def test_a_persons_accuracy_is_the_share_of_the_persons_segments_averaged_over_seeds() -> None:
    first = [("a", "a1", "signing", True), ("a", "a2", "signing", True), ("a", "a2", "other", False)]
    second = [("a", "a1", "signing", False), ("a", "a2", "signing", False), ("a", "a2", "other", False)]
    rest = [("b", "b1", "speaking", True)] * 5
    table = signer_accuracies([decided(first + rest), decided(second + rest)]).set_index("group")
    assert table.loc["a", ["classes", "segments", "videos"]].tolist() == ["signing, other", 3, 2]
    assert table.loc["a", "accuracy"] == pytest.approx((2 / 3 + 0) / 2)
    assert table.loc["b", ["accuracy", "segments", "videos"]].tolist() == [1, 5, 1]
    # Wilson's interval of 5 of 5: from n / (n + z^2).
    assert table.loc["b", ["low", "high"]].tolist() == pytest.approx([5 / (5 + 1.959964**2), 1])
    assert table.loc["a", "low"] < 1 / 3 < table.loc["a", "high"]


def test_the_spread_counts_every_person_once_and_those_who_sign_apart() -> None:
    groups = {"a": ("signing", 1.0), "b": ("speaking, signing", 0.5), "c": ("other", 0.0), "d": ("other", 0.25)}
    rows = [("x", "X", name, classes, 0, 10, 1, share, 0, 1) for name, (classes, share) in groups.items()]
    names = ["experiment", "label", "group", "classes", "fold", "segments", "videos", "accuracy", "low", "high"]
    everyone, signing = signer_spread(pd.DataFrame(rows, columns=names)).to_dict("records")
    shares = [share for _, share in groups.values()]
    assert everyone["mean"] == pytest.approx(np.mean(shares))
    assert everyone["sd"] == pytest.approx(np.std(shares, ddof=1))
    assert everyone["minimum"] == 0
    assert everyone["p10"] == pytest.approx(0.075)
    assert everyone["mean_low"] < everyone["mean"] < everyone["mean_high"]
    assert (signing["groups"], signing["mean"], signing["minimum"]) == (2, 0.75, 0.5)


def test_the_files_hold_every_person_of_every_experiment(tmp_path: Path) -> None:
    write_run(tmp_path)
    table = compared(tmp_path, [1, 2])
    again = read_signers(tmp_path / "out.csv")
    pd.testing.assert_frame_equal(again, table, check_dtype=False)
    assert table.groupby("experiment")["group"].apply(list).to_dict() == {
        name: sorted(set(PERSONS.values())) for name in ("rgb", "flow")
    }
    assert set(table["videos"]) == {2}
    predictions = pd.concat(
        [pd.read_parquet(tmp_path / f"training/rgb/seed_{seed}/predictions.parquet") for seed in (1, 2)]
    )
    right = predictions[list(PROBABILITIES)].to_numpy().argmax(axis=1) == predictions["label"].map(CLASSES.index)
    own = right[predictions["video_id"].map(PERSONS) == "person 3"]
    assert table.query("experiment == 'rgb' and group == 'person 3'")["accuracy"].item() == pytest.approx(own.mean())
    text = (tmp_path / "out.md").read_text()
    assert "persons with signing" in text
    assert "Folds by person" in text
    assert "Half of them have at most 8 segments;" in text


def test_the_files_are_the_same_every_time(tmp_path: Path) -> None:
    write_run(tmp_path)
    names = ("out.csv", "out.md", "out.png")
    compared(tmp_path, [1])
    before = [(tmp_path / name).read_bytes() for name in names]
    compared(tmp_path, [1])
    assert [(tmp_path / name).read_bytes() for name in names] == before


def test_the_figure_has_the_colours_of_the_classes(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    write_run(tmp_path)
    compared(tmp_path, [1])
    pixels = cv2.imread(str(tmp_path / "out.png"))[:, :, ::-1].reshape(-1, 3)
    # Every person has two videos, of two classes.
    assert (pixels == (0x6A, 0x3D, 0x9A)).all(axis=1).any()
    color = CLASS_COLORS["signing"]
    assert not (pixels == tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))).all(axis=1).any()


def test_groups_are_called_what_they_are(tmp_path: Path) -> None:
    write_run(tmp_path)
    compared(tmp_path, [1], group_by="source")
    text = (tmp_path / "out.md").read_text()
    assert "all sources" in text
    assert "Folds by source" in text


def test_predictions_of_other_segments_are_refused(tmp_path: Path) -> None:
    path = write_run(tmp_path)
    pd.read_parquet(path)[1:].to_parquet(path)
    with pytest.raises(InputError, match=r"rgb/seed_1/predictions\.parquet: has predictions of other segments"):
        compared(tmp_path, [1])


def test_a_table_in_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "per_signer.csv").write_text("experiment,label\nrgb,RGB\n")
    with pytest.raises(InputError, match=r"per_signer\.csv: cannot be read as a table of persons"):
        read_signers(tmp_path / "per_signer.csv")
