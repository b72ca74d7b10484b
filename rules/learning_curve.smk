"""
Learning curve: the accuracy of experiments that were trained on rising shares of the training persons.

REQUIRED INPUTS:
    predictions of the curve's experiments on every share and draw
    results/{run}/segments/segments.parquet
OUTPUTS:
    results/{run}/tables/learning_curve.csv, .md
    results/{run}/figures/learning_curve.png
"""

from signwild.plan import learning_curve as curve_planning


localrules:
    compare_shares,


rule compare_shares:
    """Compare shares of the training persons, and draw the accuracy against their number."""
    input:
        predictions=curve_planning.curve_files(PLAN, "predictions.parquet"),
        segments="results/{run}/segments/segments.parquet",
    output:
        csv=report("results/{run}/tables/learning_curve.csv", category="Tables"),
        markdown="results/{run}/tables/learning_curve.md",
        figure=report("results/{run}/figures/learning_curve.png", category="Figures"),
    log:
        "results/{run}/logs/compare_shares.log",
    benchmark:
        "results/{run}/benchmarks/compare_shares.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        curve=curve_planning.describe_curve(PLAN),
        group_by=CONFIG.segments.group_by,
        code=code_digest("signwild.stages.learning_curve.compare_shares"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.learning_curve.compare_shares"
        " --curve {params.curve:q}"
        " --run-folder results/{wildcards.run}"
        " --segments-file {input.segments:q}"
        " --group-by {params.group_by}"
        " --output-stem results/{wildcards.run}/tables/learning_curve"
        " --figure {output.figure:q}"
        " --code {params.code}"
