"""The authors' list, labels and videos on a server of 127.0.0.1: rendered videos with ids like YouTube's."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from made_server import Server

from signwild.base.files import read_tables
from signwild.stages.dataset.authors_files import GROUNDTRUTH, VIDEO_LIST, git_blob

STEP_OF_30 = 6
"""Frames from one label to the next in a file of 30 frames per second."""


@dataclass
class Origin:
    """A server and its videos; ``ids``: the rendered video of which each id is a copy."""

    server: Server
    ids: dict[str, str] = field(default_factory=dict)

    def publish(self, micro: Path, copies: int, faults: dict[str, str]) -> None:
        """Publish ``copies`` of each usable video of a micro run, with different ids, and ids with faults.

        The video of variable rate is left out, because the authors' labels have a fixed step.

        Every id has the labels of the video that it is a copy of; one with a fault has those of the first. Copies
        differ in a few bytes at their end, which no decoder reads.
        """
        rendered = micro / "results/micro/rendered"
        used = read_tables(sorted(micro.glob("results/micro/resample/*.tsv"))).query("status == 'ok'")["video_id"]
        labels = read_groundtruth(rendered / "groundtruth.txt")
        names = [name for name in sorted(used) if len(set(np.diff(labels[name]["frame"]))) == 1]
        for copy in range(copies):
            for number, name in enumerate(names):
                self.ids[f"-{number}_{copy:02d}--copy"[:11].ljust(11, "0")] = name
        self.ids |= dict.fromkeys(faults, names[0])
        for video_id, name in self.ids.items():
            content = (rendered / f"videos/{name}.mp4").read_bytes()
            (self.server.folder / f"{video_id}.mp4").write_bytes(content + free_box(video_id.encode()))
        self.server.faults |= {f"/{video_id}.mp4": fault for video_id, fault in faults.items()}
        lines = [f"https://www.youtube.com/watch?v={video_id}\n" for video_id in self.ids]
        (self.server.folder / VIDEO_LIST).write_text("".join([*lines, lines[0]]))
        text = []
        for number, (video_id, name) in enumerate(self.ids.items()):
            # Every second copy of the video of 60 frames per second has labels of a file of 30, like the authors'.
            rows = labels[name]
            half = 2 if number % 2 and rows["frame"].diff().max() > STEP_OF_30 else 1
            text += [f"{video_id} {row.frame // half} {row.letter}\n" for row in rows.itertuples()]
        (self.server.folder / GROUNDTRUTH).write_text("".join(text))

    def dataset(self, **values: object) -> dict:
        """Return the section of the data set in a configuration, with these ``values`` replaced."""
        folder = self.server.folder
        youtube = {"video_url": self.server.address + "/{video_id}.mp4", "proxy": "", "timeout_s": 1.0, "tries": 2}
        youtube |= {"shortest_pause_s": 0.0, "longest_pause_s": 0.0, "failures_in_a_row": 50}
        blobs = {"list_blob": git_blob(folder / VIDEO_LIST), "labels_blob": git_blob(folder / GROUNDTRUTH)}
        source = {"url": self.server.address, **blobs}
        return {"kind": "signing-in-the-wild", "folder": "data", "source": source, "youtube": youtube} | values


def read_groundtruth(path: Path) -> dict[str, pd.DataFrame]:
    """Return the frame and letter of each row, by video."""
    rows = [line.rsplit(" ", 2) for line in path.read_text(encoding="utf-8").splitlines()]
    table = pd.DataFrame(rows, columns=["video_id", "frame", "letter"]).astype({"frame": int})
    return dict(list(table.groupby("video_id")))


def free_box(content: bytes) -> bytes:
    """Return a box of an mp4 file that is marked as free space."""
    return (8 + len(content)).to_bytes(4, "big") + b"free" + content
