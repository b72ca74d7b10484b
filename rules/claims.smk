"""
Claims: what the paper says of its results, held against the run's by paired comparison over videos.

REQUIRED INPUTS:
    predictions of the experiments that the statements of config/paper_claims.yaml are about
OUTPUTS:
    results/{run}/tables/claims.csv, .md
"""


localrules:
    check_claims,


rule check_claims:
    """Say of each of the paper's statements whether the run supports it."""
    input:
        predictions=PLAN.statement_files("predictions.parquet"),
    output:
        csv=report("results/{run}/tables/claims.csv", category="Tables"),
        markdown="results/{run}/tables/claims.md",
    log:
        "results/{run}/logs/check_claims.log",
    benchmark:
        "results/{run}/benchmarks/check_claims.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        statements=json.dumps(PLAN.statements()),
        seeds=CONFIG.seeds,
        reasons=[part for reason in PLAN.not_telling() for part in ("--not-telling", reason)],
        code=code_digest("check_claims"),
    shell:
        "python -m check_claims"
        " --statements {params.statements:q}"
        " --results results/{wildcards.run}"
        " --seeds {params.seeds}"
        " {params.reasons:q}"
        " --output-stem results/{wildcards.run}/tables/claims"
        " --code {params.code} > {log:q} 2>&1"
