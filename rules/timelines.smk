"""
Timelines: the shown experiment (`report.experiment`) slid over whole videos that it was not trained on.

REQUIRED INPUTS:
    results/{run}/segments/segments.parquet
    the resample manifests and label tables of all shards, results/{run}/features/{stream}.tsv
    records of what the shown experiment rests on, of the first seed
    results/store: features, and the networks of all folds
OUTPUTS:
    results/{run}/timelines/windows.parquet    video_id, fold, frame, time_s, label, p_signing, p_speaking, p_other
    results/{run}/figures/timelines.png        these by the second
"""


localrules:
    draw_timelines,
    slide_windows,


rule slide_windows:
    """Slide the shown experiment's networks over whole videos, each over those that it was not trained on."""
    input:
        records=shown_records,
        segments="results/{run}/segments/segments.parquet",
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
        labels=of_shards("results/{run}/alignment/{shard}.labels.tsv"),
        features=shown_features,
    output:
        windows="results/{run}/timelines/windows.parquet",
    log:
        "results/{run}/logs/slide_windows.log",
    benchmark:
        "results/{run}/benchmarks/slide_windows.jsonl"
    conda:
        NETWORK_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
        gpu=GPUS,
    params:
        samples=in_a_word("samples"),
        labels=in_a_word("labels"),
        members=PLAN.describe_members(),
        rule=PLAN.shown_rule(),
        length=CONFIG.segments.length,
        videos=CONFIG.report.timelines,
        code=code_digest("slide_windows"),
    shell:
        "python -m slide_windows"
        " --members {params.members:q}"
        " --rule {params.rule}"
        " --length {params.length}"
        " --segments {input.segments:q}"
        " --samples {params.samples:q}"
        " --labels {params.labels:q}"
        " --store results/store"
        " --videos {params.videos}"
        " --output {output.windows:q}"
        " --threads {threads}"
        " --code {params.code} > {log:q} 2>&1"


rule draw_timelines:
    """Draw truth, prediction and probabilities of whole videos."""
    input:
        windows="results/{run}/timelines/windows.parquet",
    output:
        figure=report("results/{run}/figures/timelines.png", category="Figures"),
    log:
        "results/{run}/logs/draw_timelines.log",
    benchmark:
        "results/{run}/benchmarks/draw_timelines.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        title=PLAN.shown_title(),
        code=code_digest("draw_timelines"),
    shell:
        "python -m draw_timelines"
        " --windows {input.windows:q}"
        " --title {params.title:q}"
        " --output {output.figure:q}"
        " --code {params.code} > {log:q} 2>&1"
