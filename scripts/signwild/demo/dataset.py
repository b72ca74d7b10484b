"""The demo data set: its videos, their files, and their labels."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from signwild.base.authors_letters import AUTHORS_LABELS
from signwild.base.classes import CLASSES
from signwild.base.errors import InputError
from signwild.base.files import write_table, write_text, written_whole
from signwild.demo import movements
from signwild.demo.camera import BACKGROUNDS, set_stage
from signwild.demo.encode import encode, frame_times
from signwild.demo.scenes import OTHER_SCENES, other_scene, portray
from signwild.video.sampling import sample_frames

FORMATS = (
    (320, 240, Fraction(30)),
    (426, 240, Fraction(25)),
    (480, 360, Fraction(30000, 1001)),
    (640, 360, Fraction(24)),
    (270, 480, Fraction(30)),
    (384, 288, Fraction(60)),
)
"""Width, height and frame rate."""

DECK = 6
"""Size of the shuffled decks of formats, backgrounds and skin tones dealt to each class, so none hints at the class."""

MEAN_RATE, SWING, PERIOD = 24, 0.3, 18
"""The variable-rate video shows frame N at N / MEAN_RATE + SWING sin(N / PERIOD) seconds: 17 to 40 per second."""

UNLABELLED = (0.45, 0.55)
"""Unlabelled span of the video that changes class, as shares of its length ..."""

SHORTEST_CHANGE_S = 11.0
"""... which is enough for one segment of 20 samples on either side."""

LETTERS = {name: letter for letter, name in AUTHORS_LABELS.items() if name}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LETTERS_IN_ALPHABET = 52
"""Ids begin with a letter, so swapping the case gives another id."""

TRUNCATED, MISSING = "truncated", "missing"

VIDEO_COLUMNS = ["video_id", "file", "sha256", "bytes", "class", "fps", "width", "height"]


@dataclass(frozen=True)
class Video:
    """A video to be made; everything else about it is drawn at random from ``key``."""

    key: tuple[int, ...]
    video_id: str
    label: str
    number: int
    seconds: float
    size: tuple[int, int]
    rate: Fraction
    background: str
    tone: int
    special: str

    @property
    def file(self) -> str:
        """Path in the data set's folder."""
        return f"videos/{self.video_id}.mp4"

    def planned_times(self) -> np.ndarray:
        """Return the times at which the frames are drawn, in seconds, (n,)."""
        frames = np.arange(round(self.seconds * self.rate))
        if self.special == "variable rate":
            return frames / MEAN_RATE + SWING * np.sin(frames / PERIOD)
        return frames / float(self.rate)

    def letters(self, times: np.ndarray) -> np.ndarray:
        """Return the authors' label at each of ``times`` (n,)."""
        if self.special != "changes":
            return np.full(len(times), LETTERS[self.label])
        share = times / self.seconds
        spans = [share < UNLABELLED[0], share < UNLABELLED[1]]
        return np.select(spans, [LETTERS["speaking"], "?"], LETTERS["signing"])


def render_demo_dataset(
    folder: Path, videos_per_class: int = 6, seconds: float = 14, seed: int = 1, workers: int = 2
) -> pd.DataFrame:
    """Render the data set into ``folder`` and return its table of videos.

    Writes ``videos/*.mp4``, ``groundtruth.txt`` in the authors' format (``video_id frame label``, a row
    for every sample at 5 Hz) and ``videos.tsv``. Besides the videos of each class there is one truncated
    file and one id whose file is missing; both have labels. A video that changes from speaking to signing
    counts as speaking. ``seconds`` is the approximate length of a video.
    """
    if min(videos_per_class, seconds, workers) < 1 or seed < 0:
        raise InputError(
            f"demo data set: videos_per_class={videos_per_class}, seconds={seconds}, seed={seed}, workers={workers}: "
            "the seed must be 0 or more, the others at least 1"
        )
    videos = sorted(plan(videos_per_class, seconds, seed), key=lambda video: video.video_id)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        # The longest first, so no worker is left with a long one at the end.
        longest_first = sorted(videos, key=lambda video: -video.seconds * video.rate)
        jobs = {video.video_id: pool.submit(_render, folder, video) for video in longest_first}
        labels = {video_id: job.result() for video_id, job in jobs.items()}
    rows = [f"{video.video_id} {frame} {letter}\n" for video in videos for frame, letter in labels[video.video_id]]
    write_text(folder / "groundtruth.txt", "".join(rows))
    table = pd.DataFrame([_record(folder, video) for video in videos], columns=VIDEO_COLUMNS)
    table = table.astype({"bytes": "Int64"})
    write_table(folder / "videos.tsv", table)
    return table


