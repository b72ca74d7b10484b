"""
Sign language detection "in the wild" (Borg and Camilleri, ICASSP 2019), from videos to tables.

dataset -> download -> alignment -> resample -> streams -> features -> segments -> training, fusion -> tables, detection -> tracking, report
                                   faces -> descriptors ------------> classification

Each stage is one file in rules/, which starts with its inputs and outputs. Shards are jobs, videos are rows.
Computed files are in results/store, named by their keys, and are shared by all runs.
"""

import shlex
import sys
from pathlib import Path

from snakemake.settings.types import DeploymentMethod
from snakemake.utils import min_version

min_version("9.27")

SCRIPTS = f"{workflow.basedir}/scripts"
sys.path.insert(0, SCRIPTS)

# Snakemake looks at the image's path in any case, and takes none with blanks or braces.
if DeploymentMethod.APPTAINER in workflow.deployment_settings.deployment_method:

    container: f"{workflow.basedir}/envs/signwild.sif"


if not config and not workflow.configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


include: "rules/common.smk"


# Rules run modules by their names, wherever this folder is; nothing is imported from the folder a run is started in.
# HDF5's locks fail on the file systems of many clusters, and nothing reads a file before it is complete.
# Rules' modules load HDF5 first of all; programs that people start are told so in signwild.base.environment.
shell.prefix(
    f"set -euo pipefail; export PYTHONPATH={in_a_template(shlex.quote(SCRIPTS))} "
    f"PYTHONSAFEPATH=1 HDF5_USE_FILE_LOCKING=FALSE; . {in_a_template(shlex.quote(workflow.basedir))}/rules/attempts.sh; "
)


include: "rules/takedown.smk"
include: "rules/dataset.smk"
include: "rules/weights.smk"
include: "rules/download.smk"
include: "rules/alignment.smk"
include: "rules/resample.smk"
include: "rules/streams.smk"
include: "rules/features.smk"
include: "rules/faces.smk"
include: "rules/descriptors.smk"
include: "rules/segments.smk"
include: "rules/statistics.smk"
include: "rules/training.smk"
include: "rules/classification.smk"
include: "rules/detection.smk"
include: "rules/tables.smk"
include: "rules/signers.smk"
include: "rules/learning_curve.smk"
include: "rules/illustration.smk"
include: "rules/figures.smk"
include: "rules/tracking.smk"
include: "rules/report.smk"


# A rule's command is compared word by word: its line breaks do not matter, an additional option does.
for own in workflow.rules:
    if own.shellcmd:
        own.set_params(command=result_key(own.shellcmd.split()))
        # The number in the name of a log; not a parameter, as another attempt reruns nothing.
        own.resources["attempt"] = growing(1)

refuse_changes_in_mid_run(workflow.rules)


wildcard_constraints:
    run=PLAN.run,
    shard=one_of(SHARDS),
    stream=one_of(SETTINGS.streams),
    faces=one_of(SETTINGS.faces),
    descriptor=one_of(SETTINGS.descriptors),
    experiment=one_of(SETTINGS.experiments),
    table=one_of(SETTINGS.tables),
    seed=r"\d+",


rule all:
    """Update a run's tables, figures, tracking and report."""
    default_target: True
    input:
        # Listed because a manifest that a retry removed would go unnoticed otherwise: files made from it still exist.
        rules.downloads.input,
        PLAN.table_files(),
        PLAN.claim_files(),
        signer_planning.signer_tables(PLAN),
        signer_planning.signer_figures(PLAN),
        curve_planning.curve_tables(PLAN),
        curve_planning.curve_figures(PLAN),
        detection_planning.detection_results(PLAN),
        PLAN.dataset_files(),
        PLAN.interval_files(),
        PLAN.figure_files(),
        PLAN.network_files(),
        PLAN.illustration_files(),
        expand(f"results/{PLAN.run}/faces/{{faces}}/{{shard}}.png", faces=SETTINGS.faces, shard=SHARDS),
        expand(f"results/{PLAN.run}/descriptors/{{descriptor}}/{{shard}}.png", descriptor=PLAN.poses, shard=SHARDS),
        PLAN.result_files("predictions.parquet", PLAN.computed()),
        f"results/{PLAN.run}/tracking/receipt.tsv",
        f"results/{PLAN.run}/segments/balance.tsv",
        f"results/{PLAN.run}/report/index.html",


onstart:
    keep_resolved(SETTINGS, Path("results"))
    training_planning.keep_waiting(
        PLAN, [(job.rule.name, job.wildcards_dict) for job in workflow.dag.needrun_jobs()]
    )
