"""Agreement of annotations: against textbooks, scikit-learn and a count frame by frame; the program and its files."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_eaf import MadeEaf, media
from places import SCRIPTS
from quick_start import run_python
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from signwild.annotation.agreement import (
    cohens_kappa,
    compare_spans,
    krippendorffs_alpha,
    match_spans,
    segment_f1,
)
from signwild.annotation.agreement_table import file_table, total_table
from signwild.annotation.spans_files import merged_spans, read_spans
from signwild.annotation.tier_names import read_tiers
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.configuration.sections.dataset import Tiers
from signwild.stages.detection.detector_metrics import OVERLAPS, _intersection_over_union, _match

PROGRAM = SCRIPTS / "compare_annotations.py"

GENERATOR = np.random.default_rng(5)


def counts_of(first: str, second: str) -> np.ndarray:
    return confusion_matrix(list(first), list(second))


def test_kappa_and_alpha_are_those_of_textbooks() -> None:
    # 50 grant proposals, read by two people who say yes or no: a common example of Cohen's kappa.
    assert cohens_kappa(np.array([[20, 5], [10, 15]])) == pytest.approx(0.4)
    # Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, A and B.
    binary = counts_of("0100000010", "1110010000")
    assert krippendorffs_alpha(binary) == pytest.approx(0.095, abs=5e-4)
    nominal = counts_of("aabbdcccedda", "babbbccceddd")
    assert krippendorffs_alpha(nominal) == pytest.approx(0.692, abs=5e-4)


def test_kappa_is_that_of_scikit_learn() -> None:
    first, second = GENERATOR.integers(0, 4, (2, 500))
    second = np.where(GENERATOR.random(500) < 0.6, first, second)
    counts = confusion_matrix(first, second)
    assert cohens_kappa(counts) == pytest.approx(cohen_kappa_score(first, second))
    both = np.stack([counts, 3 * counts.T])
    assert cohens_kappa(both) == pytest.approx(np.full(2, cohens_kappa(counts)))


def test_without_a_choice_there_is_no_kappa_and_no_alpha() -> None:
    assert np.isnan(cohens_kappa(np.array([[9, 0], [0, 0]])))
    assert np.isnan(krippendorffs_alpha(np.array([[9, 0], [0, 0]])))
    assert np.isnan(segment_f1(np.zeros(3)))
    assert cohens_kappa(np.array([[5, 0], [0, 4]])) == krippendorffs_alpha(np.array([[5, 0], [0, 4]])) == 1


def spans(**times: list[tuple[int, int]]) -> dict[str, np.ndarray]:
    return {label: merged_spans(np.array(times.get(label, []), np.int64).reshape(-1, 2)) for label in CLASSES}


def random_spans(end: int, count: int) -> dict[str, np.ndarray]:
    return {label: merged_spans(np.sort(GENERATOR.integers(0, end, (count, 2)), axis=1)) for label in CLASSES}


def codes_of(own: dict[str, np.ndarray], times: np.ndarray) -> np.ndarray:
    """Return the category of each moment, found span by span."""
    codes = np.full(len(times), 3)
    for number, label in reversed(list(enumerate(CLASSES))):
        for start, end in own[label]:
            codes[(times >= start) & (times < end)] = number
    return codes


@pytest.mark.parametrize("step_ms", [1, 7, 40, 1000])
def test_frames_are_counted_as_if_each_were_looked_at(step_ms: int) -> None:
    for _ in range(5):
        first, second = random_spans(5000, 4), random_spans(5000, 6)
        found = compare_spans(first, second, 5000, step_ms)
        times = (np.arange(10000) + 0.5) * step_ms
        times = times[times < 5000]
        codes = [codes_of(own, times) for own in (first, second)]
        assert np.array_equal(found.confusion, confusion_matrix(*codes, labels=range(4)))
        for number, label in enumerate(CLASSES):
            within = [codes_of({**spans(), "signing": own[label]}, times) == 0 for own in (first, second)]
            assert np.array_equal(found.binary[number], confusion_matrix(*within, labels=[True, False]))


def test_segments_are_matched_as_in_the_evaluation_of_detectors() -> None:
    for _ in range(30):
        first, second = (random_spans(900, 12)["signing"] for _ in range(2))
        overlaps = _intersection_over_union(first, second, np.arange(1000.0))
        best, most = match_spans(first, second)
        assert most == pytest.approx(overlaps.max(axis=1))
        counts = compare_spans(spans(signing=first), spans(signing=second), 1000, 40).segments[0]
        for place, least in enumerate(OVERLAPS):
            pairs = _match(overlaps, least)
            assert counts[place].tolist() == [len(pairs), len(second) - len(pairs), len(first) - len(pairs)]
            assert all(best[found] == true for found, true in pairs)


def test_of_two_equal_overlaps_the_earlier_is_taken() -> None:
    best, most = match_spans(np.array([[0, 10], [20, 30]]), np.array([[5, 25]]))
    assert best.tolist() == [0]
    assert most == pytest.approx([0.2])


def test_boundaries_of_matched_segments_are_compared_but_not_the_ends_of_a_video() -> None:
    first = spans(signing=[(0, 1000), (2000, 4000), (6000, 10000)])
    second = spans(signing=[(100, 1020), (2100, 3800), (9000, 10000)])
    terms = compare_spans(first, second, 10000, 40)
    assert sorted(terms.boundaries[0]) == [20, 100, 100, 200]
    table = file_table(["v"], [terms], 40, CLASSES).set_index("class")
    assert table.loc["signing", ["boundary_median_s", "boundary_90_s"]].tolist() == [0.1, 0.2]
    # By hand: 1020 - 100 of 1020, 1700 of 2000, 1000 of 4000 overlap.
    assert table.loc["signing", ["f1_10", "f1_25", "f1_50"]].tolist() == pytest.approx([1, 1, 2 / 3])
    assert table.loc["all", "seconds"] == 10


def test_the_median_is_the_usual_one_and_last_ends_that_are_apart_count() -> None:
    first = spans(signing=[(1000, 2000), (3000, 4000)])
    for second, wanted in (([(1010, 2000), (3000, 4100)], 0.005), ([(1010, 2000), (3000, 3900)], 0.005)):
        terms = compare_spans(first, spans(signing=second), max(4000, second[-1][1]), 10)
        assert sorted(terms.boundaries[0]) == [0, 0, 10, 100]
        assert file_table(["v"], [terms], 10, CLASSES)["boundary_median_s"][0] == wanted
        totals = total_table([terms, terms], CLASSES).set_index(["class", "metric"])
        assert totals.loc[("signing", "boundary_median_s"), ["value", "low", "high"]].tolist() == [wanted] * 3


def test_boundaries_of_a_single_video_have_no_interval() -> None:
    with_any = compare_spans(spans(signing=[(0, 1000)]), spans(signing=[(100, 900)]), 1000, 10)
    without = compare_spans(spans(signing=[(0, 1000)]), spans(), 1000, 10)
    totals = total_table([with_any, without], CLASSES).set_index(["class", "metric"])
    assert totals.loc[("signing", "boundary_90_s"), "value"] == 0.1
    assert np.isnan(totals.loc[("signing", "boundary_90_s"), "low"])
    assert np.isfinite(totals.loc[("signing", "agreement"), "low"])


def test_videos_without_any_annotation_are_in_no_interval() -> None:
    with_any = compare_spans(spans(signing=[(0, 1000)]), spans(signing=[(200, 1000)]), 1000, 10)
    nothing = compare_spans(spans(), spans(), 0, 10)
    totals = total_table([with_any, nothing], CLASSES).set_index(["class", "metric"])
    assert totals.loc[("signing", "agreement"), "value"] == 0.8
    assert totals["low"].isna().all()
    assert totals["high"].isna().all()
    table = file_table(["v", "w"], [with_any, nothing], 10, CLASSES)
    assert table["agreement"].tolist() == [0.8, 1, 1, 0.8] + [1] * 4


def test_a_moment_with_two_classes_is_the_first_of_them_but_counts_for_each() -> None:
    first = spans(signing=[(0, 600)], speaking=[(400, 1000)])
    terms = compare_spans(first, spans(speaking=[(400, 1000)]), 1000, 100)
    assert terms.both_ms == (200, 0)
    assert terms.confusion.tolist() == [[0, 2, 0, 4], [0, 4, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert terms.binary[1].tolist() == [[6, 0], [0, 4]]


def test_intervals_are_over_videos_and_hold_the_value() -> None:
    terms = []
    for shift in (0, 100, 200, 300, 400, 500):
        own = spans(signing=[(1000, 4000), (6000, 9000)], other=[(4000, 6000)])
        moved = spans(signing=[(1000 + shift, 4000), (6000, 9000 - shift)], other=[(4000, 6000)])
        terms.append(compare_spans(own, moved, 10000, 10))
    totals = total_table(terms, CLASSES).set_index(["class", "metric"])
    summed = sum(own.confusion for own in terms)
    assert totals.loc[("all", "kappa"), "value"] == pytest.approx(cohens_kappa(summed))
    for scope in ("signing", "all"):
        for metric in ("kappa", "alpha", "agreement", "boundary_90_s"):
            value, low, high = totals.loc[(scope, metric), ["value", "low", "high"]]
            assert low < value < high or (metric == "boundary_90_s" and low <= value <= high)
    # In every resample a quantile is one of the distances, but the median may be between two.
    ends = totals.loc[[("signing", "boundary_median_s"), ("signing", "boundary_90_s")], ["low", "high"]].to_numpy()
    assert set(ends[0]) <= {place / 20 for place in range(11)}
    assert set(ends[1]) <= {0, 0.1, 0.2, 0.3, 0.4, 0.5}
    distances = np.concatenate([own.boundaries[0] for own in terms])
    median = np.median(distances) / 1000
    assert totals.loc[("signing", "boundary_median_s"), "value"] == median
    alone = total_table(terms[:1], CLASSES)
    assert alone["low"].isna().all()


def test_spans_are_read_in_the_times_of_the_video(tmp_path: Path) -> None:
    made = MadeEaf(media("file:///v.mp4", origin="250")).tier("RH", (0, 1000), (2000, 3000)).tier("LH", (900, 1500))
    path = made.write(tmp_path / "v.eaf")
    found = read_spans(path, read_tiers(["signing=RH", "signing=LH", "other=rest"], "--tiers"))
    assert found.spans["signing"].tolist() == [[250, 1750], [2250, 3250]]
    assert found.end_ms == 3250
    (tmp_path / "v.csv").write_text("start_s,end_s,label,probability\n0.0,1.0005,signing,0.9\n1.0005,2,other,\n")
    table = read_spans(tmp_path / "v.csv", Tiers())
    assert table.spans["signing"].tolist() == [[0, 1001]]
    words = r"give a class \(signing, speaking, other\) and its tier, such as --tiers signing=RH-gloss"
    with pytest.raises(InputError, match=f'--tiers "gloss": {words}'):
        read_tiers(["gloss"], "--tiers")
    with pytest.raises(InputError, match="has none of the tiers signing, speaking, other; it has RH, LH"):
        read_spans(path, Tiers())
    (tmp_path / "w.csv").write_text("start_s,end_s,label\n0,1,sining\n")
    with pytest.raises(InputError, match=r'w\.csv, line 2: label "sining" is none of'):
        read_spans(tmp_path / "w.csv", Tiers())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of annotations of three videos, one of which is broken, and one without a partner."""
    folder = tmp_path_factory.mktemp("agreement")
    for name, shift in (("v1", 0), ("v2", 400)):
        MadeEaf().tier("signing", (0, 4000)).tier("other", (4000, 10000)).write(folder / f"anna/{name}.eaf")
        MadeEaf().tier("signing", (shift, 4000)).tier("other", (4000, 10000)).write(folder / f"bob/in/{name}.eaf")
    (folder / "anna/v3.eaf").write_text("broken")
    MadeEaf().tier("signing", (0, 1)).write(folder / "bob/v3.eaf")
    MadeEaf().tier("signing", (0, 1)).write(folder / "bob/v4.eaf")
    return folder


