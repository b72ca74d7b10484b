"""
Faces: the faces in each sample, found by several detectors that must agree.

REQUIRED INPUTS:
    results/{run}/download/{shard}.tsv
    results/{run}/resample/{shard}.tsv
OUTPUTS:
    results/{run}/faces/{faces}/{shard}.tsv    video_id, key, rows (inspected samples), with_face
    results/{run}/faces/{faces}/{shard}.png    a contact sheet
    results/store/faces/{key}.h5               undeclared: boxes with the detectors' votes
An entry of `faces` in the configuration is one way to find them.
"""


localrules:
    draw_faces,


rule detect_faces:
    """Find the faces in the videos of a shard for which the store lacks them."""
    input:
        downloads="results/{run}/download/{shard}.tsv",
        samples="results/{run}/resample/{shard}.tsv",
    output:
        manifest="results/{run}/faces/{faces}/{shard}.tsv",
    log:
        "results/{run}/logs/detect_faces/{faces}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/detect_faces/{faces}/{shard}.jsonl"
    priority: 10  # the longest chain of jobs starts here
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(480),
    params:
        faces=lambda wildcards: SETTINGS.faces[wildcards.faces].model_dump_json(),
        code=code_digest("signwild.stages.faces.detect_faces"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.faces.detect_faces"
        " --downloads {input.downloads:q}"
        " --resampled {input.samples:q}"
        " --parameters {params.faces:q}"
        " --store results/store"
        " --manifest {output.manifest:q}"
        " --threads {threads}"
        " --code {params.code}"


rule draw_faces:
    """Draw a shard's contact sheet: some samples of each video with their boxes."""
    input:
        faces="results/{run}/faces/{faces}/{shard}.tsv",
    output:
        sheet="results/{run}/faces/{faces}/{shard}.png",
    log:
        "results/{run}/logs/draw_faces/{faces}/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/draw_faces/{faces}/{shard}.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        detectors=lambda wildcards: SETTINGS.faces[wildcards.faces].detectors,
        code=code_digest("signwild.stages.faces.draw_faces"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.faces.draw_faces"
        " --faces-manifest {input.faces:q}"
        " --store results/store"
        " --face-detectors {params.detectors:q}"
        " --output {output.sheet:q}"
        " --code {params.code}"
