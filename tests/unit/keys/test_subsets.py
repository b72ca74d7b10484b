"""Persons that a share of the training data has: nested, of every class, none of a held-out fold; and the keys."""

import math

import numpy as np
import pandas as pd
import pytest

from signwild.base.digests import result_key
from signwild.configuration.sections.classifier import SvmClassifier
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.subset import Subset
from signwild.configuration.sections.experiments.trained import TrainedExperiment
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training
from signwild.keys import classification, folds
from signwild.keys.subsets import chosen_groups, used_rows

SHARES = [0.1, 0.25, 0.5, 0.75, 0.9]
TRAINED = TrainedExperiment(stream="rgb", layer="fc1", network=Network(), training=Training(stop_on="inner"))
CLASSIFIED = ClassifiedExperiment(descriptor="profiles", classifier=SvmClassifier(kind="svm"))


def made_segments(counts: dict[str, int], folds: int = 4, own: int = 2) -> pd.DataFrame:
    """Return ``own`` segments of each of so many persons of each class, who are dealt to the folds in turn."""
    persons = [(f"{label} {number:02d}", label) for label, count in counts.items() for number in range(count)]
    rows = [(name, name, 10 * k, label, n % folds) for n, (name, label) in enumerate(persons) for k in range(own)]
    table = pd.DataFrame(rows, columns=["group", "video_id", "start_frame", "label", "fold"])
    return table.assign(key="k " + table["group"])


SEGMENTS = made_segments({"signing": 24, "speaking": 12, "other": 8})


def with_subset(experiment: object, share: float, draw: int = 1) -> object:
    return experiment.model_copy(update={"subset": Subset(share=share, draw=draw)})


@pytest.mark.parametrize("draw", [1, 2, 3])
@pytest.mark.parametrize("fold", range(4))
def test_a_share_has_so_many_persons_of_the_training_folds_and_all_of_the_smaller_shares(fold: int, draw: int) -> None:
    others = [other for other in range(4) if other != fold]
    before: set[str] = set()
    for share in SHARES:
        used = SEGMENTS[used_rows(SEGMENTS, fold, others, Subset(share=share, draw=draw))]
        held_out, training = used[used["fold"] == fold], used[used["fold"] != fold]
        assert held_out.equals(SEGMENTS[SEGMENTS["fold"] == fold])
        persons = set(training["group"])
        assert len(persons) == max(math.ceil(round(share * 33, 9)), 6)
        assert persons >= before
        assert (training.groupby("group").size() == 2).all()
        before = persons


@pytest.mark.parametrize("draw", range(1, 8))
def test_classes_are_as_frequent_as_in_all_training_data_and_none_is_missing(draw: int) -> None:
    for share in SHARES:
        chosen = chosen_groups(SEGMENTS, Subset(share=share, draw=draw))
        counts = pd.Series(chosen).str.split().str[0].value_counts()
        for label, count in {"signing": 24, "speaking": 12, "other": 8}.items():
            assert counts[label] >= 2
            assert abs(counts[label] - share * count) <= 2


def test_draws_differ_and_repeat_and_a_new_person_changes_little() -> None:
    draws = [chosen_groups(SEGMENTS, Subset(share=0.5, draw=draw)) for draw in (1, 2, 1)]
    assert draws[0] == draws[2] != draws[1]
    shuffled = SEGMENTS.sample(frac=1, random_state=1)
    assert chosen_groups(shuffled, Subset(share=0.5)) == draws[0]
    more = made_segments({"signing": 25, "speaking": 12, "other": 8})
    assert len(set(draws[0]) ^ set(chosen_groups(more, Subset(share=0.5)))) <= 2


def test_so_few_persons_that_a_class_would_be_missing_are_raised_to_two_of_each() -> None:
    few = made_segments({"signing": 9, "speaking": 3, "other": 1})
    chosen = chosen_groups(few, Subset(share=0.1))
    assert pd.Series(chosen).str.split().str[0].value_counts().to_dict() == {"signing": 2, "speaking": 2, "other": 1}
    assert chosen_groups(few[few["label"] == "signing"], Subset(share=0.1)) != []


def test_a_person_of_several_classes_counts_for_the_rarest() -> None:
    both = SEGMENTS.assign(label=np.where(SEGMENTS["start_frame"] == 0, "signing", SEGMENTS["label"]))
    for share in SHARES:
        for draw in range(1, 6):
            chosen = chosen_groups(both, Subset(share=share, draw=draw))
            persons = both[both["group"].isin(chosen)].drop_duplicates(["group", "label"])["label"].value_counts()
            assert persons["signing"] == len(chosen)
            assert all(
                abs(persons[label] - share * count) <= 2 for label, count in {"speaking": 12, "other": 8}.items()
            )


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digests of code, made constant."""
    for module in (folds, classification):
        monkeypatch.setattr(module, "computing_digest", lambda *_: "code")


@pytest.mark.usefixtures("code")
def test_what_has_no_subset_has_the_key_and_the_description_that_it_had_before_there_were_any() -> None:
    others = SEGMENTS[SEGMENTS["fold"] != 1]
    specification = {"network": TRAINED.network.model_dump(), "training": TRAINED.training.model_dump()}
    rows = SEGMENTS[["video_id", "start_frame", "label", "fold", "key"]].values.tolist()
    wanted = result_key("code", specification, [1, 20, 1], rows, others["group"].tolist())
    assert folds.training_keys(TRAINED, SEGMENTS, 20, 1)[1] == (wanted, [0, 2, 3])
    columns = ["video_id", "start_frame", "label", "fold", "group", "key"]
    rows = SEGMENTS.sort_values(["video_id", "start_frame"])[columns].values.tolist()
    described = {"classifier": CLASSIFIED.classifier.model_dump(), "unit": "segment"}
    assert classification.classification_key(CLASSIFIED, SEGMENTS, "mean", 20, 1, None) == result_key(
        "code", described, ["mean", 20, 1], rows
    )
    for experiment in (TRAINED, CLASSIFIED):
        assert "subset" not in experiment.model_dump_json()
        assert with_subset(experiment, 0.5).model_dump()["subset"] == {"share": 0.5, "draw": 1}


@pytest.mark.usefixtures("code")
def test_a_share_has_a_key_of_its_own_unless_it_leaves_nobody_out() -> None:
    def keys(segments: pd.DataFrame, share: float | None, draw: int = 1) -> list[str]:
        network, classifier = (
            experiment if share is None else with_subset(experiment, share, draw)
            for experiment in (TRAINED, CLASSIFIED)
        )
        fits = [key for key, _ in folds.training_keys(network, segments, 20, 1).values()]
        return [*fits, classification.classification_key(classifier, segments, "mean", 20, 1, None)]

    found = [keys(SEGMENTS, share, draw) for share in (0.5, 0.75) for draw in (1, 2)] + [keys(SEGMENTS, None)]
    assert len({key for own in found for key in own}) == 5 * 5
    few = made_segments({"signing": 4, "speaking": 4, "other": 4}, folds=2)
    assert keys(few, 0.5) == keys(few, None)


def test_a_share_is_more_than_nothing_and_less_than_everything() -> None:
    for share in (0, 1, -0.5, 1.5):
        with pytest.raises(ValueError, match="share"):
            Subset(share=share)
    with pytest.raises(ValueError, match="draw"):
        Subset(share=0.5, draw=0)