def plan(videos_per_class: int, seconds: float, seed: int) -> list[Video]:
    """Return the videos of a data set. More videos per class leave the others unchanged."""
    slots = [(label, number, "") for label in CLASSES for number in range(videos_per_class)]
    slots += [("speaking", 0, TRUNCATED), ("signing", 0, MISSING)]
    return [_plan_video(seed, label, number, extra, seconds) for label, number, extra in slots]


def _plan_video(seed: int, label: str, number: int, extra: str, seconds: float) -> Video:
    index = CLASSES.index(label)
    special = extra or {("speaking", 0): "changes", ("signing", 1): "variable rate"}.get((label, number), "")
    key = (seed, index, number, ("", TRUNCATED, MISSING).index(extra))
    rng = np.random.default_rng(key)
    # One shuffled deck of each kind for every six videos of a class.
    dealer = np.random.default_rng((seed, index, number // DECK))
    formats, backgrounds, tones = (dealer.permutation(DECK) for _ in range(3))
    width, height, rate = FORMATS[formats[number % DECK]]
    length = seconds * rng.uniform(0.95, 1.15)
    return Video(
        key=key,
        video_id=_video_id(seed, label, number, extra),
        label=label,
        number=number,
        seconds=max(length, SHORTEST_CHANGE_S) if special == "changes" else length,
        size=(width, height),
        rate=Fraction(MEAN_RATE) if special == "variable rate" else rate,
        background=BACKGROUNDS[backgrounds[number % DECK]],
        tone=int(tones[number % DECK]),
        special=special,
    )


def _video_id(seed: int, label: str, number: int, extra: str) -> str:
    """Return an id like YouTube's; some of the first ids are deliberately hard to handle."""
    if (label, number) == ("other", 1):
        return _video_id(seed, "signing", 1, "").swapcase()
    rng = np.random.default_rng([seed, *f"{label} {number} {extra}".encode()])
    drawn = ALPHABET[rng.integers(LETTERS_IN_ALPHABET)]
    drawn += "".join(ALPHABET[position] for position in rng.integers(len(ALPHABET), size=10))
    hard = {
        ("signing", 0, ""): "-" + drawn[1:],
        ("speaking", 1, ""): drawn[:5] + " " + drawn[6:],
        ("other", 0, ""): drawn[:3] + "é" + drawn[4:7] + "ħ" + drawn[8:],
    }
    return hard.get((label, number, extra), drawn)


def _render(folder: Path, video: Video) -> list[tuple[int, str]]:
    """Render one file and return its labels, (frame, letter) by sample."""
    cv2.setNumThreads(1)
    times = video.planned_times()
    if video.special != MISSING:
        presentation = f"N/{MEAN_RATE}+{SWING}*sin(N/{PERIOD})" if video.special == "variable rate" else None
        with written_whole(folder / video.file) as temporary:
            encode(temporary, _frames(video, times), video.size, video.rate, presentation)
            # Samples are chosen by the times in the file, to its clock's precision.
            times = frame_times(temporary)
            if video.special == TRUNCATED:
                os.truncate(temporary, temporary.stat().st_size // 2)
    frames = sample_frames(times, 5, 2000)
    return list(zip(frames.tolist(), video.letters(times[frames]).tolist(), strict=True))


def _frames(video: Video, times: np.ndarray) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(video.key)
    stage = set_stage(rng, video.background, video.size, times)
    if video.label == "other":
        kind = OTHER_SCENES[video.number % len(OTHER_SCENES)]
        return stage.frames(other_scene(kind, rng, stage, video.tone, times))
    move = {"signing": movements.signing, "speaking": movements.speaking}[video.label]
    movement = move(rng, times)
    if video.special == "changes":
        start, end = np.array(UNLABELLED) * video.seconds
        weight = movements.smooth(np.clip((times - start) / (end - start), 0, 1))
        movement = movement.towards(movements.signing(rng, times), weight)
    return stage.frames(portray(rng, stage, video.tone, movement))


def _record(folder: Path, video: Video) -> dict[str, object]:
    width, height = video.size
    record = {"video_id": video.video_id, "file": video.file, "sha256": "", "bytes": None, "class": video.label}
    if video.special != MISSING:
        content = (folder / video.file).read_bytes()
        record |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return record | {"fps": round(float(video.rate), 3), "width": width, "height": height}
