"""
Training: the recurrent network of each experiment and seed, every fold; and decision-based fusion.

REQUIRED INPUTS:
    results/{run}/segments/segments.parquet
    results/{run}/features/{stream}/{shard}.tsv of all shards
OUTPUTS:
    results/{run}/training/{experiment}/seed_{seed}/    predictions.parquet, history.csv, record.json
    results/{run}/fusion/{experiment}/seed_{seed}/      predictions.parquet, record.json
    results/store/training/{key}.h5                     undeclared: a fold's weights, history and probabilities
"""


rule train_experiment:
    """Train one experiment with one seed on every fold."""
    input:
        segments="results/{run}/segments/segments.parquet",
        features=lambda wildcards: of_shards(
            f"results/{{run}}/features/{SETTINGS.experiments[wildcards.experiment].stream}/{{shard}}.tsv"
        ),
    output:
        predictions="results/{run}/training/{experiment}/seed_{seed}/predictions.parquet",
        history="results/{run}/training/{experiment}/seed_{seed}/history.csv",
        record="results/{run}/training/{experiment}/seed_{seed}/record.json",
    wildcard_constraints:
        experiment="|".join(SETTINGS.trained) or "none",
    params:
        experiment=lambda wildcards: as_json(SETTINGS.experiments[wildcards.experiment]),
        length=CONFIG.segments.length,
        tags=run_tags(),
        code=code_digest("train_experiment"),
    log:
        "results/{run}/logs/train_experiment/{experiment}/seed_{seed}.log",
    benchmark:
        "results/{run}/benchmarks/train_experiment/{experiment}/seed_{seed}.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=720,
        gpu=GPUS,
    shell:
        "python {SCRIPTS:q}/train_experiment.py"
        " --run {wildcards.run}"
        " --name {wildcards.experiment}"
        " --seed {wildcards.seed}"
        " --parameters {params.experiment:q}"
        " --length {params.length}"
        " --segments {input.segments:q}"
        " --features {input.features:q}"
        " --store {STORE}"
        " --tags {params.tags:q}"
        " --output-dir results/{wildcards.run}/training/{wildcards.experiment}/seed_{wildcards.seed}"
        " --threads {threads}"
        " --code {params.code} > {log:q} 2>&1"


rule fuse_experiments:
    """Fuse the class probabilities of trained experiments."""
    input:
        predictions=lambda wildcards: [
            f"{result_folder(name)}/predictions.parquet" for name in SETTINGS.experiments[wildcards.experiment].fuse
        ],
        records=lambda wildcards: [
            f"{result_folder(name)}/record.json" for name in SETTINGS.experiments[wildcards.experiment].fuse
        ],
    output:
        predictions="results/{run}/fusion/{experiment}/seed_{seed}/predictions.parquet",
        record="results/{run}/fusion/{experiment}/seed_{seed}/record.json",
    wildcard_constraints:
        experiment="|".join(SETTINGS.fused) or "none",
    params:
        experiment=lambda wildcards: as_json(SETTINGS.experiments[wildcards.experiment]),
        members=lambda wildcards, input: [str(Path(path).parent) for path in input.predictions],
        tags=run_tags(),
        code=code_digest("fuse_experiments"),
    log:
        "results/{run}/logs/fuse_experiments/{experiment}/seed_{seed}.log",
    benchmark:
        "results/{run}/benchmarks/fuse_experiments/{experiment}/seed_{seed}.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    shell:
        "python {SCRIPTS:q}/fuse_experiments.py"
        " --run {wildcards.run}"
        " --name {wildcards.experiment}"
        " --seed {wildcards.seed}"
        " --parameters {params.experiment:q}"
        " --members {params.members:q}"
        " --tags {params.tags:q}"
        " --output-dir results/{wildcards.run}/fusion/{wildcards.experiment}/seed_{wildcards.seed}"
        " --code {params.code} > {log:q} 2>&1"
