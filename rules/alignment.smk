"""
Alignment: labels by frames of the authors' files, mapped to frames of the available files.

REQUIRED INPUTS:
    results/{run}/dataset/{shard}.tsv and .labels.tsv, results/{run}/download/{shard}.tsv
OUTPUTS:
    results/{run}/alignment/{shard}.tsv           the download manifest, plus the alignment's method, rates and lengths
    results/{run}/alignment/{shard}.labels.tsv    video_id, unit, start, end, label
Labels in seconds, and a user's own labels by frame, are copied unchanged.
"""


localrules:
    align_labels,


rule align_labels:
    """Align the labels of a shard; a video that its labels do not fit gets a row with the reason."""
    input:
        dataset="results/{run}/dataset/{shard}.tsv",
        labels="results/{run}/dataset/{shard}.labels.tsv",
        downloads="results/{run}/download/{shard}.tsv",
    output:
        manifest="results/{run}/alignment/{shard}.tsv",
        labels="results/{run}/alignment/{shard}.labels.tsv",
    log:
        "results/{run}/logs/align_labels/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/align_labels/{shard}.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        resample=CONFIG.resample.model_dump_json(),
        code=code_digest("signwild.stages.alignment.align_labels"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.alignment.align_labels"
        " --dataset {input.dataset:q}"
        " --labels {input.labels:q}"
        " --downloads {input.downloads:q}"
        " --store results/store"
        " --parameters {params.resample:q}"
        " --manifest {output.manifest:q}"
        " --aligned-labels {output.labels:q}"
        " --code {params.code}"
