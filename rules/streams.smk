"""
Streams: the motion at each sample, as input of the network, computed from the grey clips.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv
    results/{run}/resample/{shard}.clips.h5
OUTPUTS:
    results/{run}/streams/{stream}/{shard}.h5    images of the samples, or flow fields (temporary)
A stream is an entry of the configuration; its kind is flow, mhi or difference.
"""


rule compute_stream:
    """Compute one motion stream for the videos of a shard whose features of that stream are missing."""
    input:
        samples="results/{run}/resample/{shard}.tsv",
        clips="results/{run}/resample/{shard}.clips.h5",
        labels="results/{run}/alignment/{shard}.labels.tsv",
        weights=PLAN.receipts,
    output:
        stream=temporary("results/{run}/streams/{stream}/{shard}.h5"),
    log:
        "results/{run}/logs/compute_stream/{stream}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/compute_stream/{stream}/{shard}.jsonl"
    wildcard_constraints:
        stream=one_of(PLAN.motion_streams),
    priority: 5  # started shards are finished before others begin
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(180),
        scratch="",  # a cluster's profile sets it; as a resource it reruns nothing
    params:
        stream=lambda wildcards: SETTINGS.streams[wildcards.stream].model_dump_json(),
        requests=lambda wildcards: requests_option([wildcards.stream]),
        code=code_digest("signwild.stages.streams.compute_stream"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.streams.compute_stream"
        " --resampled {input.samples:q}"
        " --clips {input.clips:q}"
        " --parameters {params.stream:q}"
        " --output {output.stream:q}"
        " --store results/store"
        " --labels {input.labels:q}"
        " --prepared-weights {input.weights:q}"
        " {params.requests}"
        " --scratch={resources.scratch:q}"
        " --code {params.code}"
