"""Detection in many videos: a folder of results for each, and a list of all; finished videos are skipped."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from signwild.base.digests import file_sha256
from signwild.base.errors import InputError, UnusableVideo
from signwild.base.files import is_full_disk, write_text
from signwild.base.memory import OUT_OF_MEMORY, is_out_of_memory
from signwild.exported.model import Detector, Variant
from signwild.stages.dataset.elan_writer import write_eaf
from signwild.stages.detector.addresses import Addresses, ListOfVideos
from signwild.stages.detector.detected_video import DetectedVideo, readable_path
from signwild.stages.detector.first_look import FirstLook, cheapest_variant
from signwild.stages.detector.kept_results import (
    DOWNLOADS,
    QUICK,
    RESULT,
    SOURCE,
    KeptResults,
    Place,
    link_to,
    read_detected,
    read_json,
)
from signwild.stages.detector.one_video import VideoDetector
from signwild.stages.detector.pages import SummaryRow, write_summary, write_video_page
from signwild.stages.detector.quick import QuickPass
from signwild.stages.detector.telling import tell_result
from signwild.stages.detector.timeline import draw_timeline
from signwild.stages.detector.writers import write_first_look, write_json, write_segments, write_vtt, write_windows
from signwild.video.decoder import DecoderKilled

if TYPE_CHECKING:
    from signwild.stages.detector.networks import VariantNetworks  # starts Keras, which takes seconds

ROW = ("verdict", "signing_share", "signing_s", "duration_s", "signing_probability", "flags")
"""Keys of a result that the list shows."""

AUTHOR = "Signing in the Wild"

EAF_SEAL = ".eaf.sha256"
"""File with the checksum of the .eaf file, which shows whether that was edited."""

FIRST_LOOK = "first_look_only.csv"
"""File with the parts that a quick pass has not looked at in full."""

FIRST_LOOK_TIER = "first look only"
"""Tier of the same parts in the .eaf file."""

OF_ONE_VIDEO = (UnusableVideo, InputError, OSError, DecoderKilled)
"""Errors of one video, after which the other videos are still processed; so is a lack of memory."""

LESS_MEMORY = "a smaller --batch-size or fewer --threads need less"

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
class DetectionOptions:
    """How videos are processed.

    ``stride``: samples from one window to the next. ``threads``: for decoding. ``take_lists``: whether an address may
    be that of a list of videos. ``quick``: whether long videos get a quick pass.
    """

    stride: int = 1
    threads: int = 1
    take_lists: bool = False
    quick: bool = False


class ManyVideos:
    """A folder of results, and the detector that fills it.

    ``build(variant, beside)`` returns a variant's networks, and is called when the first video needs them; ``beside``:
    see ``VariantNetworks``. ``progress(blocks, samples, name)`` shows the progress of a video; ``say`` prints a line.
    """

    def __init__(
        self,
        out: Path,
        detector: Detector,
        variant: Variant,
        options: DetectionOptions,
        build: "Callable[[Variant, VariantNetworks | None], VariantNetworks]",
        progress: Callable[[Iterable, int, str], Iterable],
        say: Callable[[str], None],
    ) -> None:
        self._out, self._detector, self._variant, self._options = out, detector, variant, options
        self._build, self._progress, self._say = build, progress, say
        if out.exists() and not out.is_dir():
            raise InputError(f"{out}: is a file; name a folder with --out")
        self._check_same_detection()
        self._first_variant = cheapest_variant(detector) if options.quick else None
        self._kept = KeptResults(out, options.stride, options.quick)
        self._looking: VideoDetector | None = None

    def detect(self, sources: list[Source]) -> tuple[int, int]:
        """Process what is not done yet, list everything, and return how many videos there were, and how many failed.

        A failed video is tried again the next time. Raises InputError if the folder holds another detector's results.
        """
        addresses = Addresses(self._out / DOWNLOADS, self._say, self._options.take_lists)
        waiting, met = deque(sources), {source.address for source in sources}
        failed, number, total = [], 0, len(sources)
        while waiting:
            source, number = waiting.popleft(), number + 1
            try:
                file = source.file or addresses.fetch(source.address)
                self._process(file, f"{number} of {total}: {source.name}")
            except ListOfVideos as found:
                new = [address for address in found.addresses if address not in met]
                waiting.extendleft(Source(address=address) for address in reversed(new))
                met.update(new)
                number, total = number - 1, total + len(new) - 1
                self._say(str(found))
            except Exception as error:
                if is_full_disk(error) or not (isinstance(error, OF_ONE_VIDEO) or is_out_of_memory(error)):
                    raise
                reason = _reason(error)
                self._say(f"{source.name}: failed: {reason}")
                failed.append(SummaryRow(source.name, error=reason))
        self._kept.forget_replaced()
        self._list(failed)
        return total, len(failed)

    def _process(self, file: Path, where: str) -> None:
        """Process one video, unless it is done, and tell what was found."""
        place = self._kept.place_of(file)
        if place.is_done:
            copy = f"has the same content as {readable_path(place.original)}, which " if place.original else ""
            self._say(f"{where}: {copy}is already done")
            if place.is_moved:
                self._renew_links(place, file)
        else:
            # An old result, of another file or with other settings, must not outlive a failure.
            (place.folder / RESULT).unlink(missing_ok=True)
            self._say(where)
            self._looking = self._looking or self._started()
            self._write(self._looking.detect(file, partial(self._progress, name=file.name)), place, file)
            self._list([])
        self._tell(place.folder)

    def _list(self, failed: list[SummaryRow]) -> None:
        rows, variant = [*self._rows(), *failed], self._variant
        write_summary(rows, self._out, self._detector.identity, variant.name, variant.decision)

    def _started(self) -> VideoDetector:
        self._say("loading the networks, which takes some seconds")
        networks, options, quick = self._build(self._variant, None), self._options, None
        if self._first_variant:
            first_networks = self._build(self._first_variant, networks)
            first_look = FirstLook(self._detector, self._first_variant, first_networks, options.threads)
            quick = QuickPass(self._detector, self._variant, networks, first_look, options.threads)
        return VideoDetector(self._detector, self._variant, networks, options.stride, options.threads, quick)

    def _tell(self, folder: Path) -> None:
        self._say(tell_result(read_json(folder / RESULT, "file", *ROW, "footage_s", "segments"), folder / "index.html"))

    def _write(self, detected: DetectedVideo, place: Place, file: Path) -> None:
        """Write all results of a video; the file that marks it as done comes last."""
        folder = place.folder
        if detected.first_look_only:
            place = replace(place, source={**place.source, QUICK: True})
        _write_source(place)
        write_windows(detected, folder / "windows")
        write_segments(detected, folder / "segments.csv")
        write_first_look(detected, folder / FIRST_LOOK)
        write_vtt(detected, folder / f"{folder.name}.vtt")
        self._write_linking(detected, folder, file)
        write_json(detected, folder / RESULT)
        self._kept.record(place)

    def _renew_links(self, place: Place, file: Path) -> None:
        """Write again what names the video's path, which is another since; the path's record comes last."""
        detected = read_detected(place.folder, file)
        self._write_linking(detected, place.folder, file)
        write_json(detected, place.folder / RESULT)
        _write_source(place)
        self._kept.record(place)

    def _write_linking(self, detected: DetectedVideo, folder: Path, file: Path) -> None:
        """Write what shows or links to the video's file."""
        draw_timeline(detected, folder / "timeline.png")
        # Named after the folder, whose name is unique, so the files of several videos can be collected in one place.
        self._write_eaf(folder / f"{folder.name}.eaf", detected, file)
        files = [f"{folder.name}.eaf", f"{folder.name}.vtt", "segments.csv", "windows.csv", "timeline.png"]
        files += [FIRST_LOOK] if detected.first_look_only else []
        write_video_page(detected, folder / "index.html", link_to(file, folder), files)

    def _write_eaf(self, path: Path, detected: DetectedVideo, file: Path) -> None:
        """Write the .eaf file; an existing one that somebody has edited is kept under another name."""
        seal = path.with_name(EAF_SEAL)
        if path.exists() and (not seal.exists() or seal.read_text() != file_sha256(path)):
            names = (path.with_suffix(f".edited_{number}.eaf") for number in count(1))
            kept = next(other for other in names if not other.exists())
            path.rename(kept)
            self._say(f"{path}: was edited since; kept as {kept.name}")
        write_eaf(path, file, detected.segments, AUTHOR, _more_tiers(detected))
        write_text(seal, file_sha256(path))

    def _results(self) -> Iterator[tuple[Path, dict]]:
        for path in sorted(self._out.glob(f"*/{RESULT}")):
            yield path.parent, read_json(path, *ROW, "detector", "variant")

    def _check_same_detection(self) -> None:
        for folder, result in self._results():
            wanted = self._detector.identity, self._variant.name
            if (result["detector"], result["variant"]) != wanted:
                raise InputError(
                    f"{folder}: was made by {result['variant']} of the detector {result['detector']}, not by "
                    f"{wanted[1]} of {wanted[0]}; {ANOTHER_FOLDER}"
                )
            stride = read_json(folder / SOURCE, "stride")["stride"]
            if stride != self._options.stride:
                raise InputError(
                    f"{folder}: was made with stride {stride}, not {self._options.stride}; {ANOTHER_FOLDER}"
                )

    def _rows(self) -> Iterator[SummaryRow]:
        for folder, result in self._results():
            file = readable_path(read_json(folder / SOURCE, "path")["path"])
            yield SummaryRow(file, f"{folder.name}/index.html", **{name: result[name] for name in ROW})


def _more_tiers(detected: DetectedVideo) -> dict[str, pd.DataFrame]:
    return {FIRST_LOOK_TIER: detected.first_look_only.parts} if detected.first_look_only else {}


def _write_source(place: Place) -> None:
    write_text(place.folder / SOURCE, json.dumps(place.source, indent=2, ensure_ascii=False) + "\n")


def _reason(error: Exception) -> str:
    """Return why a video failed, in words."""
    if is_out_of_memory(error):
        return f"{OUT_OF_MEMORY}; {LESS_MEMORY}"
    if isinstance(error, DecoderKilled):
        return f"{error}; if that was for lack of memory, {LESS_MEMORY}"
    return f"{error.status}: {error.reason}" if isinstance(error, UnusableVideo) else str(error)
