"""
Segments: samples in a row with one label, and the folds of their videos.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv, results/{run}/dataset/{shard}.tsv and .labels.tsv of all shards
OUTPUTS:
    results/{run}/segments/segments.parquet    video_id, group, start_frame, label, fold
    results/{run}/segments/folds.tsv           video_id, group, fold
    results/{run}/segments/balance.tsv         segments, videos and groups of each class in each fold
    results/{run}/frozen_folds.tsv             undeclared: old videos keep their fold
"""


rule cut_segments:
    """Cut the segments of a run and assign folds; too many failed videos stop the run here."""
    input:
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
        videos=of_shards("results/{run}/dataset/{shard}.tsv"),
        labels=of_shards("results/{run}/dataset/{shard}.labels.tsv"),
    output:
        segments="results/{run}/segments/segments.parquet",
        folds="results/{run}/segments/folds.tsv",
        balance="results/{run}/segments/balance.tsv",
    log:
        "results/{run}/logs/cut_segments.log",
    benchmark:
        "results/{run}/benchmarks/cut_segments.jsonl"
    priority: 20  # a run with too many failures should stop early
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        segments=CONFIG.segments.model_dump_json(),
        max_failed_share=CONFIG.max_failed_share,
        code=code_digest("cut_segments"),
    shell:
        "python -m cut_segments"
        " --samples {input.samples:q}"
        " --videos {input.videos:q}"
        " --labels {input.labels:q}"
        " --store results/store"
        " --parameters {params.segments:q}"
        " --max-failed-share {params.max_failed_share}"
        " --frozen results/{wildcards.run}/frozen_folds.tsv"
        " --output-dir results/{wildcards.run}/segments"
        " --code {params.code} > {log:q} 2>&1"
