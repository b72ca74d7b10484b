"""
Download: every video gets a file, or a status with its reason.

REQUIRED INPUTS:
    results/{run}/dataset/{shard}.tsv
OUTPUTS:
    results/{run}/download/{shard}.tsv    video_id, status, reason, file, sha256, bytes
"""


rule download_videos:
    """Find the files of a shard's videos; a missing or empty one is a row with its reason."""
    input:
        dataset="results/{run}/dataset/{shard}.tsv",
    output:
        manifest="results/{run}/download/{shard}.tsv",
    log:
        "results/{run}/logs/download_videos/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/download_videos/{shard}.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        code=code_digest("download_videos"),
    shell:
        "python -m download_videos"
        " --dataset {input.dataset:q}"
        " --manifest {output.manifest:q}"
        " --code {params.code} > {log:q} 2>&1"
