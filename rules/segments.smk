"""
Segments: consecutive samples with one label, the folds of their videos, and folds by video.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv, results/{run}/dataset/{shard}.tsv, results/{run}/alignment/{shard}.labels.tsv
    {start_from}/SHA256SUMS and detector.json, of detectors that trainings start from
OUTPUTS:
    results/{run}/segments/segments.parquet    video_id, group, start_frame, label, fold
    results/{run}/segments/by_video.parquet    the same with folds by video, for experiments of protocol by_video
    results/{run}/segments/folds.tsv           video_id, group, fold, group_by
    results/{run}/segments/balance.tsv         segments, videos and groups of each class in each fold
    results/{run}/frozen_folds.tsv             undeclared: old videos keep their fold
"""


localrules:
    cut_segments,
    deal_videos,


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
        ENVIRONMENT
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
        code=code_digest("signwild.stages.segments.cut_segments"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.segments.cut_segments"
        " --resampled {params.samples:q}"
        " --dataset {params.videos:q}"
        " --labels {params.labels:q}"
        " --store results/store"
        " --parameters {params.segments:q}"
        " --max-failed-share {params.max_failed_share}"
        " --starts {params.starts:q}"
        " --frozen results/{wildcards.run}/frozen_folds.tsv"
        " --output-dir results/{wildcards.run}/segments"
        " --code {params.code}"


rule deal_videos:
    """Deal folds by video, beside those by person or source."""
    input:
        segments="results/{run}/segments/segments.parquet",
    output:
        segments="results/{run}/segments/by_video.parquet",
    log:
        "results/{run}/logs/deal_videos.log",
    benchmark:
        "results/{run}/benchmarks/deal_videos.jsonl"
    priority: 20
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        folds=CONFIG.segments.folds,
        seed=CONFIG.segments.seed,
        code=code_digest("signwild.stages.segments.deal_videos"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.segments.deal_videos"
        " --segments-file {input.segments:q}"
        " --folds {params.folds}"
        " --seed {params.seed}"
        " --output {output.segments:q}"
        " --code {params.code}"
