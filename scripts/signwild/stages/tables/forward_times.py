"""Measured times of motion streams and networks, read from their file."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from signwild.base.errors import InputError


@dataclass(frozen=True)
class ForwardTimes:
    """Measured times.

    ``streams``: motion_ms and network_ms by stream, milliseconds per sample. ``networks``: images per second by the
    qualified name of a layer.
    """

    streams: dict[str, dict[str, float]] = field(default_factory=dict)
    networks: dict[str, float] = field(default_factory=dict)


def read_forward_times(path: Path | str) -> ForwardTimes:
    """Read the measured times."""
    try:
        times = json.loads(Path(path).read_text(encoding="utf-8"))
        return ForwardTimes(
            {
                stream: {part: float(time[part]) for part in ("motion_ms", "network_ms")}
                for stream, time in times["streams"].items()
            },
            {layer: float(speed) for layer, speed in times["networks"].items()},
        )
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; measure the forward times first") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: needs streams, each with the numbers motion_ms and network_ms, and networks ({error!r})"
        ) from error
