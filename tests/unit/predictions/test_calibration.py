"""The calibration error, compared with numbers computed by hand."""

import numpy as np
import pandas as pd
import pytest

from signwild.base.classes import PROBABILITIES
from signwild.predictions.calibration import BINS, calibration_error, reliability


def predictions(*confidences: tuple[float, bool]) -> pd.DataFrame:
    """Return predictions of signing with these confidences, correct or not."""
    rows = [("signing" if right else "other", p, 1 - p, 0.0) for p, right in confidences]
    return pd.DataFrame(rows, columns=["label", *PROBABILITIES])


def test_by_hand() -> None:
    # Bin 9 (0.6 to 0.667): mean confidence 0.625, half of it right; the last bin: certain, one of four wrong.
    table = predictions((0.61, True), (0.64, False), (1.0, True), (1.0, True), (1.0, True), (1.0, False))
    curve = reliability(table)
    assert curve["count"].sum() == 6
    assert curve.loc[9, ["count", "confidence", "right"]].tolist() == pytest.approx([2, 0.625, 0.5])
    assert curve.loc[BINS - 1, ["count", "confidence", "right"]].tolist() == [4, 1.0, 0.75]
    assert calibration_error(table) == pytest.approx((2 * 0.125 + 4 * 0.25) / 6)


def test_bins_cover_everything_and_empty_ones_say_nothing() -> None:
    curve = reliability(predictions((0.9, True)))
    assert (curve["low"][0], curve["high"][BINS - 1]) == (0, 1)
    assert np.allclose(curve["high"][:-1], curve["low"][1:])
    assert curve["right"].notna().sum() == 1


def test_what_is_right_as_often_as_it_says_is_calibrated() -> None:
    random = np.random.default_rng(1)
    confidence = random.uniform(0.5, 1, 20000)
    table = predictions(*zip(confidence, random.random(20000) < confidence, strict=True))
    assert calibration_error(table) < 0.02
    overconfident = predictions(*zip(confidence, random.random(20000) < confidence - 0.2, strict=True))
    assert calibration_error(overconfident) == pytest.approx(0.2, abs=0.02)