def run(folder: Path, *words: object) -> subprocess.CompletedProcess:
    return run_python([PROGRAM, *words], folder, os.environ)


def test_the_program_pairs_files_by_name_prints_and_writes(folder: Path) -> None:
    done = run(folder, "anna", "bob", "--out", "out")
    assert done.returncode == 1
    assert done.stderr == "error: 1 of 3 videos could not be compared; the lines above say why\n"
    assert "failed: anna/v3.eaf: is not an .eaf file" in done.stdout
    assert "bob: without a partner (1): v4" in done.stdout
    assert "Agreement: 2 videos, 20.0 s, in frames of 40 ms" in done.stdout
    table = pd.read_csv(folder / "out/agreement.csv")
    assert table["file"].tolist() == ["v1"] * 4 + ["v2"] * 4
    row = table.set_index(["file", "class"]).loc[("v2", "signing")]
    assert row["agreement"] == pytest.approx(0.96)
    assert (row["boundaries"], row["boundary_median_s"]) == (2, 0.2)
    cells = pd.read_csv(folder / "out/confusion.csv").set_index(["file", "first", "second"])["seconds"]
    assert cells["v2", "signing", "nothing"] == pytest.approx(0.4)
    assert cells.groupby("file").sum().to_dict() == {"v1": 10, "v2": 10}
    assert (folder / "out/timelines.png").read_bytes().startswith(b"\x89PNG")
    assert done.stdout.index("v2  ") < done.stdout.index("v1  ")  # the least agreement first


