"""The quick pass over long videos: the same windows where it looks in full, and an honest account of the rest."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_detector import LENGTH, SIZE, made_detector
from made_videos import numbered_frames, run_ffmpeg, write_video

from signwild.base.classes import PROBABILITIES
from signwild.configuration.sections.detection import Decision
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.resample import Resample
from signwild.exported.model import Detector
from signwild.stages.detector import quick
from signwild.stages.detector.blocks import Part, PassageMissing, Reach, SampleBlocks
from signwild.stages.detector.detected_video import DetectedVideo
from signwild.stages.detector.first_look import FirstLook, Look, cheapest_variant, look_windows, skipped_frames
from signwild.stages.detector.networks import VariantNetworks
from signwild.stages.detector.one_video import VideoDetector
from signwild.stages.detector.quick import QuickPass, growth, runs_of, spread_look, widened, without_gaps
from signwild.stages.detector.weights import find_weights
from signwild.video.container import probe_video
from signwild.video.key_frames import read_key_frames

RATE = 10
"""Frames a second of the long videos."""

PARTS = [("still", 50), ("moving", 12), ("still", 40), ("moving", 8), ("still", 30)]
"""What the long video shows, for how many seconds; the made detector takes what moves for signing."""

SENSITIVE = Network(cell="statistics", dense_units=0, batch_normalisation=False)
"""Networks that, with random weights, answer differently to different pictures."""

Detect = Callable[..., DetectedVideo]


def made_frames() -> np.ndarray:
    """Return the frames of the long video: drifting colours below bars, or a grey picture."""
    seen = {"moving": numbered_frames(12 * RATE, 64, 48), "still": np.full((50 * RATE, 48, 64, 3), 90, np.uint8)}
    return np.concatenate([seen[kind][: seconds * RATE] for kind, seconds in PARTS])


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    return made_detector(tmp_path_factory.mktemp("detector"), 1, SENSITIVE)


@pytest.fixture(scope="module")
def networks(detector: Detector) -> Callable[[str], tuple[VariantNetworks, VariantNetworks]]:
    """Return a function that returns the networks of a variant and those of the first look."""
    known = {}

    def build(name: str) -> tuple[VariantNetworks, VariantNetworks]:
        if name not in known:
            variant, first = detector.variant(name), cheapest_variant(detector)
            own = VariantNetworks(detector, variant, find_weights(detector, variant), 8)
            known[name] = own, VariantNetworks(detector, first, find_weights(detector, first), 8, own)
        return known[name]

    return build


@pytest.fixture(scope="module")
def detect(detector: Detector, networks: Callable) -> Detect:
    """Return a function that detects signing in a video, by the quick pass or by the full one."""

    def run(path: Path, quickly: bool, variant: str = "rgb", **decision: float) -> DetectedVideo:
        own, first = networks(variant)
        chosen = detector.variant(variant)
        chosen = chosen.model_copy(update={"decision": chosen.decision.model_copy(update=decision)})
        look = FirstLook(detector, cheapest_variant(detector), first, threads=1)
        by = QuickPass(detector, chosen, own, look, threads=1) if quickly else None
        return VideoDetector(detector, chosen, own, 1, 1, by).detect(path, lambda blocks, _: blocks)

    return run


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("videos") / "v.mp4", made_frames(), str(RATE))


@pytest.fixture(scope="module")
def threshold(detect: Detect, video: Path) -> float:
    """Return a probability of signing between that of what moves, which is higher, and that of what does not."""
    windows = detect(video, quickly=False).windows.set_index("time_s")["p_signing"]
    moving, still = windows.loc[52:60].mean(), windows.loc[10:40].mean()
    assert moving > still + 0.02, "another seed of the made detector is needed"
    return float(moving + still) / 2


def agree(found: DetectedVideo, full: DetectedVideo) -> None:
    """Assert that all windows of a quick pass are those of the full pass, to the last bit."""
    expected = full.windows.set_index("frame").loc[found.windows["frame"]].reset_index()
    names = ["frame", "time_s", *PROBABILITIES]
    assert found.windows[names].equals(expected[names])


def tile(found: DetectedVideo) -> np.ndarray:
    """Return the starts and ends of segments and of parts with a first look only, (n, 2), by time."""
    spans = [found.segments[["start_s", "end_s"]].to_numpy()]
    spans += [found.first_look_only.parts[["start_s", "end_s"]].to_numpy()] if found.first_look_only else []
    together = np.concatenate(spans)
    return together[np.argsort(together[:, 0])]


@pytest.mark.parametrize("variant", [pytest.param("rgb", marks=pytest.mark.exhaustive), "rgb_flow"])
def test_where_it_looks_in_full_it_finds_what_the_full_pass_finds(
    detect: Detect, video: Path, threshold: float, variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "MAYBE_SIGNING", threshold)
    decision = {"signing_threshold": threshold}
    full, found = detect(video, False, variant, **decision), detect(video, True, variant, **decision)
    agree(found, full)
    assert 0 < len(found.windows) < 0.6 * len(full.windows)
    assert found.first_look_only.variant == "rgb"
    spans = tile(found)
    assert spans[0, 0] == 0
    assert np.array_equal(spans[1:, 0], spans[:-1, 1])
    assert spans[-1, 1] == pytest.approx(full.duration_s)
    assert found.footage_s == pytest.approx(full.footage_s)
    if variant == "rgb":
        signing = [one.segments[one.segments["label"] == "signing"].reset_index(drop=True) for one in (found, full)]
        assert len(signing[1]) == 2
        assert signing[0].equals(signing[1])
        assert found.signing_share == pytest.approx(full.signing_share, abs=1e-9)
        assert found.verdict == full.verdict
    assert found.flags[0].startswith("Quick: ")
    assert "were looked at only about once a second, by rgb, which saw no signing there" in found.flags[0]
    assert found.flags[1:] == full.flags


def test_a_short_video_gets_the_full_pass(detect: Detect, tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", numbered_frames(59 * RATE, 64, 48), str(RATE))
    found, full = detect(path, True), detect(path, False)
    assert found.first_look_only is None
    assert found.windows.equals(full.windows)
    assert found.segments.equals(full.segments)
    assert found.flags == full.flags


def test_a_video_without_a_place_for_a_full_look_has_no_segment(
    detect: Detect, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "MAYBE_SIGNING", 2.0)
    found = detect(video, True, signing_threshold=1.0)
    assert len(found.windows) == len(found.segments) == 0
    assert found.first_look_only.parts[["start_s", "end_s"]].to_numpy().tolist() == [[0, found.duration_s]]
    assert found.footage_s == pytest.approx(140)
    assert found.signing_share == 0


def test_a_part_grows_while_signing_reaches_its_end(
    detect: Detect, video: Path, threshold: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One second of the first look is enough to find a stretch of signing as a whole."""
    sees = quick.spread_look

    def near_sighted(look: Look, times: np.ndarray, *others: object) -> tuple[np.ndarray, np.ndarray]:
        probabilities, _ = sees(look, times, *others)
        return probabilities, np.abs(times - 51) < 0.5

    monkeypatch.setattr(quick, "spread_look", near_sighted)
    found, full = detect(video, True, signing_threshold=threshold), detect(video, False, signing_threshold=threshold)
    agree(found, full)
    assert found.segments[found.segments["label"] == "signing"]["start_s"].iloc[0] == pytest.approx(50, abs=1)
    own, expected = (one.segments[one.segments["label"] == "signing"].iloc[0] for one in (found, full))
    assert own.tolist() == expected.tolist()


