"""
Signers: the accuracy of each person while held out, and how much persons differ.

REQUIRED INPUTS:
    predictions of the shown experiment, and of the references of the tables that show it
    results/{run}/segments/segments.parquet
OUTPUTS:
    results/{run}/tables/per_signer.csv, .md
    results/{run}/figures/per_signer.png
"""

from signwild.plan import signers as signer_planning


localrules:
    compare_signers,


rule compare_signers:
    """Compare experiments person by person."""
    input:
        predictions=PLAN.result_files("predictions.parquet", signer_planning.signer_experiments(PLAN)),
        segments="results/{run}/segments/segments.parquet",
    output:
        csv=report("results/{run}/tables/per_signer.csv", category="Tables"),
        markdown="results/{run}/tables/per_signer.md",
        figure=report("results/{run}/figures/per_signer.png", category="Figures"),
    log:
        "results/{run}/logs/compare_signers.log",
    benchmark:
        "results/{run}/benchmarks/compare_signers.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        compared=signer_planning.describe_signers(PLAN),
        seeds=CONFIG.seeds,
        group_by=CONFIG.segments.group_by,
        code=code_digest("signwild.stages.signers.compare_signers"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.signers.compare_signers"
        " --compared {params.compared:q}"
        " --run-folder results/{wildcards.run}"
        " --seeds {params.seeds}"
        " --segments-file {input.segments:q}"
        " --group-by {params.group_by}"
        " --output-stem results/{wildcards.run}/tables/per_signer"
        " --figure {output.figure:q}"
        " --code {params.code}"
