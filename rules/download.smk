"""
Download: every video gets a file, or a status with its reason.

REQUIRED INPUTS:
    results/{run}/dataset/{shard}.tsv
OUTPUTS:
    results/{run}/download/{shard}.tsv     video_id, status, reason, file, sha256, bytes
    results/{run}/dataset/manifest.tsv     video_id, sha256, bytes of the available videos
    {dataset.folder}/videos, status        undeclared: downloads, kept for all runs
Only one job downloads at a time, wherever it runs: profiles have 1 of the resource `youtube`, and there is a lock too.
"""


localrules:
    download_videos,
    downloads,
    list_videos,


rule download_videos:
    """Find the files of a shard's videos, or fetch them; a video without one gets a row with the reason."""
    input:
        dataset="results/{run}/dataset/{shard}.tsv",
    output:
        manifest="results/{run}/download/{shard}.tsv",
    log:
        "results/{run}/logs/download_videos/{shard}.log",
    benchmark:
        "results/{run}/benchmarks/download_videos/{shard}.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=720,
        youtube=1 if downloads_folder(CONFIG) else 0,
        # Not a parameter: a longer pause reruns nothing.
        how=youtube_options(CONFIG),
    params:
        downloads=lambda _: download_options(CONFIG),
        code=code_digest("signwild.stages.download.download_videos"),
    # Progress is shown immediately: a download takes hours.
    shell:
        "shown {log:q} {resources.attempt} python -m signwild.stages.download.download_videos"
        " --dataset {input.dataset:q}"
        " --manifest {output.manifest:q}"
        " {params.downloads:q} {resources.how}"
        " --code {params.code}"


rule downloads:
    """Make the download manifests of all shards."""
    input:
        [path.format(run=PLAN.run) for path in of_shards("results/{run}/download/{shard}.tsv")],


rule list_videos:
    """List the available videos with their sha256, so another lab can obtain the same videos."""
    input:
        downloads=of_shards("results/{run}/download/{shard}.tsv"),
        published=(CONFIG.dataset.manifest or []) if downloads_folder(CONFIG) else [],
    output:
        manifest="results/{run}/dataset/manifest.tsv",
    log:
        "results/{run}/logs/list_videos.log",
    benchmark:
        "results/{run}/benchmarks/list_videos.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        downloads=in_a_word("downloads"),
        published=lambda _, input: ["--published", input.published] if input.published else [],
        code=code_digest("signwild.stages.download.list_videos"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.download.list_videos"
        " --results results"
        " --downloads {params.downloads:q}"
        " {params.published:q}"
        " --manifest {output.manifest:q}"
        " --code {params.code}"
