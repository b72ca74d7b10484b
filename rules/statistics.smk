"""
Statistics: the size of the data set, which videos are available, and which are gone and why.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv, results/{run}/dataset/{shard}.tsv and their label tables, of all shards
    results/{run}/dataset/left_out.tsv, results/{run}/segments/segments.parquet
OUTPUTS:
    results/{run}/tables/dataset.csv, .md, .tex
    results/{run}/tables/attrition.csv, .md, .tex
    results/{run}/figures/attrition.png
"""


localrules:
    describe_attrition,
    describe_dataset,


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
        ENVIRONMENT
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
        code=code_digest("signwild.stages.statistics.describe_dataset"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.statistics.describe_dataset"
        " --resampled {params.samples:q}"
        " --dataset {params.videos:q}"
        " --labels {params.labels:q}"
        " --segments-file {input.segments:q}"
        " --store results/store"
        " --group-by {params.group_by}"
        " {params.reasons:q}"
        " --output-stem results/{wildcards.run}/tables/dataset"
        " --code {params.code}"


rule describe_attrition:
    """Count the videos by class and reason, beside the paper's number."""
    input:
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
        labels=of_shards("results/{run}/dataset/{shard}.labels.tsv"),
        left_out="results/{run}/dataset/left_out.tsv",
    output:
        csv=report("results/{run}/tables/attrition.csv", category="Tables"),
        markdown="results/{run}/tables/attrition.md",
        latex="results/{run}/tables/attrition.tex",
        figure=report("results/{run}/figures/attrition.png", category="Figures"),
    log:
        "results/{run}/logs/describe_attrition.log",
    benchmark:
        "results/{run}/benchmarks/describe_attrition.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        samples=in_a_word("samples"),
        labels=in_a_word("labels"),
        of_paper="--of-paper" if is_paper_dataset(CONFIG) else "",
        code=code_digest("signwild.stages.statistics.describe_attrition"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.statistics.describe_attrition"
        " --resampled {params.samples:q}"
        " --labels {params.labels:q}"
        " --left-out {input.left_out:q}"
        " {params.of_paper}"
        " --output-stem results/{wildcards.run}/tables/attrition"
        " --figure {output.figure:q}"
        " --code {params.code}"
