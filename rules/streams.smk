"""
Streams: what the network sees of motion at each sample, from the grey clips.

REQUIRED INPUTS:
    results/{run}/resample/{shard}.tsv
    results/{run}/resample/{shard}.clips.h5
OUTPUTS:
    results/{run}/streams/{stream}/{shard}.h5    images of the samples, or flow fields (temporary)
One rule per kind of stream; a stream is an entry of the configuration.
"""


rule compute_flow:
    """Compute the Farneback fields of a shard, each once, coded as colour images."""
    input:
        samples="results/{run}/resample/{shard}.tsv",
        clips="results/{run}/resample/{shard}.clips.h5",
        labels="results/{run}/dataset/{shard}.labels.tsv",
        weights="results/{run}/weights.json",
    output:
        stream=temporary("results/{run}/streams/{stream}/{shard}.h5"),
    log:
        "results/{run}/logs/compute_flow/{stream}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/compute_flow/{stream}/{shard}.jsonl"
    wildcard_constraints:
        stream=one_of(PLAN.streams_of_kind("flow")),
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=720,
    params:
        stream=lambda wildcards: SETTINGS.streams[wildcards.stream].model_dump_json(),
        requests=lambda wildcards: requests_option([wildcards.stream]),
        code=code_digest("compute_flow"),
    shell:
        "python -m compute_flow"
        " --samples {input.samples:q}"
        " --clips {input.clips:q}"
        " --parameters {params.stream:q}"
        " --output {output.stream:q}"
        " --store results/store"
        " --labels {input.labels:q}"
        " --weights {input.weights:q}"
        " {params.requests}"
        " --code {params.code} > {log:q} 2>&1"


rule compute_mhi:
    """Compute the motion history images of a shard."""
    input:
        samples="results/{run}/resample/{shard}.tsv",
        clips="results/{run}/resample/{shard}.clips.h5",
        labels="results/{run}/dataset/{shard}.labels.tsv",
        weights="results/{run}/weights.json",
    output:
        stream=temporary("results/{run}/streams/{stream}/{shard}.h5"),
    log:
        "results/{run}/logs/compute_mhi/{stream}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/compute_mhi/{stream}/{shard}.jsonl"
    wildcard_constraints:
        stream=one_of(PLAN.streams_of_kind("mhi")),
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        stream=lambda wildcards: SETTINGS.streams[wildcards.stream].model_dump_json(),
        requests=lambda wildcards: requests_option([wildcards.stream]),
        code=code_digest("compute_mhi"),
    shell:
        "python -m compute_mhi"
        " --samples {input.samples:q}"
        " --clips {input.clips:q}"
        " --parameters {params.stream:q}"
        " --output {output.stream:q}"
        " --store results/store"
        " --labels {input.labels:q}"
        " --weights {input.weights:q}"
        " {params.requests}"
        " --code {params.code} > {log:q} 2>&1"


rule compute_difference:
    """Compute the frame differences of a shard."""
    input:
        samples="results/{run}/resample/{shard}.tsv",
        clips="results/{run}/resample/{shard}.clips.h5",
        labels="results/{run}/dataset/{shard}.labels.tsv",
        weights="results/{run}/weights.json",
    output:
        stream=temporary("results/{run}/streams/{stream}/{shard}.h5"),
    log:
        "results/{run}/logs/compute_difference/{stream}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/compute_difference/{stream}/{shard}.jsonl"
    wildcard_constraints:
        stream=one_of(PLAN.streams_of_kind("difference")),
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        stream=lambda wildcards: SETTINGS.streams[wildcards.stream].model_dump_json(),
        requests=lambda wildcards: requests_option([wildcards.stream]),
        code=code_digest("compute_difference"),
    shell:
        "python -m compute_difference"
        " --samples {input.samples:q}"
        " --clips {input.clips:q}"
        " --parameters {params.stream:q}"
        " --output {output.stream:q}"
        " --store results/store"
        " --labels {input.labels:q}"
        " --weights {input.weights:q}"
        " {params.requests}"
        " --code {params.code} > {log:q} 2>&1"
