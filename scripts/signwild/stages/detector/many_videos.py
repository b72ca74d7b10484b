"""Detection in many videos: a folder of results for each, and a list of all; finished videos are skipped."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError, UnusableVideo
from signwild.base.files import is_full_disk, write_text
from signwild.exported.model import Detector, Variant
from signwild.stages.dataset.elan_writer import write_eaf
from signwild.stages.detector.addresses import Addresses
from signwild.stages.detector.detected_video import DetectedVideo, readable_path, shown
from signwild.stages.detector.one_video import VideoDetector
from signwild.stages.detector.pages import SummaryRow, write_summary, write_video_page
from signwild.stages.detector.telling import tell_result
from signwild.stages.detector.timeline import draw_timeline
from signwild.stages.detector.writers import write_json, write_segments, write_vtt, write_windows
from signwild.video.decoder import DecoderKilled

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

SOURCE, RESULT = "source.json", "result.json"
"""The file that a folder is about and the settings used; and, written last, the results."""

ROW = ("verdict", "signing_share", "signing_s", "duration_s", "signing_probability", "flags")
"""Keys of a result that the list shows."""

DOWNLOADS = "downloads"

RESERVED = (DOWNLOADS, "index.html", "summary.csv")
"""Names in the output folder that are not folders of videos."""

AUTHOR = "Signing in the Wild"

EAF_SEAL = ".eaf.sha256"
"""File with the checksum of the .eaf file, which shows whether that was edited."""

OF_ONE_VIDEO = (UnusableVideo, InputError, OSError, DecoderKilled)
"""Errors of one video, after which the other videos are still processed."""

ANOTHER_FOLDER = "give another folder (OUT= with make, else --out)"


@dataclass(frozen=True)
class Source:
    """A video to process: a file, or the address that it is downloaded from."""

    file: Path | None = None
    address: str = ""

    @property
    def name(self) -> str:
        """Name of the source, as shown to the user."""
        return readable_path(self.file) if self.file else self.address


@dataclass(frozen=True)
class Manner:
    """How videos are processed. ``stride``: samples from one window to the next. ``threads``: for decoding."""

    stride: int = 1
    threads: int = 1


class ManyVideos:
    """A folder of results, and the detector that fills it.

    ``build`` returns the variant's networks and is called when the first video needs them. ``progress(blocks, samples,
    name)`` shows the progress of a video; ``say`` prints a line.
    """

    def __init__(
        self,
        out: Path,
        detector: Detector,
        variant: Variant,
        manner: Manner,
        build: "Callable[[], VariantNetworks]",
        progress: Callable[[Iterable, int, str], Iterable],
        say: Callable[[str], None],
    ) -> None:
        self._out, self._detector, self._variant, self._manner = out, detector, variant, manner
        self._build, self._progress, self._say = build, progress, say
        if out.exists() and not out.is_dir():
            raise InputError(f"{out}: is a file; name a folder with --out")
        self._check_same_manner()

    def detect(self, sources: list[Source]) -> int:
        """Process what is not done yet, list everything, and return how many videos failed.

        A failed video is tried again the next time. Raises InputError if the folder holds another detector's results.
        """
        failed, looking, addresses = [], None, Addresses(self._out / DOWNLOADS, self._say)
        for number, source in enumerate(sources, start=1):
            where = f"{number} of {len(sources)}: {source.name}"
            try:
                file = source.file or addresses.fetch(source.address)
                folder = self._folder_of(file)
                if self._is_done(folder, file):
                    self._say(f"{where}: is already done")
                    self._tell(folder)
                    continue
                # An old result, of another file or with other settings, must not outlive a failure.
                (folder / RESULT).unlink(missing_ok=True)
                self._say(where)
                looking = looking or self._started()
                self._write(looking.detect(file, partial(self._progress, name=file.name)), folder, file)
                self._list([])
                self._tell(folder)
            except OF_ONE_VIDEO as error:
                if is_full_disk(error):
                    raise
                reason = f"{error.status}: {error.reason}" if isinstance(error, UnusableVideo) else str(error)
                self._say(f"{source.name}: failed: {reason}")
                failed.append(SummaryRow(source.name, error=reason))
        self._list(failed)
        return len(failed)

    def _list(self, failed: list[SummaryRow]) -> None:
        rows, variant = [*self._rows(), *failed], self._variant
        write_summary(rows, self._out, self._detector.identity, variant.name, variant.decision)

    def _started(self) -> VideoDetector:
        self._say("loading the networks, which takes some seconds")
        return VideoDetector(self._detector, self._variant, self._build(), self._manner.stride, self._manner.threads)

    def _tell(self, folder: Path) -> None:
        self._say(tell_result(_read(folder / RESULT, "file", *ROW, "segments"), folder / "index.html"))

    def _write(self, detected: DetectedVideo, folder: Path, file: Path) -> None:
        """Write all results of a video; the file that marks it as done comes last."""
        write_text(folder / SOURCE, json.dumps(self._described(file), indent=2, ensure_ascii=False) + "\n")
        write_windows(detected, folder / "windows")
        write_segments(detected, folder / "segments.csv")
        # Named after the folder, whose name is unique, so the files of several videos can be collected in one place.
        self._write_eaf(folder / f"{folder.name}.eaf", detected, file)
        write_vtt(detected, folder / f"{folder.name}.vtt")
        draw_timeline(detected, folder / "timeline.png")
        files = [f"{folder.name}.eaf", f"{folder.name}.vtt", "segments.csv", "windows.csv", "timeline.png"]
        write_video_page(detected, folder / "index.html", os.path.relpath(_place(file), _place(folder)), files)
        write_json(detected, folder / RESULT)

    def _write_eaf(self, path: Path, detected: DetectedVideo, file: Path) -> None:
        """Write the .eaf file; an existing one that somebody has edited is kept under another name."""
        seal = path.with_name(EAF_SEAL)
        if path.exists() and (not seal.exists() or seal.read_text() != file_sha256(path)):
            names = (path.with_suffix(f".edited_{number}.eaf") for number in count(1))
            kept = next(other for other in names if not other.exists())
            path.rename(kept)
            self._say(f"{path}: was edited since; kept as {kept.name}")
        write_eaf(path, file, detected.segments, AUTHOR)
        write_text(seal, file_sha256(path))

    def _described(self, file: Path) -> dict[str, object]:
        status = file.stat()
        return {
            "path": shown(_place(file)),
            "bytes": status.st_size,
            "mtime_ns": status.st_mtime_ns,
            "stride": self._manner.stride,
        }

    def _is_done(self, folder: Path, file: Path) -> bool:
        return (folder / RESULT).exists() and _read(folder / SOURCE, "path") == self._described(file)

    def _folder_of(self, file: Path) -> Path:
        """Return a video's folder, named after it, with a number if another file of the same name has that folder."""
        names = chain([shown(file.stem)], (f"{shown(file.stem)}_{number}" for number in count(2)))
        for folder in (self._out / name for name in names):
            kept = folder / SOURCE
            if kept.exists() and _read(kept, "path")["path"] == shown(_place(file)):
                return folder
            if folder.name not in RESERVED and not kept.exists() and not _has_files(folder):
                return folder
        raise AssertionError("there is always a next number")

    def _results(self) -> Iterator[tuple[Path, dict]]:
        for path in sorted(self._out.glob(f"*/{RESULT}")):
            yield path.parent, _read(path, *ROW, "detector", "variant")

    def _check_same_manner(self) -> None:
        for folder, result in self._results():
            wanted = self._detector.identity, self._variant.name
            if (result["detector"], result["variant"]) != wanted:
                raise InputError(
                    f"{folder}: was made by {result['variant']} of the detector {result['detector']}, not by "
                    f"{wanted[1]} of {wanted[0]}; {ANOTHER_FOLDER}"
                )
            stride = _read(folder / SOURCE, "stride")["stride"]
            if stride != self._manner.stride:
                raise InputError(
                    f"{folder}: was made with stride {stride}, not {self._manner.stride}; {ANOTHER_FOLDER}"
                )

    def _rows(self) -> Iterator[SummaryRow]:
        for folder, result in self._results():
            file = readable_path(_read(folder / SOURCE, "path")["path"])
            yield SummaryRow(file, f"{folder.name}/index.html", **{name: result[name] for name in ROW})


def _read(path: Path, *keys: str) -> dict:
    """Read a JSON file that this program wrote and check that it has ``keys``."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _ = [content[key] for key in keys]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: is missing, or was not written by this program ({error}); move its folder away, or give "
            "another --out"
        ) from None
    return content


def _place(path: Path) -> Path:
    """Return a path as absolute and without "..", so each file has only one."""
    return Path(os.path.normpath(path.absolute()))


def _has_files(folder: Path) -> bool:
    """Return whether a folder contains more than what a killed process was writing."""
    return folder.exists() and (not folder.is_dir() or any(not path.name.startswith(".") for path in folder.iterdir()))
