"""Confidence of a detector: calibrated probabilities, and verdicts that are unsure without enough evidence."""

import numpy as np
import pandas as pd
import pytest

from signwild.base.classes import CLASSES, PROBABILITIES
from signwild.configuration.sections.detection import Decision
from signwild.predictions.calibration import calibration_error
from signwild.stages.detector.decisions import explain_unsure
from signwild.stages.detector.segmentation import are_sure, give_verdict, signing_evidence
from signwild.stages.detector.sureness import MOST_EVIDENCE, MOST_UNSURE, RIGHT_SHARE, learn_sureness
from signwild.stages.detector.temperature import TEMPERATURES, best_temperature, calibrate, temperature_losses


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def logits() -> np.ndarray:
    return np.random.default_rng(5).normal(scale=1.5, size=(4000, 3))


def test_a_temperature_divides_the_logits_and_leaves_the_order(logits: np.ndarray):
    probabilities = softmax(logits)
    assert calibrate(probabilities, 1.0) is probabilities
    found = calibrate(probabilities, 2.0)
    assert found == pytest.approx(softmax(logits / 2))
    assert (found.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    certain = calibrate(np.float32([[1, 0, 0]]), 3.0)
    assert np.isfinite(certain).all()
    assert certain.sum() == pytest.approx(1)


@pytest.mark.parametrize("excess", [0.6, 1.0, 2.5])
def test_the_temperature_by_which_a_network_is_too_sure_is_found(logits: np.ndarray, excess: float):
    truth = (softmax(logits).cumsum(axis=1) < np.random.default_rng(6).random((len(logits), 1))).sum(axis=1)
    probabilities = softmax(excess * logits)
    found = best_temperature(temperature_losses(probabilities, truth))
    assert found == pytest.approx(excess, rel=0.1)
    tables = [
        pd.DataFrame(rows, columns=list(PROBABILITIES)).assign(label=np.array(CLASSES)[truth])
        for rows in (probabilities, calibrate(probabilities, found))
    ]
    assert calibration_error(tables[1]) < 0.03
    if excess != 1:
        assert calibration_error(tables[0]) > 0.06


def test_of_temperatures_that_are_as_good_the_one_that_changes_nothing_is_taken():
    assert best_temperature(np.zeros(len(TEMPERATURES))) == 1


def test_evidence_is_the_mean_over_time():
    probabilities = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 1]])
    assert signing_evidence(probabilities, np.array([1, 1, 2.0])) == pytest.approx(1.5 / 4)
    assert signing_evidence(probabilities, np.zeros(3)) == pytest.approx(0.5)


def test_where_errors_have_little_evidence_they_are_unsure():
    evidence = np.concatenate([np.linspace(0.55, 0.6, 5), np.linspace(0.61, 0.99, 35), np.linspace(0.02, 0.3, 60)])
    called = evidence > 0.5
    signing = called & (evidence > 0.6)
    signing_from, rest_to = learn_sureness(evidence, signing, called, 0.5)
    # 35 of 36 is enough: one of the wrong calls may stay, and no right one becomes unsure.
    assert signing_from == 0.6
    assert rest_to == pytest.approx(0.3, abs=0.001)
    kept = called & (evidence >= signing_from)
    assert signing[kept].mean() >= RIGHT_SHARE


def test_no_more_than_a_quarter_of_the_calls_becomes_unsure():
    evidence = np.linspace(0.5, 0.89, 40)
    called = np.ones(40, bool)
    signing = np.arange(40) % 3 > 0
    signing_from, _ = learn_sureness(evidence, signing, called, 0.5)
    assert (evidence < signing_from).mean() <= MOST_UNSURE


def test_few_or_easy_videos_ask_for_no_more_evidence_than_there_can_be():
    easy = learn_sureness(np.array([1.0, 0.97, 0.0, 0.01]), *np.array([[1, 1, 0, 0], [1, 1, 0, 0]], bool), 0.5)
    assert easy == (MOST_EVIDENCE, round(1 - MOST_EVIDENCE, 3))
    nothing_called = learn_sureness(np.array([0.2, 0.4]), np.zeros(2, bool), np.zeros(2, bool), 0.5)
    assert nothing_called == (MOST_EVIDENCE, 0.4)


def test_a_call_against_its_own_evidence_is_unsure_whatever_was_right():
    evidence, called = np.array([0.3, 0.8, 0.9, 0.1, 0.2, 0.7]), np.array([1, 1, 1, 0, 0, 0], bool)
    assert learn_sureness(evidence, called, called, 0.6) == (0.5, 0.6)
    assert learn_sureness(evidence, called, called, 0.2) == (0.3, 0.5)


def test_why_a_verdict_is_unsure_does_not_contradict_itself():
    decision = Decision(sure_signing_from=0.611, sure_rest_to=0.3)
    assert "sure only if its mean probability of signing is at least 61.1%, and it is 61.0%." in explain_unsure(
        True, 0.6108, decision
    )
    assert "sure only if its mean probability of signing is at most 30.0%, and it is 30.1%." in explain_unsure(
        False, 0.3002, decision
    )


def test_a_verdict_needs_a_call_and_its_evidence():
    decision = Decision(verdict_share=0.4, sure_signing_from=0.6, sure_rest_to=0.3)
    assert give_verdict(0.5, 0.6, decision) == "signing"
    assert give_verdict(0.5, 0.59, decision) == "unsure"
    assert give_verdict(0.3, 0.3, decision) == "rest"
    assert give_verdict(0.3, 0.31, decision) == "unsure"
    assert give_verdict(0.3, 0.9, decision) == "unsure"
    assert are_sure(np.array([0.5, 0.3]), np.array([0.0, 1.0]), Decision()).all()