def test_two_tiers_of_one_file_are_compared(folder: Path) -> None:
    MadeEaf().tier("signing", (0, 4000)).tier("signing (proposed)", (0, 3000)).write(folder / "one.eaf")
    done = run(folder, "one.eaf", "one.eaf", "--tiers", "signing=signing", "--tiers-b", "signing=signing (proposed)")
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(folder / "agreement/agreement.csv").set_index("class")
    assert table.loc["signing", "agreement"] == 0.75
    assert table.loc["signing", "f1_50"] == 1


def test_a_backup_is_compared_with_the_file_and_only_the_named_classes(folder: Path) -> None:
    MadeEaf().tier("signing", (0, 4000)).tier("other", (5000, 6000)).write(folder / "talk.eaf")
    MadeEaf().tier("signing", (0, 3000)).tier("other", (5000, 6000)).write(folder / "old.eaf")
    (folder / "old.eaf").rename(folder / "talk.eaf.before_1")
    (folder / "talk.csv").write_text("start_s,end_s,label\n0,4,signing\n5,6,other\n")
    for second in ("talk.eaf", "talk.csv"):
        done = run(folder, "talk.eaf.before_1", second, "--tiers", "signing=signing", "--out", "backup")
        assert done.returncode == 0, done.stderr
        table = pd.read_csv(folder / "backup/agreement.csv")
        assert table[["file", "class"]].to_numpy().tolist() == [["talk", "signing"], ["talk", "all"]]
        assert table["agreement"].tolist() == [0.75, 0.75]
        assert set(pd.read_csv(folder / "backup/confusion.csv")["first"]) == {"signing", "nothing"}
        assert "speaking" not in done.stdout


