"""
Segments: samples in a row with one label, the folds of their videos, and what the data set amounts to.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv, results/{run}/dataset/{shard}.tsv, results/{run}/alignment/{shard}.labels.tsv
    {start_from}/SHA256SUMS and detector.json, of detectors that trainings start from
OUTPUTS:
    results/{run}/segments/segments.parquet    video_id, group, start_frame, label, fold
    results/{run}/segments/folds.tsv           video_id, group, fold, group_by
    results/{run}/segments/balance.tsv         segments, videos and groups of each class in each fold
    results/{run}/frozen_folds.tsv             undeclared: old videos keep their fold
    results/{run}/tables/dataset.csv, .md, .tex
"""


localrules:
    cut_segments,
    describe_dataset,


rule cut_segments:
    """Cut the segments of a run and assign folds; too many failed videos stop the run here."""
    input:
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
        videos=of_shards("results/{run}/dataset/{shard}.tsv"),
        labels=of_shards("results/{run}/alignment/{shard}.labels.tsv"),
        starts=training_planning.all_starts(PLAN),
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
        samples=in_a_word("samples"),
        videos=in_a_word("videos"),
        labels=in_a_word("labels"),
        segments=CONFIG.segments.model_dump_json(),
        max_failed_share=CONFIG.max_failed_share,
        starts=lambda wildcards, input: [str(Path(path).parent) for path in input.starts],
        code=code_digest("cut_segments"),
    shell:
        "python -m cut_segments"
        " --samples {params.samples:q}"
        " --videos {params.videos:q}"
        " --labels {params.labels:q}"
        " --store results/store"
        " --parameters {params.segments:q}"
        " --max-failed-share {params.max_failed_share}"
        " --starts {params.starts:q}"
        " --frozen results/{wildcards.run}/frozen_folds.tsv"
        " --output-dir results/{wildcards.run}/segments"
        " --code {params.code} > {log:q} 2>&1"


rule describe_dataset:
    """Count videos, samples and segments by class, beside the numbers of the paper's section 3."""
    input:
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
        videos=of_shards("results/{run}/dataset/{shard}.tsv"),
        labels=of_shards("results/{run}/alignment/{shard}.labels.tsv"),
        segments="results/{run}/segments/segments.parquet",
    output:
        csv=report("results/{run}/tables/dataset.csv", category="Tables"),
        markdown="results/{run}/tables/dataset.md",
        latex="results/{run}/tables/dataset.tex",
    log:
        "results/{run}/logs/describe_dataset.log",
    benchmark:
        "results/{run}/benchmarks/describe_dataset.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        samples=in_a_word("samples"),
        videos=in_a_word("videos"),
        labels=in_a_word("labels"),
        group_by=CONFIG.segments.group_by,
        reasons=[part for reason in PLAN.other_videos() for part in ("--not-comparable", reason)],
        code=code_digest("describe_dataset"),
    shell:
        "python -m describe_dataset"
        " --samples {params.samples:q}"
        " --videos {params.videos:q}"
        " --labels {params.labels:q}"
        " --segments {input.segments:q}"
        " --store results/store"
        " --group-by {params.group_by}"
        " {params.reasons:q}"
        " --output-stem results/{wildcards.run}/tables/dataset"
        " --code {params.code} > {log:q} 2>&1"
