"""Decisions of detectors, as they are kept and told."""

import json
from pathlib import Path

from signwild.errors import InputError
from signwild.files import write_text
from signwild.parameters.detection import Decision


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
        raise InputError(f"{path}: holds no decisions of detectors ({error}); start the workflow again") from None


def describe_decision(decision: Decision) -> str:
    """A decision in words."""
    return (
        f"probabilities averaged over {decision.smoothing_s:g} s, signing from {decision.signing_threshold:g} on, "
        f"pauses of up to {decision.merge_gap_s:g} s closed, stretches below {decision.min_length_s:g} s dropped; "
        f"a video is signing where at least {100 * decision.verdict_share:g}% of it is"
    )
