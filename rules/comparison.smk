"""
Comparison: the tables, the paper's numbers beside ours, and the figures.

REQUIRED INPUTS:
    predictions, histories and records of the experiments
    config/paper_results.yaml
OUTPUTS:
    results/{run}/tables/{table}.csv, .md, .tex
    results/{run}/timing/{table}.json              milliseconds per sample of each motion stream
    results/{run}/figures/confusion_{experiment}.png, curves_{experiment}.png
"""


rule measure_forward_times:
    """Measure what a sample of each motion stream costs on this machine; alone, so that nothing else slows it."""
    input:
        downloads=of_shards("results/{run}/download/{shard}.tsv"),
        weights="results/{run}/weights.json",
    output:
        times="results/{run}/timing/{table}.json",
    params:
        requests=lambda wildcards: as_json(motion_requests(table_rows(wildcards.table))),
        resample=as_json(CONFIG.resample),
        code=code_digest("measure_forward_times"),
    log:
        "results/{run}/logs/measure_forward_times/{table}.log",
    benchmark:
        "results/{run}/benchmarks/measure_forward_times/{table}.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: workflow.cores
    resources:
        mem_mb=6000,
        runtime=60,
        gpu=GPUS,
        batch_size=CONFIG.hardware.feature_batch_size,
    shell:
        "python {SCRIPTS:q}/measure_forward_times.py"
        " --downloads {input.downloads:q}"
        " --requests {params.requests:q}"
        " --parameters {params.resample:q}"
        " --weights {input.weights:q}"
        " --output {output.times:q}"
        " --batch-size {resources.batch_size}"
        " --threads {threads}"
        " --code {params.code} > {log:q} 2>&1"


rule compare_experiments:
    """Write one table: the paper's numbers, ours, and how far they are apart."""
    input:
        predictions=lambda wildcards: result_files("predictions.parquet", table_rows(wildcards.table)),
        records=lambda wildcards: result_files("record.json", table_rows(wildcards.table)),
        paper=str(SHIPPED / "paper_results.yaml"),
        times=forward_times,
    output:
        csv="results/{run}/tables/{table}.csv",
        markdown="results/{run}/tables/{table}.md",
        latex="results/{run}/tables/{table}.tex",
    params:
        definition=lambda wildcards: table_definition(wildcards.table),
        seeds=CONFIG.seeds,
        times=lambda wildcards, input: ["--forward-times", input.times] if input.times else [],
        reasons=[part for reason in not_comparable() for part in ("--not-comparable", reason)],
        code=code_digest("compare_experiments"),
    log:
        "results/{run}/logs/compare_experiments/{table}.log",
    benchmark:
        "results/{run}/benchmarks/compare_experiments/{table}.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    shell:
        "python {SCRIPTS:q}/compare_experiments.py"
        " --table {wildcards.table}"
        " --definition {params.definition:q}"
        " --paper {input.paper:q}"
        " --results results/{wildcards.run}"
        " --seeds {params.seeds}"
        " {params.times:q}"
        " {params.reasons:q}"
        " --output-stem results/{wildcards.run}/tables/{wildcards.table}"
        " --code {params.code} > {log:q} 2>&1"


rule draw_figures:
    """Draw confusion matrices and training curves of all experiments."""
    input:
        predictions=result_files("predictions.parquet"),
        records=result_files("record.json"),
        history=result_files("history.csv", SETTINGS.trained),
    output:
        figure_files(),
    params:
        results=lambda wildcards, input: sorted({str(Path(path).parent.parent) for path in input.records}),
        seeds=CONFIG.seeds,
        code=code_digest("draw_figures"),
    log:
        f"results/{RUN}/logs/draw_figures.log",
    benchmark:
        f"results/{RUN}/benchmarks/draw_figures.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    shell:
        "python {SCRIPTS:q}/draw_figures.py"
        " --results {params.results:q}"
        " --seeds {params.seeds}"
        " --figures results/{RUN}/figures"
        " --code {params.code} > {log:q} 2>&1"
