"""The data set of a run's configuration: where its files are, and whether its videos are the paper's."""

import shlex
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.notes import Note
from signwild.base.project import PROJECT
from signwild.configuration.file import Configuration
from signwild.configuration.sections.dataset import GROUNDTRUTH_BLOB, DemoDataset, FolderDataset, WildDataset
from signwild.stages.dataset.check_groups import check_groups
from signwild.stages.dataset.elan_reader import eaf_files, is_elan
from signwild.stages.dataset.read_folder import LabelledFolder, read_folder
from signwild.stages.dataset.selection import read_excluded
from signwild.stages.tables.paper_numbers import is_groundtruth
from signwild.video.files import NOT_VIDEOS, other_files

RENDERED = "rendered demo videos"
"""Reason why a run's numbers have no meaning at all, besides not being comparable with the paper's."""

SHIPPED_EXCLUDED = PROJECT / "config/excluded_videos.txt"

PO_TOKEN_PLUGIN = "bgutil-ytdlp-pot-provider"
"""The plugin of yt-dlp that gets proof-of-origin tokens; not in the lock file, as few users need it."""

HINT = "check the path, which is relative to the folder you start in"


def excluded_file(configuration: Configuration) -> Path:
    """Return the file of excluded videos."""
    return Path(configuration.excluded_videos or SHIPPED_EXCLUDED)


def check_dataset(configuration: Configuration, source: str) -> None:
    """Check before any work that the files that a data set names exist; raises InputError if not.

    ``source``: the configuration's file, for messages.
    """
    dataset = configuration.dataset
    files, folders = {"excluded_videos": configuration.excluded_videos}, {}
    if isinstance(dataset, FolderDataset):
        folders["dataset.videos_dir"] = dataset.videos_dir
        if Path(dataset.labels).is_dir():
            _check_folder_of_labels(Path(dataset.labels), source)
        else:
            files["dataset.labels"] = dataset.labels
    if isinstance(dataset, WildDataset):
        folders["dataset.videos_dir"], files["dataset.manifest"] = dataset.videos_dir, dataset.manifest
        files["dataset.youtube.cookies"] = dataset.youtube.cookies
        _check_po_token_plugin(dataset, source)
    for key, path in folders.items():
        if path is not None and not Path(path).is_dir():
            what = "is a file, not a folder" if Path(path).is_file() else f"is not a folder; {HINT}"
            raise InputError(f"{source}: {key}: {path} {what}")
    for key, path in files.items():
        if path is not None and not Path(path).is_file():
            raise InputError(f"{source}: {key}: no file {path}; {HINT}")
    for path in [*label_inputs(configuration), configuration.excluded_videos, files.get("dataset.manifest")]:
        check_braces(path or "", source)
    check_braces(configuration.weights.source, source)


def check_braces(path: str, source: str) -> None:
    """Raise InputError for a file whose changes Snakemake watches, if it would read braces in its path as a wildcard.

    ``source``: the configuration's file, for the message. Folders of videos, and videos, may have any name.
    """
    if "{" in path or "}" in path:
        raise InputError(f"{source}: {path}: Snakemake reads names in braces otherwise; rename this path")


def _check_folder_of_labels(labels: Path, source: str) -> None:
    try:
        eaf_files(labels)
    except InputError as error:
        raise InputError(f"{source}: dataset.labels: {error}") from None


def _check_po_token_plugin(dataset: WildDataset, source: str) -> None:
    if dataset.youtube.po_token_provider:
        try:
            version(PO_TOKEN_PLUGIN)
        except PackageNotFoundError:
            raise InputError(
                f"{source}: dataset.youtube.po_token_provider: yt-dlp's plugin {PO_TOKEN_PLUGIN} is not installed; "
                f".venv/bin/python -m pip install {PO_TOKEN_PLUGIN}"
            ) from None


def check_labels(configuration: Configuration) -> list[Note]:
    """Read the labels of a folder of videos before any work, but no video; raises InputError if they cannot be used.

    Returns what a user should know of. Labels of other data sets are fetched or rendered by the run.
    """
    dataset = configuration.dataset
    if isinstance(dataset, WildDataset) and dataset.videos_dir:
        return [Note(NOT_VIDEOS, others)] if (others := other_files([dataset.videos_dir])) else []
    folder = labelled_folder(configuration)
    if folder is None:
        return []
    check_labelled_groups(configuration, folder)
    return folder.notes()


