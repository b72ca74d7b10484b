"""Removal of a video: its download, all that was made from it, and nothing else."""

import re
from pathlib import Path

import pandas as pd
import pytest
from places import ROOT

from signwild.base.errors import InputError
from signwild.base.files import read_table, write_table
from signwild.base.store import new_hdf5, new_store_file, store_path
from signwild.stages.download.owners import remember_owners
from signwild.stages.download.status import DownloadFolder, VideoStatus
from signwild.stages.takedown.exclude_videos import STAGES, exclude_videos

HASHES = {"a": "aa" * 32, "b": "bb" * 32, "copy_of_b": "bb" * 32}


class Kept:
    """Results of a run of two videos, in every stage of the store, and the folder that they were downloaded to."""

    def __init__(self, folder: Path) -> None:
        self.results = folder / "results"
        self.folder = folder / "data"
        self.downloads = DownloadFolder(self.folder)
        self.excluded = folder / "excluded.txt"
        for name in ("a", "b"):
            self.keep("resample", f"samples-{name}", HASHES[name])
            self.keep("faces", f"faces-{name}", f"samples-{name}")
            self.keep("features", f"features-{name}", f"samples-{name}")
            self.keep("classification", f"fold-{name}", f"features-{name}")
            video = folder / f"data/videos/{name}.mp4"
            video.parent.mkdir(parents=True, exist_ok=True)
            video.write_bytes(name.encode())
            self.downloads.write(VideoStatus(name, "ok", "", 1, "", file=video.name, sha256=HASHES[name], bytes=1))
        self.keep("training", "fold-of-both", "features-a", "features-b")
        self.list_videos("run", ["a", "b"])
        write_table(self.results / "run/frozen_folds.tsv", pd.DataFrame({"video_id": ["a", "b"], "fold": [0, 1]}))
        hashes = {"file": ["x/a.mp4", "x/b.mp4"], "sha256": [HASHES["a"], HASHES["b"]]}
        for name in ("source_hashes", "video_ends"):
            write_table(self.results / f"store/{name}.tsv", pd.DataFrame(hashes))

    def keep(self, stage: str, key: str, *sources: str) -> None:
        """Write a file of the store."""
        with new_store_file(store_path(self.results / "store", stage, key), sources, 1.0):
            pass

    def list_videos(self, run: str, names: list[str]) -> None:
        """Write a run's download and resample manifests."""
        table = pd.DataFrame({"video_id": names, "status": "ok", "sha256": [HASHES[name] for name in names]})
        for stage in ("download", "resample"):
            write_table(self.results / run / stage / "0.tsv", table)

    def exclude(self, *names: str) -> list[str]:
        """Exclude videos for the run, and return what is left in the store."""
        self.excluded.write_text("# why\n" + "\n".join(names) + "\n")
        exclude_videos(self.excluded, self.results, self.folder, self.results / "run/dataset/excluded.tsv")
        return sorted(path.stem for path in (self.results / "store").rglob("*.h5"))


@pytest.fixture
def kept(tmp_path) -> Kept:
    return Kept(tmp_path)


def test_a_detector_that_holds_a_removed_network_goes_and_another_stays(kept, capsys):
    for run, key in (("run", "fold-of-both"), ("other", "fold-of-others")):
        with new_hdf5(kept.results / run / "detector/networks.h5") as file:
            file.create_group("rgb/0").attrs["key"] = key
    kept.exclude("a")
    assert not (kept.results / "run/detector").exists()
    assert (kept.results / "other/detector/networks.h5").exists()
    assert "removed: run/detector; copies of it elsewhere contain the networks too" in capsys.readouterr().out


def test_all_that_was_made_from_a_video_goes_and_nothing_else(kept, capsys):
    assert kept.exclude("a") == ["faces-b", "features-b", "fold-b", "samples-b"]
    assert kept.downloads.read("a") is None
    assert kept.downloads.read("b").status == "ok"
    assert [path.name for path in kept.downloads.videos.iterdir()] == ["b.mp4"]
    assert read_table(kept.results / "run/frozen_folds.tsv")["video_id"].to_list() == ["b"]
    for name in ("source_hashes", "video_ends"):
        assert read_table(kept.results / f"store/{name}.tsv")["file"].to_list() == ["x/b.mp4"]
    assert read_table(kept.results / "run/dataset/excluded.tsv")["video_id"].to_list() == ["a"]
    said = capsys.readouterr().out
    assert "removed: features/features-a.h5" in said
    assert "removed: video a" in said


def test_every_stage_of_the_store_is_looked_into():
    written = {
        stage
        for path in (ROOT / "scripts").rglob("*.py")
        for stage in re.findall(r'store_path\((?:[^"()]*/ "store"|[^"()]*), "(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert written == set(STAGES)


def test_without_excluded_videos_nothing_goes(kept):
    assert len(kept.exclude()) == 9
    assert len(read_table(kept.results / "run/dataset/excluded.tsv")) == 0


def test_bytes_that_another_video_has_stay_its_own(kept, capsys):
    kept.list_videos("other", ["copy_of_b"])
    left = kept.exclude("b")
    assert "samples-b" in left
    assert "b: has the same bytes as copy_of_b, which is kept" in capsys.readouterr().out
    assert "samples-b" not in kept.exclude("b", "copy_of_b")


def test_runs_that_still_show_the_video_are_named(kept, capsys):
    kept.list_videos("second", ["a"])
    kept.exclude("a")
    assert "tables and pictures of second show an excluded video" in capsys.readouterr().out


def test_a_file_of_the_store_that_does_not_say_what_it_is_of_is_named(kept):
    (kept.results / "store/features/odd.h5").write_bytes(b"no HDF5")
    with pytest.raises(InputError, match=r"odd.h5: does not record what it was made from .*; delete it"):
        kept.exclude("a")
    # Nothing was listed as done.
    assert not (kept.results / "run/dataset/excluded.tsv").exists()


def test_what_was_made_from_bytes_that_a_video_had_before_goes_too(kept):
    remember_owners(kept.results, pd.DataFrame({"video_id": ["a"], "sha256": ["cc" * 32]}))
    remember_owners(kept.results, pd.DataFrame({"video_id": ["a"], "sha256": [HASHES["a"]]}))
    kept.keep("resample", "samples-of-old-a", "cc" * 32)
    assert "samples-of-old-a" not in kept.exclude("a")


def test_a_download_that_nothing_is_known_of_goes_too(kept):
    kept.downloads.forget("a")
    kept.exclude("a")
    assert [path.name for path in kept.downloads.videos.iterdir()] == ["b.mp4"]


def test_an_id_that_is_nowhere_is_said_with_its_line(kept, capsys):
    kept.exclude("a", "mistyped")
    assert 'excluded.txt:3: nothing is stored of a video "mistyped"' in capsys.readouterr().out
