"""
Dataset: the videos and labels of a run, one small table per shard.

REQUIRED INPUTS:
    a folder of videos, and labels in one file or in ELAN files (demo: rendered; authors' list and labels: fetched)
    results/{run}/dataset/excluded.tsv
    {start_from}/SHA256SUMS and detector.json, of detectors that trainings start from
OUTPUTS:
    results/{run}/dataset/{shard}.tsv            video_id, file, person, source, sha256, bytes, label_step, last_label
    results/{run}/dataset/{shard}.labels.tsv     video_id, unit, start, end, label
    results/{run}/dataset/left_out.tsv           video_id, status, reason
    results/{run}/dataset/malformed_labels.tsv   line, fault
    results/{run}/dataset/source.tsv             the authors' files, and their git blob hashes
"""

IS_DEMO = CONFIG.dataset.kind == "demo"
VIDEOS_DIR = videos_folder(CONFIG)


localrules:
    dataset,
    fetch_source,


rule render_demo:
    """Render the demo data set: real video files with exact labels. The files stay when the labels are made again."""
    output:
        labels="results/{run}/rendered/groundtruth.txt",
        videos="results/{run}/rendered/videos.tsv",
    log:
        "results/{run}/logs/render_demo.log",
    benchmark:
        "results/{run}/benchmarks/render_demo.jsonl"
    conda:
        ENVIRONMENT
    threads: 2
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        videos_per_class=lambda _: CONFIG.dataset.videos_per_class,
        seconds=lambda _: CONFIG.dataset.seconds,
        seed=lambda _: CONFIG.dataset.seed,
        code=code_digest("signwild.stages.dataset.render_demo"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.dataset.render_demo"
        " --folder results/{wildcards.run}/rendered"
        " --videos-per-class {params.videos_per_class}"
        " --seconds {params.seconds}"
        " --seed {params.seed}"
        " --workers {threads}"
        " --code {params.code}"


rule fetch_source:
    """Fetch the authors' list and labels, and verify each; files that are already there are not fetched."""
    output:
        receipt="results/{run}/dataset/source.tsv",
    log:
        "results/{run}/logs/fetch_source.log",
    benchmark:
        "results/{run}/benchmarks/fetch_source.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=500,
        runtime=30,
    params:
        folder=lambda _: CONFIG.dataset.folder,
        source=lambda _: CONFIG.dataset.source.model_dump_json(),
        code=code_digest("signwild.stages.dataset.fetch_source"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.dataset.fetch_source"
        " --folder {params.folder:q}"
        " --parameters {params.source:q}"
        " --receipt {output.receipt:q}"
        " --code {params.code}"


rule prepare_dataset:
    """List the videos with their sha256, and their labels as spans. Runs again when the folder's listing changes."""
    input:
        labels=label_inputs(CONFIG),
        starts=training_planning.all_starts(PLAN),
        published=(CONFIG.dataset.manifest or []) if downloads_folder(CONFIG) else [],
        excluded=f"results/{PLAN.run}/dataset/excluded.tsv",
    output:
        # Without a wildcard: with one, Snakemake would go through all of these for every file that it looks for.
        videos=expand(f"results/{PLAN.run}/dataset/{{shard}}.tsv", shard=SHARDS),
        labels=expand(f"results/{PLAN.run}/dataset/{{shard}}.labels.tsv", shard=SHARDS),
        left_out=f"results/{PLAN.run}/dataset/left_out.tsv",
        faults=f"results/{PLAN.run}/dataset/malformed_labels.tsv",
    log:
        f"results/{PLAN.run}/logs/prepare_dataset.log",
    benchmark:
        f"results/{PLAN.run}/benchmarks/prepare_dataset.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(120),
    params:
        folder=lambda wildcards, output: str(Path(output.left_out).parent),
        labels=lambda _: listing_options(CONFIG),
        # A function, as a path may contain braces, in which Snakemake reads names.
        videos_dir=lambda _: ["--videos-dir", VIDEOS_DIR] if VIDEOS_DIR else [],
        listing=listing_fingerprint(Path(VIDEOS_DIR)) if VIDEOS_DIR and not IS_DEMO else "",
        shards=CONFIG.shards,
        folds=CONFIG.segments.folds,
        group_by=CONFIG.segments.group_by,
        starts=lambda wildcards, input: [str(Path(path).parent) for path in input.starts],
        code=code_digest("signwild.stages.dataset.prepare_dataset"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.dataset.prepare_dataset"
        " {params.videos_dir:q}"
        " {params.labels:q}"
        " --excluded {input.excluded:q}"
        " --shards {params.shards}"
        " --folds {params.folds}"
        " --group-by {params.group_by}"
        " --starts {params.starts:q}"
        " --hash-cache results/store/source_hashes.tsv"
        " --end-cache results/store/video_ends.tsv"
        " --output-dir {params.folder:q}"
        " --code {params.code}"


# New manifests are made during the run, and processed as they appear.
HAD_BEFORE = [
    path for path in expand(f"results/{PLAN.run}/download/{{shard}}.tsv", shard=SHARDS) if Path(path).exists()
]


rule dataset:
    """Update everything that comes from outside, first, because later stages compare it by content."""
    input:
        rules.prepare_dataset.output,
        PLAN.receipts,
        HAD_BEFORE if downloads_folder(CONFIG) else [],
