"""
Report: one page to read, a model card and a data card.

REQUIRED INPUTS:
    tables and pictures of the run, its predictions and records
    results/{run}/resample/{shard}.tsv and dataset/{shard}.labels.tsv of all shards, results/{run}/segments/
    results/{run}/benchmarks/ and results/{run}/run_config.yaml (undeclared)
OUTPUTS:
    results/{run}/report/index.html       the page, with all pictures in it
    results/{run}/report/model_card.md, data_card.md
"""


localrules:
    write_report,


rule write_report:
    """Write the report of a finished run."""
    input:
        tables=expand(f"results/{PLAN.run}/tables/{{table}}.{{form}}", table=SETTINGS.tables, form=["csv", "json"]),
        claims=PLAN.claim_files(),
        signers=signer_planning.signer_tables(PLAN),
        curve=curve_planning.curve_tables(PLAN),
        detection=detection_planning.detection_results(PLAN),
        dataset=f"results/{PLAN.run}/tables/dataset.csv",
        attrition=f"results/{PLAN.run}/tables/attrition.csv",
        pictures=picture_files(PLAN),
        records=PLAN.result_files("record.json", PLAN.computed()),
        predictions=PLAN.result_files("predictions.parquet", PLAN.computed()),
        samples=expand(f"results/{PLAN.run}/resample/{{shard}}.tsv", shard=SHARDS),
        labels=expand(f"results/{PLAN.run}/dataset/{{shard}}.labels.tsv", shard=SHARDS),
        segments=f"results/{PLAN.run}/segments/segments.parquet",
        folds=f"results/{PLAN.run}/segments/folds.tsv",
        balance=f"results/{PLAN.run}/segments/balance.tsv",
    output:
        page=report(f"results/{PLAN.run}/report/index.html", category="Report"),
        cards=[f"results/{PLAN.run}/report/model_card.md", f"results/{PLAN.run}/report/data_card.md"],
    log:
        f"results/{PLAN.run}/logs/write_report.log",
    benchmark:
        f"results/{PLAN.run}/benchmarks/write_report.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        definition=report_definition(PLAN, SHARDS).model_dump_json(),
        results=lambda wildcards, output: str(Path(output.page).parents[1]),
        configfile=lambda _: [part for path in workflow.configfiles[-1:] for part in ("--configfile", from_here(path))],
        templates=templates_digest(),
        code=code_digest("signwild.stages.report.write_report"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.report.write_report"
        " --definition {params.definition:q}"
        " --run-folder {params.results:q}"
        " {params.configfile:q}"
        " --output-dir {params.results:q}/report"
        " --code {params.code}"
