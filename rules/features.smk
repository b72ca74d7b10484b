"""
Features: the outputs of VGG-16 for each sample, in one pass for all layers that the experiments read.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv
    the stream's images (results/{run}/resample/{shard}.images.h5 or results/{run}/streams/{stream}/{shard}.h5)
OUTPUTS:
    results/{run}/features/{stream}/{shard}.tsv    video_id, layer, key, rows
    results/{run}/features/{stream}.tsv            the same for all shards
    results/store/features/{key}.h5                features (samples, d) float16, frame
"""


localrules:
    gather_features,


rule extract_features:
    """Extract the features of a stream of a shard that the store lacks."""
    input:
        samples="results/{run}/resample/{shard}.tsv",
        labels="results/{run}/alignment/{shard}.labels.tsv",
        stream=stream_file,
        weights=PLAN.receipts,
    output:
        manifest="results/{run}/features/{stream}/{shard}.tsv",
    log:
        "results/{run}/logs/extract_features/{stream}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/extract_features/{stream}/{shard}.jsonl"
    priority: 10  # frees the temporary files
    conda:
        NETWORK_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(6000),
        runtime=growing(480),
        gpu=GPUS,
        batch_size=CONFIG.hardware.feature_batch_size,  # as a resource it reruns nothing
    params:
        request=lambda wildcards: PLAN.request(wildcards.stream).model_dump_json(),
        code=code_digest("signwild.stages.features.extract_features"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.features.extract_features"
        " --resampled {input.samples:q}"
        " --labels {input.labels:q}"
        " --stream-file {input.stream:q}"
        " --request {params.request:q}"
        " --prepared-weights {input.weights:q}"
        " --store results/store"
        " --manifest {output.manifest:q}"
        " --batch-size {resources.batch_size}"
        " --threads {threads}"
        " --code {params.code}"


rule gather_features:
    """Merge the shards' manifests of a stream."""
    input:
        manifests=of_shards("results/{run}/features/{stream}/{shard}.tsv"),
    output:
        table="results/{run}/features/{stream}.tsv",
    log:
        "results/{run}/logs/gather_features/{stream}.log",
    benchmark:
        "results/{run}/benchmarks/gather_features/{stream}.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        manifests=in_a_word("manifests"),
        code=code_digest("signwild.stages.features.gather_features"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.features.gather_features"
        " --manifests {params.manifests:q}"
        " --output {output.table:q}"
        " --code {params.code}"
