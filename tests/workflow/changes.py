"""What a user may change, and what has to run then: the table of docs/reruns.md is made from this."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from made_project import Project

STAGES = {
    "dataset": ["prepare_dataset", "exclude_videos", "prepare_weights"],
    "download": ["download_videos", "list_videos"],
    "alignment": ["align_labels"],
    "resample": ["resample_videos"],
    "streams": ["compute_stream"],
    "features": ["extract_features", "gather_features"],
    "faces": ["detect_faces", "draw_faces"],
    "descriptors": ["compute_descriptor", "gather_descriptors"],
    "segments": ["cut_segments"],
    "training": ["train_experiment"],
    "classification": ["classify_segments"],
    "fusion": ["fuse_experiments"],
    "detection": ["slide_windows", "evaluate_detection"],
    "tables": ["compare_experiments", "check_claims", "describe_attrition", "describe_dataset"],
    "pictures": [
        *("draw_classes", "draw_figures", "draw_network", "draw_segments", "draw_timelines", "draw_tsne"),
    ],
    "tracking": ["track_runs"],
    "report": ["write_report"],
}
"""The columns, and the rules of each."""


@dataclass(frozen=True)
class Change:
    """Something that is changed in a finished run.

    ``runs``: stages that compute. ``looks``: stages of which jobs start and find all that they need in the store.
    ``first``: what is changed, and run, before. ``real``: run by every test run, where most are planned only.
    ``planned_only``: never run, as no such package can be installed here. ``videos``: how many are decoded anew, where
    only data changes.
    """

    name: str
    make: Callable[[Project], object]
    runs: str = ""
    looks: str = ""
    first: Callable[[Project], object] | None = None
    real: bool = False
    planned_only: bool = False
    videos: int | None = None

    @property
    def starts(self) -> set[str]:
        """Stages of which a job starts."""
        return {*self.runs.split(), *self.looks.split()}


def append(module: str) -> Callable[[Project], None]:
    """Edit a module so that its code is another, and what it computes is not."""
    return lambda project: project.write(
        f"scripts/signwild/{module}.py",
        (project.folder / f"scripts/signwild/{module}.py").read_text(encoding="utf-8") + "\nADDED = 1\n",
    )


def replaced(file: str, old: str, new: str) -> Callable[[Project], None]:
    """Replace text in a file."""
    return lambda project: project.edit(file, old, new)


def configured(**values: object) -> Callable[[Project], None]:
    """Set keys of the configuration."""
    return lambda project: project.configure("config.yaml", **values)


def experimented(**values: object) -> Callable[[Project], None]:
    """Set keys of the experiments' file."""
    return lambda project: project.configure("experiments.yaml", **values)


def together(*changes: Callable[[Project], object]) -> Callable[[Project], None]:
    """Make several changes."""
    return lambda project: [change(project) for change in changes] and None


def touch_everything(project: Project) -> None:
    """Give every file of the project that a user may write the present time."""
    now = time.time()
    for name in ("Snakefile", "Makefile", "rules", "scripts", "config", "profiles", "videos", "labels.csv"):
        path = project.folder / name
        for file in [path, *path.rglob("*")]:
            os.utime(file, (now, now))
    for name in ("config.yaml", "experiments.yaml"):
        os.utime(project.folder / name, (now, now))


def check_out_again(project: Project) -> None:
    """Put the project under git, delete its files, and check the same commit out."""
    names = ["Snakefile", "Makefile", "rules", "scripts", "config", "profiles", "config.yaml", "experiments.yaml"]
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", *names], [*identity, "commit", "-qm", "x"], ["rm", "-rq", *names]):
        subprocess.run(["git", *command], cwd=project.folder, check=True)
    time.sleep(1.1)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=project.folder, check=True)


def add_video(project: Project) -> None:
    """Add a video and its label."""
    shutil.copy(project.folder / "spare/other_3.mp4", project.folder / "videos")
    labels = (project.folder / "labels.csv").read_text()
    project.write("labels.csv", f"{labels}other_3,other_3.mp4,0,4.9,other,person other_3\n")


def remove_video(project: Project) -> None:
    """Remove a video and its label."""
    (project.folder / "videos/other_2.mp4").unlink()
    project.edit("labels.csv", "other_2,other_2.mp4,0,4.9,other,person other_2\n", "")


def replace_video(project: Project) -> None:
    """Put other bytes in the place of a video."""
    shutil.copy(project.folder / "spare/other_3.mp4", project.folder / "videos/other_2.mp4")


def refold(project: Project) -> None:
    """What `make refold` does."""
    (project.results / "frozen_folds.tsv").unlink()


def upgrade(distribution: str) -> Callable[[Project], None]:
    """Let a package be of another version, as after a changed lock."""

    def install(project: Project) -> None:
        name = distribution.replace("-", "_")
        folder = project.folder / f"newer/{name}-99.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 99.0\n")
        project.environment["PYTHONPATH"] = str(project.folder / "newer")

    return install


RESULTS = "tables pictures tracking report"
FROM_SEGMENTS = f"segments training fusion detection {RESULTS}"

COSTS_NOTHING = [
    Change("nothing", lambda _: None, real=True),
    Change("every file touched", touch_everything, looks="dataset"),
    Change("the same commit checked out again", check_out_again),
    Change("a comment", replaced("scripts/signwild/flow.py", "import cv2", "# Dense flow.\nimport cv2")),
    Change("a docstring", replaced("scripts/signwild/mhi.py", '"""Write the', '"""Always write the')),
    Change(
        "code formatted otherwise", replaced("scripts/signwild/mhi.py", "(frames, parameters)", "( frames,parameters )")
    ),
    Change(
        "a rule formatted otherwise",
        replaced("rules/streams.smk", '" --store results/store"', '" --store"\n        "  results/store"'),
    ),
    Change("threads of a rule", replaced("rules/features.smk", "threads: 1", "threads: 2")),
    Change("the extractor's batch size", configured(hardware={"feature_batch_size": 8})),
    Change("where logs go", replaced("rules/features.smk", "logs/extract_features", "logs/features")),
    Change("a package that no stage computes with (tqdm)", upgrade("tqdm")),
]

