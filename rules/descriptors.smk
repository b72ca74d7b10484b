"""
Descriptors: hand-crafted features of each sample, from the source videos and their faces.

REQUIRED INPUTS:
    results/{run}/download/{shard}.tsv
    results/{run}/resample/{shard}.tsv
    results/{run}/faces/{faces}/{shard}.tsv of the faces that the descriptor names
OUTPUTS:
    results/{run}/descriptors/{descriptor}/{shard}.tsv    video_id, layer (the word descriptor), key, rows
    results/{run}/descriptors/{descriptor}.tsv            the same of all shards
    results/store/features/{key}.h5                       undeclared: features (samples, d) float32, frame, faces
A descriptor is an entry of the configuration; its kind is profiles or visual_features.
"""


localrules:
    gather_descriptors,


rule compute_descriptor:
    """Compute one descriptor for the videos of a shard that the store does not hold."""
    input:
        downloads="results/{run}/download/{shard}.tsv",
        samples="results/{run}/resample/{shard}.tsv",
        faces=lambda wildcards: f"results/{{run}}/faces/{SETTINGS.descriptors[wildcards.descriptor].faces}/{{shard}}.tsv",
    output:
        manifest="results/{run}/descriptors/{descriptor}/{shard}.tsv",
    log:
        "results/{run}/logs/compute_descriptor/{descriptor}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/compute_descriptor/{descriptor}/{shard}.jsonl"
    priority: 5
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        descriptor=lambda wildcards: SETTINGS.descriptors[wildcards.descriptor].model_dump_json(),
        length=CONFIG.segments.length,
        max_motion_rate=CONFIG.resample.max_motion_rate,
        max_seconds=CONFIG.resample.max_seconds,
        code=code_digest("compute_descriptor"),
    shell:
        "python -m compute_descriptor"
        " --downloads {input.downloads:q}"
        " --samples {input.samples:q}"
        " --faces {input.faces:q}"
        " --parameters {params.descriptor:q}"
        " --length {params.length}"
        " --max-motion-rate {params.max_motion_rate}"
        " --max-seconds {params.max_seconds}"
        " --store results/store"
        " --manifest {output.manifest:q}"
        " --threads {threads}"
        " --code {params.code} > {log:q} 2>&1"


use rule gather_features as gather_descriptors with:
    input:
        manifests=of_shards("results/{run}/descriptors/{descriptor}/{shard}.tsv"),
    output:
        table="results/{run}/descriptors/{descriptor}.tsv",
    log:
        "results/{run}/logs/gather_descriptors/{descriptor}.log",
    benchmark:
        "results/{run}/benchmarks/gather_descriptors/{descriptor}.jsonl"
