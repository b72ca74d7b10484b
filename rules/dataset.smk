"""
Dataset: the videos and labels of a run, one small table per shard.

REQUIRED INPUTS:
    a folder of videos and a file of labels; the demo renders its own
OUTPUTS:
    results/{run}/dataset/{shard}.tsv           video_id, file, group, sha256, bytes
    results/{run}/dataset/{shard}.labels.tsv    video_id, unit, start, end, label
    results/{run}/weights.json                  which weights VGG-16 has, and where they are
"""

IS_DEMO = CONFIG.dataset.kind == "demo"
RENDERED = f"results/{PLAN.run}/rendered"
VIDEOS_DIR = f"{RENDERED}/videos" if IS_DEMO else CONFIG.dataset.videos_dir
LABELS = f"{RENDERED}/groundtruth.txt" if IS_DEMO else CONFIG.dataset.labels


localrules:
    dataset,
    prepare_weights,


rule render_demo:
    """Render the demo data set: real video files with exact labels. The files stay when the labels are made anew."""
    output:
        labels="results/{run}/rendered/groundtruth.txt",
        videos="results/{run}/rendered/videos.tsv",
    log:
        "results/{run}/logs/render_demo.log",
    benchmark:
        "results/{run}/benchmarks/render_demo.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        videos_per_class=lambda _: CONFIG.dataset.videos_per_class,
        seconds=lambda _: CONFIG.dataset.seconds,
        seed=lambda _: CONFIG.dataset.seed,
        code=code_digest("render_demo"),
    shell:
        "python -m render_demo"
        " --folder results/{wildcards.run}/rendered"
        " --videos-per-class {params.videos_per_class}"
        " --seconds {params.seconds}"
        " --seed {params.seed}"
        " --workers {threads}"
        " --code {params.code} > {log:q} 2>&1"


rule prepare_dataset:
    """List the videos with their sha256, and their labels as spans. Runs again when the folder's listing changes."""
    input:
        labels=LABELS,
    output:
        videos=of_shards("results/{run}/dataset/{shard}.tsv"),
        labels=of_shards("results/{run}/dataset/{shard}.labels.tsv"),
    log:
        "results/{run}/logs/prepare_dataset.log",
    benchmark:
        "results/{run}/benchmarks/prepare_dataset.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=120,
    params:
        videos_dir=VIDEOS_DIR,
        listing="" if IS_DEMO else listing_fingerprint(Path(VIDEOS_DIR)),
        shards=CONFIG.shards,
        folds=CONFIG.segments.folds,
        code=code_digest("prepare_dataset"),
    shell:
        "python -m prepare_dataset"
        " --videos-dir {params.videos_dir:q}"
        " --labels {input.labels:q}"
        " --shards {params.shards}"
        " --folds {params.folds}"
        " --hash-cache results/store/source_hashes.tsv"
        " --output-dir results/{wildcards.run}/dataset"
        " --code {params.code} > {log:q} 2>&1"


rule prepare_weights:
    """Bring VGG-16's weights to hand; only Keras's ImageNet file is fetched."""
    input:
        [] if CONFIG.weights.source in ("imagenet", "random") else CONFIG.weights.source,
    output:
        receipt="results/{run}/weights.json",
    log:
        "results/{run}/logs/prepare_weights.log",
    benchmark:
        "results/{run}/benchmarks/prepare_weights.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        weights=CONFIG.weights.model_dump_json(),
        image_size=CONFIG.resample.image_size,
        with_fc1="--with-fc1" if PLAN.with_fc1 else "",
        code=code_digest("prepare_weights"),
    shell:
        "python -m prepare_weights"
        " --parameters {params.weights:q}"
        " --image-size {params.image_size}"
        " {params.with_fc1}"
        " --cache results/weights"
        " --receipt {output.receipt:q}"
        " --code {params.code} > {log:q} 2>&1"


rule dataset:
    """Everything that comes from outside: brought up to date first, as later stages compare it by content."""
    input:
        [path.format(run=PLAN.run) for path in rules.prepare_dataset.output],
        f"results/{PLAN.run}/weights.json",
