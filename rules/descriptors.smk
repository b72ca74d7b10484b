"""
Descriptors: features of each sample from the source videos, or the small frames from which features are learned.

REQUIRED INPUTS:
    results/{run}/download/{shard}.tsv
    results/{run}/resample/{shard}.tsv
    results/{run}/faces/{faces}/{shard}.tsv of the faces that the descriptor names, if any
    results/{run}/pose.tsv, for a descriptor of kind pose
OUTPUTS:
    results/{run}/descriptors/{descriptor}/{shard}.tsv    video_id, layer (the word descriptor), key, rows
    results/{run}/descriptors/{descriptor}.tsv            the same for all shards
    results/{run}/descriptors/{descriptor}/{shard}.png    for kind pose: a contact sheet
    results/{run}/pose.tsv                                file, sha256 of the networks of body and hands
    data/weights/pose/                                    undeclared: these networks
    results/store/features/{key}.h5                       undeclared: features (samples, d) float32, frame, and faces or
                                                          people; for kind pose also points, sure, seen, thumbnails
A descriptor is an entry of the configuration; its kind is profiles, visual_features, pose or learned_patches (small
grey frames, features (samples, frames, h, w) uint8, from which classification learns).
"""


localrules:
    gather_descriptors,
    prepare_pose,
    draw_poses,


rule prepare_pose:
    """Fetch the networks of body and hands, once."""
    output:
        receipt="results/{run}/pose.tsv",
    log:
        "results/{run}/logs/prepare_pose.log",
    benchmark:
        "results/{run}/benchmarks/prepare_pose.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=code_digest("signwild.stages.descriptors.prepare_pose"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.descriptors.prepare_pose"
        " --receipt {output.receipt:q}"
        " --code {params.code}"


rule compute_descriptor:
    """Compute one descriptor for the videos of a shard for which the store lacks it."""
    input:
        downloads="results/{run}/download/{shard}.tsv",
        samples="results/{run}/resample/{shard}.tsv",
        faces=lambda wildcards: [
            f"results/{{run}}/faces/{faces}/{{shard}}.tsv"
            for faces in [SETTINGS.descriptors[wildcards.descriptor].faces]
            if faces
        ],
        networks=lambda wildcards: "results/{run}/pose.tsv" if wildcards.descriptor in PLAN.poses else [],
    output:
        manifest="results/{run}/descriptors/{descriptor}/{shard}.tsv",
    log:
        "results/{run}/logs/compute_descriptor/{descriptor}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/compute_descriptor/{descriptor}/{shard}.jsonl"
    priority: 5
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        descriptor=lambda wildcards: SETTINGS.descriptors[wildcards.descriptor].model_dump_json(),
        faces=lambda wildcards, input: f"--faces-manifest {shlex.quote(str(input.faces))}" if input.faces else "",
        length=CONFIG.segments.length,
        max_motion_rate=CONFIG.resample.max_motion_rate,
        code=code_digest("signwild.stages.descriptors.compute_descriptor"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.descriptors.compute_descriptor"
        " --downloads {input.downloads:q}"
        " --resampled {input.samples:q}"
        " {params.faces}"
        " --parameters {params.descriptor:q}"
        " --length {params.length}"
        " --max-motion-rate {params.max_motion_rate}"
        " --store results/store"
        " --manifest {output.manifest:q}"
        " --threads {threads}"
        " --code {params.code}"


use rule gather_features as gather_descriptors with:
    input:
        manifests=of_shards("results/{run}/descriptors/{descriptor}/{shard}.tsv"),
    output:
        table="results/{run}/descriptors/{descriptor}.tsv",
    log:
        "results/{run}/logs/gather_descriptors/{descriptor}.log",
    benchmark:
        "results/{run}/benchmarks/gather_descriptors/{descriptor}.jsonl"


rule draw_poses:
    """Draw a shard's contact sheet: the people in some samples of each video, as skeletons."""
    input:
        descriptor="results/{run}/descriptors/{descriptor}/{shard}.tsv",
    output:
        sheet="results/{run}/descriptors/{descriptor}/{shard}.png",
    log:
        "results/{run}/logs/draw_poses/{descriptor}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/draw_poses/{descriptor}/{shard}.jsonl"
    wildcard_constraints:
        descriptor=one_of(PLAN.poses),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_digest("signwild.stages.descriptors.pose.draw_poses"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.descriptors.pose.draw_poses"
        " --descriptor {input.descriptor:q}"
        " --store results/store"
        " --output {output.sheet:q}"
        " --code {params.code}"
