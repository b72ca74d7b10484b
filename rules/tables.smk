"""
Tables: the paper's numbers beside ours, and the paper's statements checked against the run's results.

REQUIRED INPUTS:
    predictions and records of the experiments
    config/paper_results.yaml
OUTPUTS:
    results/{run}/tables/{table}.csv, .md, .tex, .json
    results/{run}/tables/claims.csv, .md
    results/{run}/timing/{table}.json              times of motion streams and networks
    results/{run}/figures/intervals_{table}.png
"""


localrules:
    check_claims,
    compare_experiments,


rule measure_forward_times:
    """Measure motion streams and networks on this machine, alone, so nothing else slows them."""
    input:
        downloads=of_shards("results/{run}/download/{shard}.tsv"),
        weights=PLAN.receipts,
    output:
        times="results/{run}/timing/{table}.json",
    log:
        "results/{run}/logs/measure_forward_times/{table}.log",
    benchmark:
        "results/{run}/benchmarks/measure_forward_times/{table}.jsonl"
    conda:
        NETWORK_ENVIRONMENT
    threads: os.cpu_count()  # scaled down to what the run may use: nothing else runs beside it
    resources:
        mem_mb=growing(6000),
        runtime=growing(60),
        gpu=GPUS,
        batch_size=CONFIG.hardware.feature_batch_size,
    params:
        downloads=in_a_word("downloads"),
        requests=lambda wildcards: timing_planning.motion_requests(PLAN, wildcards.table),
        images=lambda wildcards: timing_planning.image_requests(PLAN, wildcards.table),
        resample=CONFIG.resample.model_dump_json(),
        code=code_digest("signwild.stages.tables.measure_forward_times"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.tables.measure_forward_times"
        " --downloads {params.downloads:q}"
        " --motion-requests {params.requests:q}"
        " --image-requests {params.images:q}"
        " --parameters {params.resample:q}"
        " --prepared-weights {input.weights:q}"
        " --output {output.times:q}"
        " --batch-size {resources.batch_size}"
        " --threads {threads}"
        " --code {params.code}"


rule compare_experiments:
    """Write and draw one table: the paper's numbers, ours with intervals, and the differences between them."""
    input:
        predictions=row_files("predictions.parquet"),
        records=row_files("record.json"),
        paper=from_here(f"{workflow.basedir}/config/paper_results.yaml"),
        times=forward_times,
        dataset=PLAN.paper_dataset() or [],
    output:
        csv=report("results/{run}/tables/{table}.csv", category="Tables"),
        markdown="results/{run}/tables/{table}.md",
        latex="results/{run}/tables/{table}.tex",
        about="results/{run}/tables/{table}.json",
        figure=report("results/{run}/figures/intervals_{table}.png", category="Figures"),
    log:
        "results/{run}/logs/compare_experiments/{table}.log",
    benchmark:
        "results/{run}/benchmarks/compare_experiments/{table}.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        definition=lambda wildcards: PLAN.table_definition(wildcards.table),
        seeds=CONFIG.seeds,
        times=lambda wildcards, input: ["--forward-times", input.times] if input.times else [],
        group_by=CONFIG.segments.group_by,
        reasons=[part for reason in PLAN.not_comparable() for part in ("--not-comparable", reason)],
        dataset=lambda wildcards, input: ["--paper-dataset", input.dataset] if input.dataset else [],
        code=code_digest("signwild.stages.tables.compare_experiments"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.tables.compare_experiments"
        " --table-name {wildcards.table}"
        " --comparison {params.definition:q}"
        " --paper {input.paper:q}"
        " --run-folder results/{wildcards.run}"
        " --seeds {params.seeds}"
        " {params.times:q}"
        " --group-by {params.group_by}"
        " {params.reasons:q}"
        " {params.dataset:q}"
        " --output-stem results/{wildcards.run}/tables/{wildcards.table}"
        " --figure {output.figure:q}"
        " --code {params.code}"


rule check_claims:
    """Check for each of the paper's statements whether the run supports it."""
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
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        statements=json.dumps(PLAN.statements()),
        seeds=CONFIG.seeds,
        reasons=[part for reason in PLAN.not_telling() for part in ("--not-telling", reason)],
        code=code_digest("signwild.stages.tables.check_claims"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.tables.check_claims"
        " --statements {params.statements:q}"
        " --run-folder results/{wildcards.run}"
        " --seeds {params.seeds}"
        " {params.reasons:q}"
        " --output-stem results/{wildcards.run}/tables/claims"
        " --code {params.code}"