def test_signing_all_over_is_found_all_over_and_no_verdict_is_lost(detect: Detect, video: Path) -> None:
    full, found = (detect(video, quickly, signing_threshold=0.01) for quickly in (False, True))
    assert full.verdict == found.verdict == "signing"
    assert found.first_look_only is None
    assert found.windows.equals(full.windows)


def test_what_the_first_look_expects_makes_a_verdict_unsure(
    detect: Detect, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "MAYBE_SIGNING", 2.0)
    found = detect(video, True, signing_threshold=1.0, sure_rest_to=0.0)
    assert found.verdict == "unsure"
    assert found.signing_probability > 0
    assert found.flags[0].startswith("Check this video yourself")


def test_a_share_of_signing_just_below_the_limit_is_unsure(
    detect: Detect, video: Path, threshold: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "MAYBE_SIGNING", threshold)
    sure = {"signing_threshold": threshold, "sure_rest_to": 1.0}
    share = detect(video, True, **sure).signing_share
    assert detect(video, True, **sure, verdict_share=share * 1.2).verdict == "rest"
    near = detect(video, True, **sure, verdict_share=share * 1.05)
    assert near.verdict == "unsure"
    assert near.flags[0].startswith("Check this video yourself, or process it without --quick: signing was found in ")
    assert detect(video, False, **sure, verdict_share=share * 1.05).verdict == "rest"


