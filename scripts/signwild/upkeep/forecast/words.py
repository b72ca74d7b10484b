"""Wording of forecasts."""

from dataclasses import dataclass

from signwild.base.terminal import duration, long_duration
from signwild.upkeep.forecast.costs import Device
from signwild.upkeep.forecast.forecaster import JobTime

ORIGINS = {"measured": "measured here", "documented": "known figures", "estimate": "estimates"}

SMALLEST_SHARE = 0.005
"""Smallest share of a forecast that is named."""


@dataclass(frozen=True)
class Machine:
    """Hardware that the work is to be done with."""

    cores: int
    device: Device


def jobs_in_words(number: int) -> str:
    """Return a number of jobs in words."""
    return f"{number:,} {'job' if number == 1 else 'jobs'}"


def in_words(time: JobTime) -> str:
    """Return the parts of a time in words."""
    parts = [f"{duration(time.core_s)} of one core"]
    parts += [f"{duration(time.gpu_s)} of the GPU"] if time.gpu_s else []
    parts += [f"{duration(time.network_s)} of downloads"] if time.network_s else []
    return ", ".join(parts)


def wall_clock(time: JobTime, longest: float, machine: Machine) -> str:
    """Return how long it takes if no core is ever idle; downloads and the GPU work in parallel with the cores.

    ``longest``: seconds of the longest job, which has one core.
    """
    seconds = max(time.core_s / machine.cores, longest, time.gpu_s, time.network_s)
    gpu = " and a GPU" if machine.device == "gpu" else ""
    cores = "1 core" if machine.cores == 1 else f"{machine.cores} cores"
    return f"with {cores}{gpu} {long_duration(seconds)} or more"


def origins_in_words(time: JobTime) -> str:
    """Return what a forecast is based on, by share of its seconds."""
    total = sum(time.origins.values())
    shares = {ORIGINS[name]: time.origins.get(name, 0.0) / total for name in ORIGINS} if total else {}
    shown = {name: share for name, share in shares.items() if share >= SMALLEST_SHARE}
    if len(shown) == 1:
        return next(iter(shown))
    return ", ".join(f"{name} ({share:.0%})" for name, share in shown.items()) or "nothing"
