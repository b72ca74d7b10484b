"""The paper's schedule of learning rates and batch sizes, followed epoch by epoch."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from signwild.configuration.sections.training import Schedule, Training
from signwild.stages.training.path import best_epoch
from signwild.stages.training.schedule import GO_ON, TrainingSchedule
from signwild.stages.training.stored_networks import describe_history
from signwild.stages.training.watch import Watch

HALVES = Schedule(learning_rate_factor=0.5, reductions=2, batch_factor=2)


def follow(losses: list[float], segments: int = 1000, **values: object) -> tuple[list[str], TrainingSchedule]:
    """Return what follows each epoch of these losses, with a patience of 2, and the schedule at the end."""
    values = {"learning_rate": 0.008, "batch_size": 10, "patience": 2, "schedule": HALVES, **values}
    schedule = TrainingSchedule(Training(**values), segments)
    return [schedule.observe(loss) for loss in losses], schedule


def test_a_whole_training_by_hand() -> None:
    steps = [
        # loss, what follows, then rate and batch size
        (1.0, "", 0.008, 10),
        (0.9, "", 0.008, 10),
        (0.9, "", 0.008, 10),
        (0.95, "reduce", 0.004, 10),  # the first rate helped
        (0.8, "", 0.004, 10),
        (0.8, "", 0.004, 10),
        (0.8, "reduce", 0.002, 10),  # so did the second: 0.8 with 0.004 is the best of this batch size
        (0.9, "", 0.002, 10),
        (0.9, "reduce", 0.001, 10),  # one reduction in vain
        (0.9, "", 0.001, 10),
        (0.9, "grow", 0.004, 20),  # two: the batch grows, with the rate of 0.8
        (0.7, "", 0.004, 20),
        (0.7, "", 0.004, 20),
        (0.7, "reduce", 0.002, 20),
        (0.7, "", 0.002, 20),
        (0.7, "reduce", 0.001, 20),
        (0.7, "", 0.001, 20),
        (0.7, "grow", 0.004, 40),
        (0.7, "", 0.004, 40),
        (0.7, "reduce", 0.002, 40),
        (0.7, "", 0.002, 40),
        (0.7, "stop", 0.002, 40),  # this batch size did not help at all
    ]
    schedule = TrainingSchedule(Training(learning_rate=0.008, batch_size=10, patience=2, schedule=HALVES), 1000)
    for number, (loss, follows, rate, batch) in enumerate(steps, 1):
        assert schedule.observe(loss) == follows, number
        assert (schedule.learning_rate, schedule.batch_size) == (pytest.approx(rate), batch), number
    assert (schedule.epoch, schedule.best_loss) == (len(steps), 0.7)


def test_without_a_schedule_the_first_plateau_is_the_end() -> None:
    follows, schedule = follow([1.0, 0.9, 0.95, 0.9], schedule=None)
    assert follows == ["", "", "", "stop"]
    assert (schedule.learning_rate, schedule.batch_size) == (0.008, 10)


def test_a_batch_that_holds_everything_does_not_grow() -> None:
    plateau = [1.0] * 7
    assert follow(plateau, segments=11)[0][-1] == "grow"
    assert follow(plateau, segments=10)[0] == ["", "", "reduce", "", "reduce", "", "stop"]


def test_a_batch_grows_to_its_limit_and_no_further() -> None:
    limited = HALVES.model_copy(update={"largest_batch": 25})
    losses = [loss for step in (1.0, 0.9, 0.8) for loss in [step] * 9]
    schedule = TrainingSchedule(Training(learning_rate=0.008, batch_size=10, patience=2, schedule=limited), 1000)
    sizes = []
    for loss in losses:
        follows = schedule.observe(loss)
        sizes.append(schedule.batch_size)
        if follows == "stop":
            break
    assert sorted(set(sizes)) == [10, 20, 25]
    assert follows == "stop"


def test_a_loss_that_is_no_number_never_improves() -> None:
    follows, schedule = follow([1.0, math.nan, math.nan, 0.9])
    assert follows == ["", "", "reduce", ""]
    assert schedule.best_loss == 0.9
    assert follow([math.nan, math.nan])[0] == ["", "reduce"]


def test_a_first_loss_that_is_not_finite_is_not_the_best(capsys: pytest.CaptureFixture) -> None:
    assert follow([-math.inf, math.inf, 1.0])[1].best_loss == 1.0
    classes, good = np.array([0, 1]), np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]], np.float32)
    schedule, states = TrainingSchedule(Training(patience=5), 100), iter(range(3))
    watch = Watch(schedule, classes, lambda: [np.array(next(states))], SimpleNamespace(keep=lambda _: None), "it: ")
    for probabilities in (np.full((2, 3), np.nan, np.float32), good, good):
        assert watch.end_epoch({"loss": 1.0, "accuracy": 0.5}, probabilities) == GO_ON
    assert watch.best_state == [1]
    assert best_epoch(watch.rows) == 2
    said = capsys.readouterr().out.splitlines()
    assert ["counts as no improvement" in line for line in said] == [True, False, False]
    assert said[0].startswith("it: epoch 1: ")
    described = describe_history(pd.DataFrame(watch.rows))
    assert described == {"epochs": 3, "best_epoch": 2, "epochs_without_loss": 1, "refit_epochs": 0}


def test_the_number_of_epochs_is_the_limit_of_all_steps() -> None:
    assert follow([1.0, 1.0, 1.0], epochs=3)[0] == ["", "", "limit"]


def test_the_paper_is_the_default() -> None:
    training = Training()
    assert (training.batch_size, training.learning_rate, training.epochs, training.patience) == (32, 0.001, 500, 10)
    assert training.schedule == Schedule()
