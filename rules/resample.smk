"""
Resample: one decode per video, to 5 Hz samples and the grey clip at the native rate.

REQUIRED INPUTS:
    results/{run}/alignment/{shard}.tsv
OUTPUTS:
    results/{run}/resample/{shard}.tsv          video_id, status, reason, key, sha256, rows, notes
    results/{run}/resample/{shard}.images.h5    RGB images of the samples (temporary)
    results/{run}/resample/{shard}.clips.h5     grey clips (temporary)
    results/store/resample/{key}.h5             frame, time_s and stretch of each sample
The temporary files contain the videos whose features the store lacks.
"""


rule resample_videos:
    """Decode the videos of a shard; one that cannot be decoded gets a row with the reason."""
    input:
        downloads="results/{run}/alignment/{shard}.tsv",
        labels="results/{run}/alignment/{shard}.labels.tsv",
        weights=PLAN.receipts,
    output:
        manifest="results/{run}/resample/{shard}.tsv",
        images=temporary("results/{run}/resample/{shard}.images.h5"),
        clips=temporary("results/{run}/resample/{shard}.clips.h5"),
    log:
        "results/{run}/logs/resample_videos/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/resample_videos/{shard}.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
        scratch="",  # a cluster's profile sets it; as a resource it reruns nothing
    params:
        resample=CONFIG.resample.model_dump_json(),
        requests=requests_option(SETTINGS.streams),
        code=code_digest("signwild.stages.resample.resample_videos"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.resample.resample_videos"
        " --downloads {input.downloads:q}"
        " --parameters {params.resample:q}"
        " --manifest {output.manifest:q}"
        " --images {output.images:q}"
        " --clips {output.clips:q}"
        " --store results/store"
        " --labels {input.labels:q}"
        " --prepared-weights {input.weights:q}"
        " {params.requests}"
        " --scratch={resources.scratch:q}"
        " --threads {threads}"
        " --code {params.code}"
