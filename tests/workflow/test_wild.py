"""Tests of the paper's data set, from the authors' list on a server of 127.0.0.1 to segments, with every fault."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import pandas as pd
import pytest
from made_origin import Origin
from made_server import serving
from runs import ROOT, bytes_of, environment, snakemake, write_config

from signwild.base.files import read_table, read_tables

FAULTS = {
    "gone404____": ("404", "removed"),
    "gone410____": ("410", "removed"),
    "forbidden__": ("later 403", "network"),
    "broken500__": ("500", "network"),
    "stalled____": ("stalled", "network"),
    "truncated__": ("truncated", "network"),
    "page_______": ("page", "extraction"),
    "pageasvideo": ("page as video", "damaged"),
}

TARGETS = [
    "results/micro/segments/segments.parquet",
    "results/micro/tables/attrition.csv",
    "results/micro/dataset/manifest.tsv",
]


class Run:
    """A run of the authors' data set in a separate folder."""

    def __init__(self, folder: Path, origin: Origin) -> None:
        self.folder = folder
        self.origin = origin

    def start(self, **values: object) -> subprocess.CompletedProcess:
        """Run up to the segments, with these ``values`` of the data set replaced."""
        dataset = self.origin.dataset(**values)
        self.config = write_config(
            self.folder, dataset=dataset, max_failed_share=0.6, shards=2, excluded_videos="excluded.txt"
        )
        return snakemake(self.folder, self.config, "downloads", *TARGETS)

    def forget_failed_downloads(self, *statuses: str) -> str:
        """Do what `make retry-downloads` does before it starts the downloads, and return its output."""
        code = (
            "import sys; from pathlib import Path; from signwild.plan.run import read_plan;"
            "from signwild.upkeep.launch.failed_downloads import folder_of_downloads, forget_failed_downloads;"
            "config, *statuses = sys.argv[1:];"
            "forget_failed_downloads(folder_of_downloads(read_plan(Path(config)), config, statuses), statuses)"
        )
        command = [sys.executable, "-c", code, self.config, *statuses]
        variables = environment() | {"PYTHONPATH": str(ROOT / "scripts")}
        done = subprocess.run(command, cwd=self.folder, env=variables, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def program(self, name: str) -> str:
        """Run one of the programs of the Makefile, and return its output."""
        command = [sys.executable, ROOT / f"scripts/{name}.py", "--configfile", self.config]
        done = subprocess.run(command, cwd=self.folder, env=environment(), text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def statuses(self, stage: str = "resample") -> dict[str, str]:
        """Return the status of each video."""
        tables = read_tables(sorted(self.folder.glob(f"results/micro/{stage}/?.tsv")))
        return tables.set_index("video_id")["status"].to_dict()


@pytest.fixture(scope="module")
def finished(micro: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Yield a finished run that was first stopped because the server answered that there were too many requests."""
    folder = tmp_path_factory.mktemp("wild")
    (folder / "www").mkdir()
    (folder / "excluded.txt").write_text("# none yet\n")
    with serving(folder / "www") as server:
        origin = Origin(server)
        origin.publish(micro, copies=2, faults={video_id: fault for video_id, (fault, _) in FAULTS.items()})
        run = Run(folder, origin)
        busy = next(iter(origin.ids))
        server.faults[f"/{busy}.mp4"] = "429 after 1000"
        stopped = run.start()
        assert stopped.returncode != 0
        assert "downloads are paused until" in stopped.stdout
        assert "too many requests" in stopped.stdout
        assert not list(folder.glob("results/micro/segments/*"))
        del server.faults[f"/{busy}.mp4"]
        assert "1 rate_limit" in run.forget_failed_downloads()
        # Other downloads that failed for a temporary reason were forgotten with it.
        done = run.start()
        assert done.returncode == 0, done.stdout
        yield run


def test_every_video_has_its_status(finished: Run) -> None:
    statuses = finished.statuses()
    assert len(statuses) == len(finished.origin.ids)
    assert {name: statuses[name] for name in FAULTS} == {name: status for name, (_, status) in FAULTS.items()}
    assert {status for name, status in statuses.items() if name not in FAULTS} == {"ok"}
    alignment = read_tables(sorted(finished.folder.glob("results/micro/alignment/?.tsv"))).set_index("video_id")
    usable = alignment[alignment["status"] == "ok"]
    assert set(usable["method"]) == {"frame", "thinned"}
    segments = pd.read_parquet(finished.folder / TARGETS[0])
    assert set(segments["video_id"]) <= set(usable.index)


def test_the_table_and_the_manifest_say_what_is_had(finished: Run) -> None:
    table = pd.read_csv(finished.folder / TARGETS[1]).set_index("status")
    had = len(finished.origin.ids) - len(FAULTS)
    assert table.loc["ok", "videos"] == had
    assert table.loc["removed", "videos"] == 2
    assert table.loc["network", "group"] == "not yet"
    manifest = read_table(finished.folder / TARGETS[2])
    assert len(manifest) == had
    printed = finished.program("show_attrition")
    assert "removed" in printed
    assert "attrition_now/attrition.csv" in printed
    now = finished.folder / "results/micro/attrition_now/attrition.csv"
    assert now.read_bytes() == (finished.folder / TARGETS[1]).read_bytes()


def test_a_repeat_has_nothing_to_do_and_asks_for_nothing(finished: Run) -> None:
    requests = len(finished.origin.server.requests)
    again = finished.start()
    assert "Nothing to be done" in again.stdout, again.stdout
    assert len(finished.origin.server.requests) == requests


def test_a_retry_runs_only_the_shards_of_passing_failures(finished: Run) -> None:
    before = bytes_of(finished.folder, "results/micro/download/?.tsv")
    requests = len(finished.origin.server.requests)
    finished.forget_failed_downloads("extraction")
    left = bytes_of(finished.folder, "results/micro/download/?.tsv")
    assert len(before) - len(left) == 1
    assert finished.start().returncode == 0
    asked = finished.origin.server.requests[requests:]
    assert set(asked) == {"/page_______.mp4"}


def test_a_laboratorys_own_videos_and_a_published_manifest(finished: Run, tmp_path: Path) -> None:
    """Run in a folder that has all videos but one, restricted to those that the first run had."""
    published = tmp_path / "published.tsv"
    manifest = read_table(finished.folder / TARGETS[2])
    manifest.to_csv(published, sep="\t", index=False)
    lab = tmp_path / "lab"
    lab.mkdir()
    for number, video_id in enumerate(manifest["video_id"]):
        if number:
            content = (finished.origin.server.folder / f"{video_id}.mp4").read_bytes()
            (lab / f"Some title [{video_id}].mp4").write_bytes(content)
    (tmp_path / "excluded.txt").write_text("")
    requests = len(finished.origin.server.requests)
    run = Run(tmp_path, finished.origin)
    done = run.start(videos_dir="lab", manifest="published.tsv")
    assert done.returncode == 0, done.stdout
    fetched = [path for path in finished.origin.server.requests[requests:] if path.endswith(".mp4")]
    assert set(fetched) == {f"/{manifest['video_id'][0]}.mp4"}
    assert (tmp_path / TARGETS[2]).read_bytes() == published.read_bytes()
    assert set(run.statuses().values()) == {"ok"}
    counted = pd.read_csv(tmp_path / TARGETS[1]).set_index("status")
    assert counted.loc["not_listed", "videos"] == len(FAULTS)


def test_an_excluded_video_leaves_every_store_and_table(finished: Run) -> None:
    folder = finished.folder
    manifest = read_table(folder / TARGETS[2]).set_index("video_id")
    video_id = manifest.index[-1]
    keys = read_tables(sorted(folder.glob("results/micro/resample/?.tsv"))).set_index("video_id")["key"]
    assert (folder / f"results/store/resample/{keys[video_id]}.h5").exists()
    (folder / "excluded.txt").write_text(f"{video_id}\n")
    requests = len(finished.origin.server.requests)
    done = finished.start()
    assert done.returncode == 0, done.stdout
    assert len(finished.origin.server.requests) == requests
    assert video_id not in finished.statuses()
    assert not (folder / f"data/videos/{video_id}.mp4").exists()
    assert not (folder / f"data/status/{video_id}.json").exists()
    gone = {manifest.loc[video_id, "sha256"], keys[video_id]}
    for path in folder.glob("results/store/*/*.h5"):
        with h5py.File(path) as file:
            assert not gone & {source.decode() for source in file["sources"][()]}, path
    tables = [*folder.glob("results/micro/*/*.tsv"), *folder.glob("results/micro/*.tsv")]
    naming = [path.name for path in tables if video_id in path.read_text()]
    assert sorted(naming) == ["excluded.tsv", "left_out.tsv"]
    assert video_id not in set(pd.read_parquet(folder / TARGETS[0])["video_id"])
    assert pd.read_csv(folder / TARGETS[1]).set_index("status").loc["excluded", "videos"] == 1
