"""
Illustration: pictures of segments, from the source videos and from the features.

REQUIRED INPUTS:
    results/{run}/segments/segments.parquet
    the download and resample manifests of all shards, results/{run}/features/{stream}.tsv
    predictions of the shown experiment (`report.experiment`), for the first seed
    the source videos
OUTPUTS:
    results/{run}/figures/figure_1.png    sample frames of the classes
    results/{run}/figures/figure_4.png    held-out segments of the shown experiment, correct and wrong
    results/{run}/figures/tsne.png        segments by the features that the shown experiment reads
"""


localrules:
    draw_classes,
    draw_segments,
    draw_tsne,


rule draw_classes:
    """Draw sample video frames of the three classes."""
    input:
        segments="results/{run}/segments/segments.parquet",
        downloads=of_shards("results/{run}/download/{shard}.tsv"),
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
    output:
        figure=report("results/{run}/figures/figure_1.png", category="Figures"),
    log:
        "results/{run}/logs/draw_classes.log",
    benchmark:
        "results/{run}/benchmarks/draw_classes.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        downloads=in_a_word("downloads"),
        samples=in_a_word("samples"),
        length=CONFIG.segments.length,
        code=code_digest("signwild.stages.illustration.draw_classes"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.illustration.draw_classes"
        " --run {wildcards.run}"
        " --segments-file {input.segments:q} --length {params.length}"
        " --downloads {params.downloads:q} --resampled {params.samples:q}"
        " --store results/store"
        " --output {output.figure:q}"
        " --code {params.code}"


rule draw_segments:
    """Draw held-out segments of the shown experiment, correct and wrong ones."""
    input:
        predictions=shown_predictions,
        downloads=of_shards("results/{run}/download/{shard}.tsv"),
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
    output:
        figure=report("results/{run}/figures/figure_4.png", category="Figures"),
    log:
        "results/{run}/logs/draw_segments.log",
    benchmark:
        "results/{run}/benchmarks/draw_segments.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        downloads=in_a_word("downloads"),
        samples=in_a_word("samples"),
        length=CONFIG.segments.length,
        code=code_digest("signwild.stages.illustration.draw_segments"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.illustration.draw_segments"
        " --predictions-file {input.predictions:q} --length {params.length}"
        " --downloads {params.downloads:q} --resampled {params.samples:q}"
        " --store results/store"
        " --output {output.figure:q}"
        " --code {params.code}"


rule draw_tsne:
    """Draw the segments in two dimensions, by the features that the shown experiment reads."""
    input:
        segments="results/{run}/segments/segments.parquet",
        features=shown_features,
    output:
        figure=report("results/{run}/figures/tsne.png", category="Figures"),
    log:
        "results/{run}/logs/draw_tsne.log",
    benchmark:
        "results/{run}/benchmarks/draw_tsne.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        panels=describe_features(PLAN),
        title=f"{PLAN.shown_experiment()} (run {PLAN.run})",
        length=CONFIG.segments.length,
        code=code_digest("signwild.stages.illustration.draw_tsne"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.illustration.draw_tsne"
        " --panels {params.panels:q}"
        " --title {params.title:q}"
        " --segments-file {input.segments:q} --length {params.length}"
        " --store results/store"
        " --output {output.figure:q}"
        " --code {params.code}"
