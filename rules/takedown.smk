"""
Takedown: removal of videos that must not be used, and of everything made from them.

REQUIRED INPUTS:
    config/excluded_videos.txt, or the file that `excluded_videos` names
OUTPUTS:
    results/{run}/dataset/excluded.tsv    the excluded videos
    their files and rows are removed from results/store, {dataset.folder} and the frozen folds of all runs
"""


localrules:
    exclude_videos,


rule exclude_videos:
    """Remove the stored data of excluded videos, and list these; only what the workflow made or fetched is removed."""
    input:
        excluded=from_here(excluded_file(CONFIG)),
    output:
        receipt="results/{run}/dataset/excluded.tsv",
    log:
        "results/{run}/logs/exclude_videos.log",
    benchmark:
        "results/{run}/benchmarks/exclude_videos.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
    params:
        downloads=["--folder", str(downloads_folder(CONFIG))] if downloads_folder(CONFIG) else [],
        code=code_digest("signwild.stages.takedown.exclude_videos"),
    # The user should see what was removed, and ids of which nothing was found.
    shell:
        "shown {log:q} {resources.attempt} python -m signwild.stages.takedown.exclude_videos"
        " --excluded {input.excluded:q}"
        " --results results"
        " {params.downloads:q}"
        " --receipt {output.receipt:q}"
        " --code {params.code}"
