"""
Classification: a classifier without recurrence, on one vector per segment or video, for every fold.

Where a descriptor has an encoder, each fold first learns it, from the frames of its training segments. A published
detector is asked as it is.

REQUIRED INPUTS:
    results/{run}/segments/segments.parquet, or by_video.parquet for experiments of protocol by_video
    results/{run}/features/{stream}.tsv or descriptors/{descriptor}.tsv
    the file of a published detector, where an experiment names one
OUTPUTS:
    results/{run}/classification/{experiment}/seed_{seed}/    predictions.parquet, record.json
    results/store/classification/{key}.h5                     undeclared: a fold's probabilities
"""


rule classify_segments:
    """Tune and fit a classifier on every fold, and predict with it."""
    input:
        segments=lambda wildcards: training_planning.segments_file(PLAN, wildcards.experiment),
        features=feature_manifest,
        published=lambda wildcards: training_planning.published_file(PLAN, wildcards.experiment),
    output:
        predictions="results/{run}/classification/{experiment}/seed_{seed}/predictions.parquet",
        record="results/{run}/classification/{experiment}/seed_{seed}/record.json",
    log:
        "results/{run}/logs/classify_segments/{experiment}/seed_{seed}.log",
    benchmark:
        "results/{run}/benchmarks/classify_segments/{experiment}/seed_{seed}.jsonl"
    wildcard_constraints:
        experiment=one_of(SETTINGS.classified),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
    params:
        experiment=lambda wildcards: SETTINGS.experiments[wildcards.experiment].model_dump_json(),
        pooling=lambda wildcards: PLAN.pooling(wildcards.experiment),
        encoder=lambda wildcards: training_planning.encoder_option(PLAN, wildcards.experiment),
        length=CONFIG.segments.length,
        tags=PLAN.tags(),
        code=code_digest("signwild.stages.classification.classify_segments"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.classification.classify_segments"
        " --run {wildcards.run}"
        " --name {wildcards.experiment}"
        " --seed {wildcards.seed}"
        " --experiment {params.experiment:q}"
        " --pooling {params.pooling}"
        " {params.encoder}"
        " --length {params.length}"
        " --segments-file {input.segments:q}"
        " --features {input.features:q}"
        " --store results/store"
        " --tags {params.tags:q}"
        " --output-dir results/{wildcards.run}/classification/{wildcards.experiment}/seed_{wildcards.seed}"
        " --code {params.code}"
