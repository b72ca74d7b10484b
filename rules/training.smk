"""
Training: the recurrent network of each experiment, seed and fold; networks on all folds; decision-based fusion.

REQUIRED INPUTS:
    results/{run}/segments/segments.parquet, or by_video.parquet for experiments of protocol by_video
    results/{run}/features/{stream}.tsv or descriptors/{descriptor}.tsv
OUTPUTS:
    results/{run}/training/{experiment}/seed_{seed}/    predictions.parquet, history.csv, record.json
    results/{run}/training/{experiment}/final/          record.json, for detectors' members, as detection.networks sets
    results/{run}/fusion/{experiment}/seed_{seed}/      predictions.parquet, record.json
    results/{run}/training/waiting.json                 undeclared: written when the run starts; see plan.training
    results/store/training/{key}.h5                     undeclared: a fold's weights, history and probabilities
    results/store/progress/{key}.h5                     undeclared: an interrupted fold, after its last epoch
"""


localrules:
    fuse_experiments,


rule train_experiment:
    """Train one experiment with one seed on every fold."""
    input:
        segments=lambda wildcards: training_planning.segments_file(PLAN, wildcards.experiment),
        features=feature_manifest,
        start=lambda wildcards: training_planning.start_files(PLAN, wildcards.experiment),
    output:
        predictions="results/{run}/training/{experiment}/seed_{seed}/predictions.parquet",
        history="results/{run}/training/{experiment}/seed_{seed}/history.csv",
        record="results/{run}/training/{experiment}/seed_{seed}/record.json",
    log:
        "results/{run}/logs/train_experiment/{experiment}/seed_{seed}.log",
    benchmark:
        "results/{run}/benchmarks/train_experiment/{experiment}/seed_{seed}.jsonl"
    wildcard_constraints:
        experiment=one_of(SETTINGS.trained),
    conda:
        NETWORK_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(720),
        gpu=GPUS,
        keep_every=CONFIG.hardware.keep_training_s,  # as resources these three rerun nothing
        fits=CONFIG.hardware.fits_per_job,
        side_by_side=CONFIG.hardware.fits_side_by_side,
    params:
        experiment=lambda wildcards: SETTINGS.experiments[wildcards.experiment].model_dump_json(),
        length=CONFIG.segments.length,
        tags=PLAN.tags(),
        weights=lambda wildcards: training_planning.start_option(PLAN, wildcards.experiment),
        code=code_digest("signwild.stages.training.train_experiment"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.training.train_experiment"
        " --run {wildcards.run} --name {wildcards.experiment} --seed {wildcards.seed}"
        " --experiment {params.experiment:q}"
        " --length {params.length}"
        " --segments-file {input.segments:q}"
        " --features {input.features:q}"
        " --store results/store"
        " --tags {params.tags:q}"
        " --output-dir results/{wildcards.run}/training/{wildcards.experiment}/seed_{wildcards.seed}"
        " --waiting results/{wildcards.run}/training/waiting.json"
        " --keep-every {resources.keep_every} --fits {resources.fits} --side-by-side {resources.side_by_side}"
        " {params.weights}"
        " --threads {threads}"
        " --code {params.code}"


rule train_final:
    """Train the network of one experiment on all folds, for the run's detectors."""
    input:
        segments="results/{run}/segments/segments.parquet",
        features=feature_manifest,
        start=lambda wildcards: training_planning.start_files(PLAN, wildcards.experiment),
    output:
        record="results/{run}/training/{experiment}/final/record.json",
    log:
        "results/{run}/logs/train_final/{experiment}.log",
    benchmark:
        "results/{run}/benchmarks/train_final/{experiment}.jsonl"
    wildcard_constraints:
        experiment=one_of(DETECTING),
    conda:
        NETWORK_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
        gpu=GPUS,
        keep_every=CONFIG.hardware.keep_training_s,  # as resources these three rerun nothing
        fits=CONFIG.hardware.fits_per_job,
        side_by_side=CONFIG.hardware.fits_side_by_side,
    params:
        experiment=lambda wildcards: SETTINGS.experiments[wildcards.experiment].model_dump_json(),
        seed=PLAN.seeds[0],
        length=CONFIG.segments.length,
        tags=PLAN.tags(),
        weights=lambda wildcards: training_planning.start_option(PLAN, wildcards.experiment),
        code=code_digest("signwild.stages.training.train_final"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.training.train_final"
        " --run {wildcards.run} --name {wildcards.experiment} --seed {params.seed}"
        " --experiment {params.experiment:q}"
        " --length {params.length}"
        " --segments-file {input.segments:q}"
        " --features {input.features:q}"
        " --store results/store"
        " --tags {params.tags:q}"
        " --output-dir results/{wildcards.run}/training/{wildcards.experiment}/final"
        " --waiting results/{wildcards.run}/training/waiting.json"
        " --keep-every {resources.keep_every} --fits {resources.fits} --side-by-side {resources.side_by_side}"
        " {params.weights}"
        " --threads {threads}"
        " --code {params.code}"


rule fuse_experiments:
    """Fuse the class probabilities of trained experiments."""
    input:
        predictions=member_files("predictions.parquet"),
        records=member_files("record.json"),
    output:
        predictions="results/{run}/fusion/{experiment}/seed_{seed}/predictions.parquet",
        record="results/{run}/fusion/{experiment}/seed_{seed}/record.json",
    log:
        "results/{run}/logs/fuse_experiments/{experiment}/seed_{seed}.log",
    benchmark:
        "results/{run}/benchmarks/fuse_experiments/{experiment}/seed_{seed}.jsonl"
    wildcard_constraints:
        experiment=one_of(SETTINGS.fused),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        experiment=lambda wildcards: SETTINGS.experiments[wildcards.experiment].model_dump_json(),
        members=lambda wildcards, input: [str(Path(path).parent) for path in input.predictions],
        tags=PLAN.tags(),
        code=code_digest("signwild.stages.training.fuse_experiments"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.training.fuse_experiments"
        " --run {wildcards.run} --name {wildcards.experiment} --seed {wildcards.seed}"
        " --experiment {params.experiment:q}"
        " --result-folders {params.members:q}"
        " --tags {params.tags:q}"
        " --output-dir results/{wildcards.run}/fusion/{wildcards.experiment}/seed_{wildcards.seed}"
        " --code {params.code}"