def labelled_folder(configuration: Configuration) -> LabelledFolder | None:
    """Return the videos and labels of a user's folder; None for another kind of data set. Raises InputError."""
    dataset = configuration.dataset
    if not isinstance(dataset, FolderDataset):
        return None
    excluded = read_excluded(excluded_file(configuration))
    return read_folder(Path(dataset.videos_dir), Path(dataset.labels), dataset.tiers, dataset.overlap, excluded)


def check_labelled_groups(configuration: Configuration, folder: LabelledFolder) -> None:
    """Raise InputError if a class of a user's folder has fewer groups than there are folds."""
    segments, labels = configuration.segments, Path(configuration.dataset.labels)
    check_groups(labels, folder.labels, folder.usable_ids, segments.folds, segments.group_by, folder.notes())


def labels_file(configuration: Configuration) -> str:
    """Return the path that determines the labels: their file or folder, or the receipt of the authors' files."""
    dataset = configuration.dataset
    if isinstance(dataset, DemoDataset):
        return f"results/{configuration.run}/rendered/groundtruth.txt"
    return dataset.labels if isinstance(dataset, FolderDataset) else f"results/{configuration.run}/dataset/source.tsv"


def label_inputs(configuration: Configuration) -> list[str]:
    """Return the files with the labels; of an ELAN folder each file, as an edit of one leaves the folder unchanged."""
    labels = labels_file(configuration)
    return [str(path) for path in eaf_files(Path(labels))] if Path(labels).is_dir() else [labels]


def videos_folder(configuration: Configuration) -> str | None:
    """Return the folder of the videos that exist before anything is downloaded, if there is one."""
    dataset = configuration.dataset
    return f"results/{configuration.run}/rendered/videos" if isinstance(dataset, DemoDataset) else dataset.videos_dir


def downloads_folder(configuration: Configuration) -> Path | None:
    """Return the folder that videos are downloaded to, if any are."""
    dataset = configuration.dataset
    return Path(dataset.folder) if isinstance(dataset, WildDataset) else None


def listing_options(configuration: Configuration) -> list[str]:
    """Return the options about labels for the program that lists a data set."""
    dataset = configuration.dataset
    if not isinstance(dataset, WildDataset):
        labels = labels_file(configuration)
        options = ["--overlap", dataset.overlap] if isinstance(dataset, FolderDataset) else []
        if is_elan(Path(labels)):
            options += ["--tiers", dataset.tiers.model_dump_json()]
        return ["--annotations", labels, *options]
    asked = dataset.model_dump_json(include={"kind", "folder", "manifest", "max_malformed_share", "source"})
    return ["--wild", asked]


def download_options(configuration: Configuration) -> list[str]:
    """Return the program's options that decide which videos are obtained; empty for local files."""
    dataset = configuration.dataset
    if not isinstance(dataset, WildDataset):
        return []
    options = ["--folder", dataset.folder, "--max-seconds", str(configuration.resample.max_seconds)]
    return options + (["--ask"] if dataset.download else [])


def youtube_options(configuration: Configuration) -> str:
    """Return the program's options for its requests, quoted; they do not affect which videos are obtained."""
    dataset = configuration.dataset
    if not isinstance(dataset, WildDataset):
        return ""
    return shlex.join(["--youtube", dataset.youtube.model_dump_json()])


def is_paper_dataset(configuration: Configuration) -> bool:
    """Return whether the videos are the paper's, judged by the labels: they must equal the authors' byte for byte."""
    dataset = configuration.dataset
    if isinstance(dataset, WildDataset):
        return dataset.source.labels_blob == GROUNDTRUTH_BLOB
    return isinstance(dataset, FolderDataset) and is_groundtruth(Path(dataset.labels))


def other_videos(configuration: Configuration) -> list[str]:
    """Return the reasons why a run's videos are not the paper's."""
    if isinstance(configuration.dataset, DemoDataset):
        return [RENDERED]
    return [] if is_paper_dataset(configuration) else ["another data set than the paper's"]
