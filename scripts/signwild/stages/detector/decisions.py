"""Decisions of detectors: their file, and their description in words."""

import json
import math
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.files import write_text
from signwild.configuration.sections.detection import Decision
from signwild.stages.detector.detected_video import VERDICTS


def write_decisions(decisions: dict[str, Decision], path: Path) -> None:
    """Write decisions by detector, as JSON."""
    content = {name: decision.model_dump() for name, decision in decisions.items()}
    write_text(path, json.dumps(content, indent=2) + "\n")


def read_decisions(path: Path) -> dict[str, Decision]:
    """Read what ``write_decisions`` wrote; raises InputError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: Decision(**values) for name, values in content.items()}
    except (FileNotFoundError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: contains no decisions of detectors ({error}); start the workflow again") from None


def explain_unsure(called_signing: bool, signing_probability: float, decision: Decision) -> str:
    """Explain to the user why a verdict is unsure: what the video would be called, and what is missing for that."""
    if called_signing:
        call, limit = VERDICTS["signing"], f"at least {decision.sure_signing_from:.1%}"
    else:
        call, limit = VERDICTS["rest"], f"at most {decision.sure_rest_to:.1%}"
    # Rounded away from the limit, so 61.08% does not read like the 61.1% that would be enough.
    towards = math.floor if called_signing else math.ceil
    return (
        f"Check this video yourself: it would be called {call}, but that is sure only if its mean probability of "
        f"signing is {limit}, and it is {towards(1000 * signing_probability) / 10:.1f}%."
    )


def explain_missed(share: float, decision: Decision) -> str:
    """Explain to the user why a quick pass, which found this share of signing, is unsure of a verdict."""
    found = math.floor(1000 * share) / 10  # down, so 39.97% does not read like the 40% that would be enough
    return (
        f"Check this video yourself, or process it without --quick: signing was found in {found:.1f}% of it, and the "
        f"rest may hide what is missing to the {100 * decision.verdict_share:g}% of {VERDICTS['signing']}."
    )


def describe_decision(decision: Decision) -> str:
    """Return a decision in words."""
    share, signing_from, rest_to = (
        f"{100 * part:g}%" for part in (decision.verdict_share, decision.sure_signing_from, decision.sure_rest_to)
    )
    return (
        f"probabilities calibrated by the temperature {decision.temperature:g} and averaged over "
        f"{decision.smoothing_s:g} s, signing from {decision.signing_threshold:g} on, pauses of up to "
        f"{decision.merge_gap_s:g} s closed, stretches below {decision.min_length_s:g} s dropped; a video is called "
        f"{VERDICTS['signing']} if at least {share} of it is signing, which is sure if its mean probability of signing "
        f"is at least {signing_from}, and {VERDICTS['rest']} otherwise, which is sure if that is at most {rest_to}"
    )