def test_holes_stay_holes_and_no_window_crosses_them(
    detect: Detect, tmp_path: Path, threshold: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = f"N/{RATE}+if(gte(N,{56 * RATE}),600,0)"  # amid what moves
    path = write_video(tmp_path / "v.mp4", made_frames(), str(RATE), presentation=pause)
    monkeypatch.setattr(quick, "MAYBE_SIGNING", threshold)
    full, found = (detect(path, quickly, "rgb_flow", signing_threshold=threshold) for quickly in (False, True))
    agree(found, full)
    assert 0 < len(found.windows) < len(full.windows)
    assert found.windows["time_s"].between(50, 56).any()
    assert found.windows["time_s"].between(656, 660).any()
    assert found.footage_s == pytest.approx(full.footage_s)
    assert ((tile(found)[:, 1] < 57) | (tile(found)[:, 0] > 655)).all()
    assert any("no pictures from 55.9 to 656.0 s" in flag for flag in found.flags)


@pytest.mark.parametrize("damage", ["cut", pytest.param("middle", marks=pytest.mark.exhaustive)])
def test_a_damaged_video_gets_the_full_pass(
    detect: Detect, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "MAYBE_SIGNING", 0.0)
    whole = write_video(tmp_path / "w.mp4", 80 * RATE, str(RATE), "-movflags", "+faststart", "-g", "30", "-bf", "0")
    data, path = bytearray(whole.read_bytes()), tmp_path / "v.mp4"
    middle = len(data) // 2
    if damage == "middle":
        data[middle : middle + len(data) // 5] = bytes(len(data) // 5)
    path.write_bytes(data if damage == "middle" else data[: int(0.9 * len(data))])
    found, full = detect(path, True), detect(path, False)
    assert found.first_look_only is None
    assert found.flags == full.flags
    assert found.windows.equals(full.windows)


def test_a_video_whose_pictures_change_their_form_gets_the_full_pass(detect: Detect, tmp_path: Path) -> None:
    """Of pictures without a stated colour space, ffmpeg makes what those before them had."""
    base = write_video(tmp_path / "base.mp4", numbered_frames(35 * RATE, 64, 48), str(RATE))
    for name, options in {"stated": ["-colorspace", "bt709"], "unstated": []}.items():
        run_ffmpeg("-i", base, "-c:v", "libx264", "-g", 20, *options, tmp_path / f"{name}.ts")
    names = ("unstated", "stated", "unstated")
    (tmp_path / "list.txt").write_text("".join(f"file '{tmp_path / name}.ts'\n" for name in names))
    path = tmp_path / "v.mkv"
    run_ffmpeg("-f", "concat", "-safe", 0, "-i", tmp_path / "list.txt", "-c", "copy", path)
    assert read_key_frames(path, probe_video(path, 1e9).times) is not None
    found, full = detect(path, True), detect(path, False)
    assert any("size or form of the pictures changes" in flag for flag in full.flags)
    assert found.first_look_only is None
    assert found.flags == full.flags
    assert found.windows.equals(full.windows)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".mp4", ("-g", "40")),
        (".mp4", ("-g", "40", "-x264-params", "open-gop=1:bframes=3")),
        (".webm", ("-g", "40")),
        (".avi", ("-g", "40")),
    ],
)
@pytest.mark.parametrize("reach", [None, Reach(2, 3)])
def test_a_part_decoded_by_itself_is_that_part_of_the_whole(
    tmp_path: Path, suffix: str, options: tuple[str, ...], reach: Reach | None
) -> None:
    path = write_video(tmp_path / f"v{suffix}", 240, "30", *options)
    compare_parts(path, reach)


