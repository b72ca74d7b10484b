"""
Shared parts of the rules: the checked configuration, the plan of the run, and functions for inputs and parameters.

There are no rules here. The rule files use these names and the wildcards run, shard,
stream, faces, descriptor, experiment, table and seed.
"""

import json
import os
import shlex
import shutil

from snakemake.exceptions import WorkflowError

from signwild.base.digests import code_digest, result_key
from signwild.base.errors import InputError
from signwild.base.shards import fold_paths
from signwild.base.templates import templates_digest
from signwild.base.text import in_a_template
from signwild.configuration.settings import keep_resolved
from signwild.plan import detection as detection_planning
from signwild.plan import timing as timing_planning
from signwild.plan import training as training_planning
from signwild.plan import weights as weights_planning
from signwild.plan.checked import checked_plan
from signwild.plan.dataset import (
    download_options,
    downloads_folder,
    excluded_file,
    is_paper_dataset,
    label_inputs,
    listing_options,
    videos_folder,
    youtube_options,
)
from signwild.plan.network import describe_features, network_definition
from signwild.plan.report import picture_files, report_definition
from signwild.plan.same_plan import plan_digest, refuse_another_plan
from signwild.stages.dataset.prepare_dataset import shard_names
from signwild.video.files import listing_fingerprint


def from_here(path):
    """Return a path below the working folder relative to it, so a folder that is moved stays up to date."""
    here, absolute = Path.cwd(), Path(path).absolute()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)


def plan_of_run():
    """Return the plan of the run, checked with the files it names before any work; bad input is one clear error."""
    source = str(workflow.configfiles[-1]) if workflow.configfiles else "--config"
    try:
        return checked_plan(config, source)
    except InputError as error:
        raise WorkflowError(f"error: {error}") from None


PLAN = plan_of_run()
SETTINGS = PLAN.settings
CONFIG = SETTINGS.configuration
SHARDS = shard_names(CONFIG.shards)
SLID = detection_planning.slid_experiments(PLAN)
DETECTING = detection_planning.detector_members(PLAN)

# A cluster's profile sets how many GPUs a job gets; a local run takes one if there is one.
# Jobs take the number from the run that started them, wherever they run: the environment depends on it.
GPUS = int(os.environ.setdefault("SIGNWILD_GPUS", "1" if shutil.which("nvidia-smi") else "0"))
ENVIRONMENT = in_a_template(f"{workflow.basedir}/envs/signwild.yaml")
NETWORK_ENVIRONMENT = in_a_template(f"{workflow.basedir}/envs/signwild-gpu.yaml") if GPUS else ENVIRONMENT


def growing(amount):
    """Return a resource that grows by ``amount`` at each retry: the job may have failed for lack of it."""
    return lambda wildcards, attempt: amount * attempt


def refuse_changes_in_mid_run(rules):
    """Stop a cluster job that reads other rules, parameters or settings than the run that started it."""
    parameters = {own.name: [repr(value) for value in own.params if not callable(value)] for own in rules}
    settings = SETTINGS.model_dump(mode="json", exclude={"configuration": {"hardware"}})
    rule_files = [Path(workflow.basedir, "Snakefile"), *Path(workflow.basedir, "rules").glob("*.smk")]
    try:
        refuse_another_plan(plan_digest(rule_files, parameters, settings))
    except InputError as error:
        raise WorkflowError(f"error: {error}") from None


def temporary(path):
    """Mark a large file as temporary, unless `keep_streams` says otherwise."""
    return path if CONFIG.keep_streams else temp(path)


def requests_option(streams):
    """Return the option that limits a program to videos whose features of these streams the store lacks."""
    return "" if CONFIG.keep_streams else f"--requests {shlex.quote(PLAN.requests(streams))}"


def one_of(names):
    """Return the pattern of a wildcard that is one of these names."""
    return "|".join(names) or "none"


def of_shards(pattern):
    """Return a path pattern for every shard; {run} and other wildcards stay."""
    return [pattern.replace("{shard}", shard) for shard in SHARDS]


def in_a_word(name):
    """Return a parameter: the paths of an input of all shards, as one argument for a program."""
    return lambda wildcards, input: fold_paths(list(input[name]) if isinstance(input[name], list) else [input[name]])


def stream_file(wildcards):
    """Return the file of a stream that the network reads: RGB comes from resample, the others from streams."""
    if SETTINGS.streams[wildcards.stream].kind == "rgb":
        return "results/{run}/resample/{shard}.images.h5"
    return "results/{run}/streams/{stream}/{shard}.h5"


def feature_manifest(wildcards):
    """Return the manifest of the stream's features, or of the descriptor, that an experiment reads."""
    return PLAN.manifest(wildcards.experiment)


def member_files(file):
    """Return an input function: one file of each experiment that a fusion combines."""
    return lambda wildcards: [
        f"{PLAN.result_folder(name, wildcards.seed)}/{file}" for name in SETTINGS.experiments[wildcards.experiment].fuse
    ]


def shown_features(wildcards):
    """Return the manifests of the features that the shown experiment, or the experiments that it fuses, read."""
    return sorted({PLAN.manifest(name) for name in PLAN.shown_members()})


def shown_predictions(wildcards):
    """Return the file of the shown experiment's predictions with the first seed."""
    return f"{PLAN.result_folder(PLAN.shown_experiment(), PLAN.seeds[0])}/predictions.parquet"


def row_files(file):
    """Return an input function: one file of each experiment in a table's rows."""
    return lambda wildcards: PLAN.result_files(file, PLAN.table_rows(wildcards.table))


def forward_times(wildcards):
    """Return the file of measured times, for a table that shows them."""
    shown = {"forward_time_ms", "images_per_second"} & set(SETTINGS.tables[wildcards.table].columns)
    return "results/{run}/timing/{table}.json" if shown else []
