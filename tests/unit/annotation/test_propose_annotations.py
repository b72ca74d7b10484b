"""The program that proposes annotations: which files it takes, which video each is about, and what it says."""

import json
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from made_detector import write_detector
from made_eaf import MadeEaf, media
from made_videos import write_video
from places import SCRIPTS
from quick_start import run_python
from rich_eaf import check_form, rich_eaf, write_rich

from signwild.annotation.proposals import Proposals
from signwild.annotation.propose import propose
from signwild.annotation.targets import Target, find_targets
from signwild.annotation.tier_names import written_tiers
from signwild.base.errors import InputError
from signwild.stages.dataset.eaf_file import EafFile

PROGRAM = SCRIPTS / "propose_annotations.py"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_detector(tmp_path_factory.mktemp("model"))


def run(model: Path, folder: Path, *words: object) -> subprocess.CompletedProcess:
    command = [PROGRAM, "--model", model, "--out", folder / "found", "--batch-size", 8, *words]
    return run_python(command, folder, os.environ)


@pytest.fixture(scope="module")
def folder(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rich .eaf file of a video, a video without one, and files with faults, after a start of the program."""
    folder = tmp_path_factory.mktemp("loop")
    (folder / "videos").mkdir()
    write_video(folder / "videos/my video.mp4", 160)
    write_video(folder / "videos/new.mp4", 160)
    write_rich(folder / "eaf/rich.eaf", rich_eaf(origin="500"))
    write_rich(folder / "eaf/outside.eaf", rich_eaf().replace('"9000"', '"90000"').replace('"12000"', '"120000"'))
    MadeEaf(media("file:///elsewhere/gone.mp4")).tier("signing").write(folder / "eaf/gone.eaf")
    (folder / "eaf/none.eaf").write_text("no XML")
    done = run(model, folder, "eaf", "videos")
    (folder / "said.json").write_text(json.dumps([done.returncode, done.stdout, done.stderr]))
    return folder


def test_each_fault_is_one_message_and_the_others_go_on(folder: Path) -> None:
    code, output, error = json.loads((folder / "said.json").read_text())
    assert code == 1
    assert error.splitlines()[-1] == "error: 3 of 5 .eaf files have none; the lines above say why"
    assert "2 of 5 .eaf files have proposals" in output
    lines = [line for line in output.splitlines() if line.startswith("failed: ")]
    assert len(lines) == 3
    assert any(line.startswith("failed: eaf/gone.eaf: its video is not at /elsewhere/gone.mp4, ") for line in lines)
    assert any(line.startswith("failed: eaf/none.eaf: is not an .eaf file (ExpatError") for line in lines)
    assert any('eaf/outside.eaf: tier "RH-Għ" has an annotation at 1.5-90 s, but the' in line for line in lines)
    assert "(proposed)" not in (folder / "eaf/outside.eaf").read_text()


def test_the_proposals_are_those_of_the_detector_in_the_times_of_the_file(folder: Path) -> None:
    [result] = [path for path in (folder / "found").glob("*/result.json") if path.parent.name == "my video"]
    check_form((folder / "eaf/rich.eaf").read_bytes())
    rich = EafFile(folder / "eaf/rich.eaf")
    for label in ("signing", "speaking", "other"):
        found = [one for one in json.loads(result.read_text())["segments"] if one["label"] == label]
        expected = [(max(0, 1000 * one["start_s"] - 500), 1000 * one["end_s"] - 500) for one in found]
        times = [time for span in rich.times(f"{label} (proposed)") for time in span]
        assert times == pytest.approx([time for span in expected for time in span])
    assert (folder / "eaf/rich.eaf.before_1").read_text() == rich_eaf(origin="500")


def test_a_video_without_a_file_gets_one_beside_it_with_empty_tiers_to_annotate(folder: Path) -> None:
    path = folder / "videos/new.eaf"
    check_form(path.read_bytes())
    tiers = {tier.get("TIER_ID"): len(tier) for tier in ElementTree.parse(path).iter("TIER")}
    assert [tiers[name] for name in ("signing", "speaking", "other")] == [0, 0, 0]
    assert sum(tiers[f"{name} (proposed)"] for name in ("signing", "speaking", "other")) > 0
    assert sorted(one.name for one in (folder / "videos").iterdir()) == ["my video.mp4", "new.eaf", "new.mp4"]


def test_a_second_start_finds_all_done_and_changes_nothing(folder: Path, model: Path) -> None:
    before = {path: path.read_bytes() for path in folder.glob("*/*.eaf*")}
    done = run(model, folder, "eaf/rich.eaf", "videos/new.mp4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("has these proposals already: ") == 2
    assert {path: path.read_bytes() for path in folder.glob("*/*.eaf*")} == before


def test_another_detector_replaces_the_proposals(folder: Path, tmp_path: Path) -> None:
    write_rich(tmp_path / "eaf/rich.eaf", (folder / "eaf/rich.eaf").read_text())
    (tmp_path / "videos").mkdir()
    os.link(folder / "videos/my video.mp4", tmp_path / "videos/my video.mp4")
    other = write_detector(tmp_path / "other", seed=3)
    done = run(other, tmp_path, "eaf")
    assert done.returncode == 0, done.stdout + done.stderr
    tiers = [tier.get("TIER_ID") for tier in ElementTree.parse(tmp_path / "eaf/rich.eaf").iter("TIER")]
    assert [name for name in tiers if "proposed" in name] == [
        "signing (proposed)",
        "speaking (proposed)",
        "other (proposed)",
    ]


def targets(folder: Path, *names: str) -> tuple[list[Target], list[str]]:
    faults: list[str] = []
    return find_targets([str(folder / name) for name in names], folder / "found", faults.append), faults


@pytest.fixture
def made(tmp_path: Path) -> Path:
    for name in ("videos/a.mp4", "videos/b.mov", "eaf/c.mp4", "other/d.mp4", "found/a/x.eaf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


@pytest.mark.parametrize(
    ("url", "relative", "video"),
    [
        ("file:///gone/x.mp4", "../videos/a.mp4", "videos/a.mp4"),
        ("file:///gone/x.mp4", "../videos/%61.mp4", "videos/a.mp4"),
        ("file://{folder}/videos/b.mov", "", "videos/b.mov"),
        ("file:///C:/Users/me/c.mp4", "./c.mp4", "eaf/c.mp4"),
        ("file:///C:/Users/me/c.mp4", "../nowhere/c.mp4", "eaf/c.mp4"),
        ("file:///C:/Users/me/d.mp4", "", "other/d.mp4"),
    ],
)
def test_the_video_is_found_by_its_links_then_beside_then_among_those_given(
    made: Path, url: str, relative: str, video: str
) -> None:
    linked = media("file:///a.wav", "./a.wav", kind="audio/x-wav"), media(url.format(folder=made), relative, "-40")
    MadeEaf(*linked).tier("signing").write(made / "eaf/v.eaf")
    found, faults = targets(made, "eaf/v.eaf", "other")
    assert not faults
    assert Target(made / "eaf/v.eaf", made / video, -40) in found


def test_videos_get_files_beside_them_unless_a_file_is_about_them(made: Path) -> None:
    MadeEaf(media("file:///x", "../videos/a.mp4")).tier("signing").write(made / "eaf/v.eaf")
    found, faults = targets(made, "")
    assert not faults
    names = {(str(one.eaf.relative_to(made)), str(one.video.relative_to(made))) for one in found}
    assert names == {
        ("eaf/v.eaf", "videos/a.mp4"),
        ("videos/b.eaf", "videos/b.mov"),
        ("eaf/c.eaf", "eaf/c.mp4"),
        ("other/d.eaf", "other/d.mp4"),
    }


def test_a_file_beside_a_video_that_is_about_another_is_a_fault(made: Path) -> None:
    MadeEaf(media("file:///x", "../videos/a.mp4")).tier("signing").write(made / "eaf/c.eaf")
    found, faults = targets(made, "eaf/c.mp4")
    assert [one.video.name for one in found] == ["a.mp4"]
    assert len(faults) == 1
    assert "is linked to" in faults[0]
    (made / "videos/a.mov").write_bytes(b"another of this name")
    _, faults = targets(made, "videos")
    assert len(faults) == 1


def test_names_without_anything_are_refused(made: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\*: there is no \.eaf file and no video"):
        targets(made, "nothing*")


def test_a_new_file_gets_the_tiers_that_are_named(made: Path) -> None:
    target = Target(made / "named.eaf", made / "named.mp4")
    proposals = Proposals("starter 1a2b3c4d, rgb", {"signing": [(0, 1000, "sure")], "speaking": [], "other": []}, 9000)
    propose(target, proposals, written_tiers(["signing=RH", "signing=LH", "other=rest"], "--tiers"))
    tiers = list(EafFile(target.eaf).participants)
    assert tiers[:4] == ["RH", "LH", "speaking", "rest"]
    assert "signing (proposed)" in tiers


def test_files_that_are_cut_off_are_named_before_the_detector_starts(model: Path, tmp_path: Path) -> None:
    for name in ("whole", "cut"):
        write_video(tmp_path / f"{name}.mp4", 40)
        MadeEaf(media(f"./{name}.mp4")).tier("signing").write(tmp_path / f"{name}.eaf")
    content = (tmp_path / "cut.eaf").read_bytes()
    (tmp_path / "cut.eaf").write_bytes(content[:-30])
    done = run(model, tmp_path, "whole.eaf", "cut.eaf")
    assert done.returncode == 1
    assert done.stdout.index("failed: cut.eaf: is not an .eaf file") < done.stdout.index("proposals of ")
    assert not list((tmp_path / "found").glob("cut*"))
    assert "1 of 2 .eaf files have proposals" in done.stdout
    assert (tmp_path / "cut.eaf").read_bytes() == content[:-30]