@pytest.mark.parametrize("made", ["v.mkv", "v.ts", "v.mpg", "late.mkv"])
def test_so_it_is_in_other_files(tmp_path: Path, made: str) -> None:
    base, path = write_video(tmp_path / "base.mp4", 240), tmp_path / made
    options = {
        "v.mkv": ["-i", base, "-c:v", "libx264", "-g", 40],
        "v.ts": ["-i", base, "-c:v", "libx264", "-g", 40],
        "v.mpg": ["-i", base, "-vf", "setfield=tff", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-g", 15, "-bf", 2],
        "late.mkv": ["-f", "lavfi", "-i", "sine=duration=9", "-itsoffset", 2, "-i", base, "-c:v", "libx264", "-g", 40],
    }
    run_ffmpeg(*options[made], path)
    compare_parts(path, Reach(2, 2))


def compare_parts(path: Path, reach: Reach | None) -> None:
    """Assert that parts of a video have the images, and the frames around them, that the whole video has there."""
    times = probe_video(path, 1e9).times
    keys = read_key_frames(path, times)
    assert len(keys) > 1
    parameters = Resample(image_size=SIZE)
    whole = next(iter(SampleBlocks(path, times, parameters, reach, 1000, 1)))
    for first, end in [(0, 7), (5, 18), (17, 18), (23, len(whole.images)), (0, len(whole.images))]:
        blocks = list(SampleBlocks(path, times, parameters, reach, 4, 1, Part(first, end, keys)))
        assert np.array_equal(np.concatenate([block.images for block in blocks]), whole.images[first:end])
        row = first
        for block in blocks if reach else []:
            for centre in block.centres:
                window = np.arange(-reach.before, reach.after + 1)
                seen = np.clip(whole.centres[row] + window, 0, len(whole.grey) - 1)
                own = np.clip(centre + window, 0, len(block.grey) - 1)
                assert np.array_equal(block.grey[own], whole.grey[seen])
                row += 1


def test_a_part_with_other_frames_than_the_file_states_is_noticed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", 240, "30", "-g", "40")
    times = probe_video(path, 1e9).times
    keys = read_key_frames(path, times)
    shifted = np.concatenate([times[:100], times[100:] + 0.01])
    with pytest.raises(PassageMissing):
        list(SampleBlocks(path, shifted, Resample(image_size=SIZE), None, 4, 1, Part(18, 30, keys)))


def test_joined_recordings_have_no_key_frames_to_begin_at(tmp_path: Path) -> None:
    part, path = tmp_path / "part.ts", tmp_path / "v.ts"
    run_ffmpeg("-i", write_video(tmp_path / "base.mp4", 120), "-c:v", "libx264", "-g", 40, part)
    path.write_bytes(2 * part.read_bytes())
    assert read_key_frames(path, probe_video(path, 1e9).times) is None
    assert read_key_frames(part, probe_video(part, 1e9).times) is not None


def test_dense_key_frames_are_enough_for_a_first_look() -> None:
    times = np.arange(0, 60, 0.04)
    assert skipped_frames(np.arange(0, 60, 1.0), times) == "nokey"
    assert skipped_frames(np.arange(0, 60, 2.0), times) == "noref"
    assert skipped_frames(np.arange(0, 40, 1.0), times) == "noref"
    assert skipped_frames(np.arange(5, 60, 1.0), times) == "noref"


def test_a_window_of_a_first_look_spans_the_time_of_a_window_of_samples() -> None:
    rows = look_windows(np.arange(10.0), np.zeros(10, np.int64), LENGTH, 5)
    assert rows[5].tolist() == [3, 3, 3, *[4] * 5, *[5] * 5, *[6] * 5, 7, 7]
    assert rows[0].tolist() == [*[0] * 13, *[1] * 5, 2, 2]
    split = look_windows(np.array([0, 1, 2, 3, 9, 10.0]), np.array([0, 0, 0, 0, 1, 1]), LENGTH, 5)
    assert split.max(axis=1).tolist() == [2, 3, 3, 3, 5, 5]
    assert split.min(axis=1).tolist() == [0, 0, 0, 1, 4, 4]


def test_a_sample_without_a_picture_nearby_is_looked_at_in_full() -> None:
    times, stretch = np.arange(0, 20, 0.2), np.repeat([0, 1], 50)
    seen = np.array([0, 1, 2, 3, 4, 5, 6.0, 9])
    look = Look(seen, np.zeros(8, np.int64), np.tile([0.01, 0.5, 0.49], (8, 1)), 0)
    probabilities, is_wanted = spread_look(look, times, stretch, 0.7)
    assert times[:50][is_wanted[:50]] == pytest.approx([])
    assert is_wanted[50:].all()
    far = spread_look(Look(seen[:5], look.stretch[:5], look.probabilities[:5], 0), times, stretch, 0.7)[1]
    assert times[:50][far[:50]].min() == pytest.approx(5.6)
    assert probabilities[:50, 1] == pytest.approx(0.5)
    # What a decision may call signing is looked at in full, however low its threshold.
    unsure = Look(seen, np.zeros(8, np.int64), np.tile([0.1, 0.5, 0.4], (8, 1)), 0)
    assert not spread_look(unsure, times, stretch, 0.7)[1][:50].any()
    assert spread_look(unsure, times, stretch, 0.1)[1].all()


def test_parts_are_widened_closed_and_grown() -> None:
    times, wanted = np.arange(0, 60, 0.5), np.zeros(120, bool)
    wanted[[20, 50]] = True
    wide = widened(wanted, times, 3.0)
    assert runs_of(wide, np.zeros(120, np.int64)) == [(14, 27), (44, 57)]
    assert runs_of(without_gaps(wide, times), np.zeros(120, np.int64)) == [(14, 57)]
    assert runs_of(wide, np.repeat([0, 1], [50, 70])) == [(14, 27), (44, 50), (50, 57)]
    signing = np.zeros(120, bool)
    signing[18:21] = True
    assert not growth(signing, wide, times, Decision(smoothing_s=2.0), 6.0).any()
    grown = np.flatnonzero(growth(signing, wide, times, Decision(smoothing_s=8.0), 3.0))
    assert grown.tolist() == [*range(2, 14), *range(27, 37)]