DATA = [
    Change(
        "a label of a video",
        replaced("labels.csv", "other_1.mp4,0,4.9", "other_1.mp4,0.4,4.9"),
        runs=f"dataset alignment {FROM_SEGMENTS} classification",
        looks="resample streams features faces descriptors",
        real=True,
        videos=0,
    ),
    Change(
        "a video added",
        add_video,
        runs=f"dataset download alignment resample streams features faces descriptors {FROM_SEGMENTS} classification",
        real=True,
        videos=1,
    ),
    Change(
        "a video removed",
        remove_video,
        runs=f"dataset download alignment {FROM_SEGMENTS} classification",
        looks="resample streams features faces descriptors",
        videos=0,
    ),
    Change(
        "a video replaced by other bytes",
        replace_video,
        runs=f"dataset download alignment resample streams features faces descriptors {FROM_SEGMENTS} classification",
        videos=1,
    ),
    Change(
        "the number of folds, after `make refold`",
        together(configured(segments={"folds": 3}), refold),
        runs=f"dataset {FROM_SEGMENTS} classification",
        videos=0,
    ),
]

CONFIGURATION = [
    Change(
        "the MHI's threshold",
        configured(streams={"mhi": {"kind": "mhi", "threshold": 40}}),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "a parameter of flow",
        configured(streams={"flow": {"kind": "flow", "iterations": 1}}),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "a stream added, with an experiment",
        experimented(experiments={"difference": {"stream": "difference"}}),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "an experiment added, to no table",
        experimented(experiments={"gru_1": {"stream": "rgb", "network": {"layers": 1}}}),
        runs="training pictures tracking report",
    ),
    Change(
        "the dropout of one experiment",
        experimented(experiments={"mhi": {"stream": "mhi", "network": {"dropout": 0.1}}}),
        runs=f"training {RESULTS}",
        real=True,
    ),
    Change("a seed added", configured(seeds=[1, 2]), runs=f"training classification fusion {RESULTS}"),
    Change(
        "a table's caption",
        replaced("experiments.yaml", "Motion stream and fusion results", "Streams (signing, speaking, other)"),
        runs="tables report",
    ),
    Change(
        "a number of the paper",
        replaced("config/paper_results.yaml", "0.5128", "0.5129"),
        runs="tables report",
    ),
]

CODE = [
    Change(
        "a local variable of the MHI renamed",
        together(
            replaced("scripts/signwild/mhi.py", "values = ", "steps = "),
            replaced("scripts/signwild/mhi.py", "* values[", "* steps["),
        ),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "code of the MHI",
        append("mhi"),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
        real=True,
    ),
    Change(
        "code of the network that gives features",
        append("vgg"),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "the same, where `keep_streams` is true",
        append("vgg"),
        runs=f"features training fusion detection {RESULTS}",
        first=configured(keep_streams=True),
    ),
    Change(
        "code that only carries results",
        append("store"),
        runs=f"alignment segments fusion detection {RESULTS}",
        looks="dataset download resample streams features faces descriptors training classification",
    ),
    Change("code of the training", append("schedule"), runs=f"training fusion detection {RESULTS}"),
    Change("code of the faces", append("face_detection"), runs=f"faces descriptors classification {RESULTS}"),
    Change("code of the classifier", append("classifier"), runs=f"classification {RESULTS}"),
    Change("code of the tables", append("table_layout"), runs="detection tables report"),
    Change(
        "an option of a rule's command",
        replaced("rules/tracking.smk", '" --receipt', '" --uri {params.uri:q} --receipt'),
        runs="tracking",
    ),
    Change(
        "OpenCV of another version",
        upgrade("opencv-contrib-python-headless"),
        runs=f"alignment resample streams features faces descriptors classification {FROM_SEGMENTS}",
        planned_only=True,
    ),
    Change(
        "Keras or TensorFlow of another version",
        upgrade("keras"),
        runs=f"dataset resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
        planned_only=True,
    ),
    Change(
        "scikit-learn of another version",
        upgrade("scikit-learn"),
        runs=f"segments classification fusion detection {RESULTS}",
        looks="training",
        planned_only=True,
    ),
]

CHANGES = {"Costs nothing": COSTS_NOTHING, "Data": DATA, "Configuration": CONFIGURATION, "Code and packages": CODE}

SAME_RESULTS = [*COSTS_NOTHING, *CODE]
"""Changes by which nothing comes out otherwise: the code that is edited computes what it did."""

CELLS = {"runs": "run", "looks": "look"}


def as_markdown() -> str:
    """The table of docs/reruns.md."""
    lines = []
    for title, changes in CHANGES.items():
        lines += ["", f"### {title}", "", "| change | " + " | ".join(STAGES) + " |", "|---" * (len(STAGES) + 1) + "|"]
        lines += [f"| {change.name} | " + " | ".join(_cells(change)) + " |" for change in changes]
    return "\n".join(lines) + "\n"


def _cells(change: Change) -> list[str]:
    words = {stage: word for name, word in CELLS.items() for stage in getattr(change, name).split()}
    return [words.get(stage, "") for stage in STAGES]


if __name__ == "__main__":
    print(as_markdown())