def test_videos_without_any_annotation_agree(folder: Path) -> None:
    for side in ("none_a", "none_b"):
        MadeEaf().tier("signing").write(folder / side / "e.eaf")
        MadeEaf().tier("signing", (0, 1000)).write(folder / side / "f.eaf")
    done = run(folder, "none_a", "none_b", "--out", "none")
    assert done.returncode == 0, done.stderr
    assert "neither has an annotation, which is agreement, on no seconds (1): e" in done.stdout
    row = pd.read_csv(folder / "none/agreement.csv").set_index(["file", "class"]).loc[("e", "all")]
    assert (row["seconds"], row["agreement"], row["segments_first"]) == (0, 1, 0)
    assert np.isnan(row["kappa"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("anna", "bob/v3.eaf"), "error: anna and bob/v3.eaf: one is a folder, the other is none"),
        (("bob/v3.eaf", "nothing.eaf"), "error: nothing.eaf: is not an .eaf file"),
        (("bob", "empty"), "error: empty: there is no file with one of the suffixes .eaf"),
        (("bob/v3.eaf", "bob/v3.eaf", "--step-ms", "0"), "error: --step-ms 0: a frame lasts a millisecond or more"),
        (("bob/v3.eaf", "notes.doc"), "error: notes.doc: annotations are read from files with the suffixes .eaf"),
    ],
)
def test_bad_input_is_one_error(folder: Path, words: tuple[str, ...], message: str) -> None:
    (folder / "empty").mkdir(exist_ok=True)
    done = run(folder, *words)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr
