"""Changes that a user may make, and the stages that must run then; the table of docs/reruns.md is made from these."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from editing import (
    add_video,
    append,
    check_out_again,
    configured,
    experimented,
    refold,
    remove_video,
    replace_video,
    replaced,
    source_column,
    together,
    touch_everything,
    upgrade,
)
from made_project import Project, copied

LIBRARY = "scripts/signwild"

STAGES = {
    "dataset": ["prepare_dataset", "exclude_videos", "prepare_weights"],
    "download": ["download_videos", "list_videos"],
    "alignment": ["align_labels"],
    "resample": ["resample_videos"],
    "streams": ["compute_stream"],
    "features": ["extract_features", "gather_features"],
    "faces": ["detect_faces", "draw_faces"],
    "descriptors": ["compute_descriptor", "gather_descriptors"],
    "segments": ["cut_segments", "deal_videos"],
    "training": ["train_experiment", "train_final"],
    "classification": ["classify_segments"],
    "fusion": ["fuse_experiments"],
    "detection": ["slide_windows", "evaluate_detection"],
    "tables": [
        *("compare_experiments", "check_claims", "compare_signers", "compare_shares"),
        *("describe_attrition", "describe_dataset"),
    ],
    "pictures": [
        *("draw_classes", "draw_figures", "draw_network", "draw_segments", "draw_timelines", "draw_tsne"),
    ],
    "tracking": ["track_runs"],
    "report": ["write_report"],
}
"""Columns of the table, and the rules of each."""

STAGE_OF = {rule: stage for stage, rules in STAGES.items() for rule in rules}


@dataclass(frozen=True)
class Change:
    """Change of a finished run.

    ``runs``: stages that compute. ``looks``: stages whose jobs start and find everything that they need in the store.
    ``first``: a change that is made and run before. ``real``: run in every test run; the others are only planned.
    ``planned_only``: never run, because no such package can be installed here. ``videos``: number of videos that are
    decoded again, if only data change.
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


RESULTS = "tables pictures tracking report"
FROM_SEGMENTS = f"segments training fusion detection {RESULTS}"

OF_RESAMPLE_MANIFEST = {
    "runs": f"segments fusion detection {RESULTS}",
    "looks": "resample streams features faces descriptors training classification",
}
"""What starts where the manifests of samples are written again, and say the same."""

LOGISTIC, FEWER_FEATURES = {"kind": "logistic"}, {"kind": "kmeans", "features": 20, "patches": 2000}

COSTS_NOTHING = [
    Change("nothing", lambda _: None),
    Change("every file touched", touch_everything, looks="dataset"),
    Change("the same commit checked out again", check_out_again),
    Change("a comment", replaced(f"{LIBRARY}/stages/streams/mhi.py", "import cv2", "# Motion.\nimport cv2")),
    Change("a docstring", replaced(f"{LIBRARY}/stages/streams/mhi.py", '"""Write the', '"""Always write the')),
    Change(
        "code formatted otherwise",
        replaced(f"{LIBRARY}/stages/streams/mhi.py", "(frames, parameters)", "( frames,parameters )"),
    ),
    Change(
        "a rule formatted otherwise",
        replaced("rules/streams.smk", '" --store results/store"', '" --store"\n        "  results/store"'),
    ),
    Change(
        "the description of a parameter",
        replaced(f"{LIBRARY}/configuration/sections/training.py", "at most, in total", "in total, at most"),
    ),
    Change("the help of an option", replaced(f"{LIBRARY}/cli/options.py", "name of the run", "the run's name")),
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
        "a column `source` in the labels",
        source_column,
        runs=f"dataset download alignment segments fusion detection {RESULTS}",
        looks="resample streams features faces descriptors training classification",
        videos=0,
    ),
    Change(
        "`segments.group_by`, after `make refold`",
        together(configured(segments={"group_by": "source"}), refold),
        first=source_column,
        runs=f"dataset {FROM_SEGMENTS} classification",
        videos=0,
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
        first=experimented(experiments={"flow": {"stream": "flow"}}),
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
        runs=f"training fusion detection {RESULTS}",
    ),
    Change(
        "the number of features that folds learn",
        configured(descriptors={"learned_patches": {"kind": "learned_patches", "encoder": FEWER_FEATURES}}),
        first=experimented(experiments={"patches": {"descriptor": "learned_patches", "classifier": LOGISTIC}}),
        runs="classification pictures tracking report",
        looks="descriptors",
    ),
    Change(
        "one network on all folds for each member of a detector",
        configured(detection={"networks": "all"}),
        runs="training report",
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
            replaced(f"{LIBRARY}/stages/streams/mhi.py", "values = ", "steps = "),
            replaced(f"{LIBRARY}/stages/streams/mhi.py", "* values[", "* steps["),
        ),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "code of the MHI",
        append("stages/streams/mhi"),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "code of the network that gives features",
        append("stages/features/vgg16"),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="faces descriptors classification",
    ),
    Change(
        "the same, where `keep_streams` is true",
        append("stages/features/vgg16"),
        runs=f"features training fusion detection {RESULTS}",
        first=configured(keep_streams=True),
    ),
    Change(
        "code that only carries results",
        append("base/store"),
        runs=f"alignment segments fusion detection {RESULTS}",
        looks="dataset resample streams features faces descriptors training classification",
    ),
    Change(
        "a column of the resample manifest",
        replaced(f"{LIBRARY}/stages/resample/resample_videos.py", '"rows", "notes"]', '"rows", "notes", "more"]'),
        **OF_RESAMPLE_MANIFEST,
    ),
    Change(
        "an error message of the resampling",
        replaced(f"{LIBRARY}/stages/resample/samples.py", "is gone or was changed", "was changed or is gone"),
        **OF_RESAMPLE_MANIFEST,
    ),
    Change(
        "a column of the faces manifest",
        replaced(f"{LIBRARY}/stages/faces/detect_faces.py", '"with_face"]', '"faces"]'),
        runs=RESULTS,
        looks="faces descriptors classification",
    ),
    Change(
        "a column of the download status",
        replaced(f"{LIBRARY}/stages/download/status.py", '"sha256", "bytes"]', '"sha256", "bytes", "note"]'),
        runs=f"alignment segments fusion detection {RESULTS}",
        looks="dataset download resample streams features faces descriptors training classification",
    ),
    Change(
        "a field of the features",
        replaced(
            f"{LIBRARY}/configuration/sections/features.py",
            "    skip_unlabelled:",
            "    added: int = 0\n    skip_unlabelled:",
        ),
        runs=f"resample streams features {FROM_SEGMENTS}",
        looks="dataset faces descriptors classification",
    ),
    Change(
        "a fusion rule",
        together(
            replaced(f"{LIBRARY}/configuration/sections/experiments/fused.py", '"product", ', '"product", "median", '),
            replaced(
                f"{LIBRARY}/stages/training/fusion.py",
                '"max": np.max}',
                '"max": np.max, "median": np.median}',
            ),
        ),
        runs=f"fusion detection {RESULTS}",
        looks="training",
    ),
    Change(
        "a forest's number of trees",
        replaced(
            f"{LIBRARY}/configuration/sections/classifier.py",
            "trees: PositiveInt = 100",
            "trees: PositiveInt = 200",
        ),
        first=experimented(experiments={"forest": {"descriptor": "profiles", "classifier": {"kind": "forest"}}}),
        runs=f"classification {RESULTS}",
    ),
    Change("code of the training", append("stages/training/schedule"), runs=f"training fusion detection {RESULTS}"),
    Change("code of the faces", append("stages/faces/haar"), runs=f"faces descriptors classification {RESULTS}"),
    Change("code of the classifier", append("stages/classification/classifier"), runs=f"classification {RESULTS}"),
    Change("code of the tables", append("stages/tables/layout"), runs="tables report"),
    Change(
        "an option of a rule's command",
        replaced("rules/tracking.smk", '" --receipt', '" --uri {params.uri:q} --receipt'),
        runs="tracking",
    ),
    Change(
        "OpenCV of another version",
        upgrade("opencv-contrib-python-headless"),
        runs=f"dataset download alignment resample streams features faces descriptors classification {FROM_SEGMENTS}",
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

ROWS = [change for changes in CHANGES.values() for change in changes]

SAME_RESULTS = [*COSTS_NOTHING, *CODE]
"""Changes that change no result: the edited code computes the same."""

CELLS = {"runs": "run", "looks": "look"}


def stages(rules: set[str]) -> set[str]:
    """Return the columns of these rules."""
    return {STAGE_OF[rule] for rule in rules}


def changed(finished: Project, folder: Path, change: Change) -> Project:
    """Return a copy of a finished run, with the change made."""
    project = copied(finished.folder, folder)
    if change.first:
        change.first(project)
        project.run()
    change.make(project)
    return project


def as_markdown() -> str:
    """Return the table of docs/reruns.md."""
    lines = []
    for title, changes in CHANGES.items():
        lines += ["", f"### {title}", "", "| change | " + " | ".join(STAGES) + " |", "|---" * (len(STAGES) + 1) + "|"]
        lines += [f"| {change.name} | " + " | ".join(_cells(change)) + " |" for change in changes]
    return "\n".join(lines) + "\n"


def _cells(change: Change) -> list[str]:
    words = {stage: word for name, word in CELLS.items() for stage in getattr(change, name).split()}
    return [words.get(stage, "") for stage in STAGES]
