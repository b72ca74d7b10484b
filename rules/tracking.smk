"""
Tracking: every experiment and seed becomes a run in MLflow, written by one job.

REQUIRED INPUTS:
    predictions, histories, records and figures of the experiments
OUTPUTS:
    results/{run}/tracking/receipt.tsv    experiment, seed, digest
    results/mlflow.db and results/mlflow_artifacts (undeclared), unless `tracking.uri` names a server
"""


localrules:
    track_runs,


rule track_runs:
    """Log what is new or changed, and remove what is no longer in the configuration."""
    input:
        predictions=PLAN.result_files("predictions.parquet", PLAN.computed()),
        records=PLAN.result_files("record.json", PLAN.computed()),
        history=PLAN.history_files(),
        figures=PLAN.figure_files(),
    output:
        receipt="results/{run}/tracking/receipt.tsv",
    log:
        "results/{run}/logs/track_runs.log",
    benchmark:
        "results/{run}/benchmarks/track_runs.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        uri=lambda _: CONFIG.tracking.uri or "sqlite:///results/mlflow.db",
        artifacts="" if CONFIG.tracking.uri else "--artifacts results/mlflow_artifacts",
        code=code_digest("signwild.stages.tracking.track_runs"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.tracking.track_runs"
        " --records {input.records:q}"
        " --figures results/{wildcards.run}/figures"
        " --uri {params.uri:q}"
        " {params.artifacts}"
        " --run {wildcards.run}"
        " --receipt {output.receipt:q}"
        " --code {params.code}"
