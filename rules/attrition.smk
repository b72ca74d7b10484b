"""
Attrition: what was had of the data set, what is gone and why.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv and results/{run}/dataset/{shard}.labels.tsv of all shards
    results/{run}/dataset/left_out.tsv
OUTPUTS:
    results/{run}/tables/attrition.csv, .md, .tex
    results/{run}/figures/attrition.png
"""


localrules:
    describe_attrition,


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
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        samples=in_a_word("samples"),
        labels=in_a_word("labels"),
        of_paper="--of-paper" if is_paper_dataset(CONFIG) else "",
        code=code_digest("describe_attrition"),
    shell:
        "python -m describe_attrition"
        " --samples {params.samples:q}"
        " --labels {params.labels:q}"
        " --left-out {input.left_out:q}"
        " {params.of_paper}"
        " --output-stem results/{wildcards.run}/tables/attrition"
        " --figure {output.figure:q}"
        " --code {params.code} > {log:q} 2>&1"
