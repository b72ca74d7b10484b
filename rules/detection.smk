"""
Detection: trained experiments slid over whole videos that they were not trained on, and evaluated as detectors.

REQUIRED INPUTS:
    results/{run}/segments/segments.parquet
    the resample manifests and label tables of all shards, results/{run}/features/{stream}.tsv
    records of the trained experiments, for the first seed; results/store: features, and the networks of all folds
OUTPUTS:
    results/{run}/detection/windows/{experiment}.parquet    video_id, fold, frame, time_s, label and probabilities
    results/{run}/detection/decisions.json                  how probabilities become segments, learned for each detector
    results/{run}/tables/detection.csv, .md, .tex           accuracy by sample, segment, boundary and video
    results/{run}/detector/                                 only with the target `detector`: the exported detector
"""


localrules:
    detector,
    export_detector,


rule slide_windows:
    """Slide networks over whole videos, each over those that it was not trained on."""
    input:
        records=[f"{PLAN.result_folder(name, PLAN.seeds[0])}/record.json" for name in SLID],
        segments=f"results/{PLAN.run}/segments/segments.parquet",
        samples=expand(f"results/{PLAN.run}/resample/{{shard}}.tsv", shard=SHARDS),
        labels=expand(f"results/{PLAN.run}/alignment/{{shard}}.labels.tsv", shard=SHARDS),
        features=sorted({PLAN.manifest(name) for name in SLID}),
    output:
        windows=detection_planning.windows_files(PLAN, SLID),
    log:
        f"results/{PLAN.run}/logs/slide_windows.log",
    benchmark:
        f"results/{PLAN.run}/benchmarks/slide_windows.jsonl"
    conda:
        NETWORK_ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(240),
        gpu=GPUS,
    params:
        samples=in_a_word("samples"),
        labels=in_a_word("labels"),
        members=detection_planning.describe_members(PLAN, SLID),
        length=CONFIG.segments.length,
        folder=lambda wildcards, output: str(Path(output[0]).parent),
        code=code_digest("signwild.stages.detection.slide_windows"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.detection.slide_windows"
        " --members {params.members:q}"
        " --length {params.length}"
        " --segments-file {input.segments:q}"
        " --resampled {params.samples:q}"
        " --labels {params.labels:q}"
        " --store results/store"
        " --output-dir {params.folder:q}"
        " --threads {threads}"
        " --code {params.code}"


rule evaluate_detection:
    """Evaluate detectors on the held-out videos, and learn how their probabilities become segments."""
    input:
        windows=detection_planning.windows_files(PLAN, DETECTING),
    output:
        decisions="results/{run}/detection/decisions.json",
        csv=report("results/{run}/tables/detection.csv", category="Tables"),
        markdown="results/{run}/tables/detection.md",
        latex="results/{run}/tables/detection.tex",
    log:
        "results/{run}/logs/evaluate_detection.log",
    benchmark:
        "results/{run}/benchmarks/evaluate_detection.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=3000,
        runtime=120,
    params:
        detectors=detection_planning.describe_detectors(PLAN),
        group_by=CONFIG.segments.group_by,
        stop_on=detection_planning.trainings_stop(PLAN, DETECTING),
        code=code_digest("signwild.stages.detection.evaluate_detection"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.detection.evaluate_detection"
        " --detectors {params.detectors:q}"
        " --stop-on {params.stop_on:q}"
        " --windows-dir results/{wildcards.run}/detection/windows"
        " --group-by {params.group_by}"
        " --decisions-file {output.decisions:q}"
        " --output-stem results/{wildcards.run}/tables/detection"
        " --code {params.code}"


rule export_detector:
    """Export everything that is needed to use the run's detectors on any video."""
    input:
        decisions="results/{run}/detection/decisions.json",
        scores="results/{run}/tables/detection.csv",
        # From another run, made by its own workflow; if it is missing, the program reports that.
        beside=detection_planning.scores_beside(PLAN),
        records=[f"{PLAN.result_folder(name, PLAN.seeds[0])}/record.json" for name in DETECTING],
        final=detection_planning.final_records(PLAN),
        features=sorted({PLAN.manifest(name) for name in DETECTING}),
        samples=of_shards("results/{run}/resample/{shard}.tsv"),
        segments="results/{run}/segments/segments.parquet",
        dataset="results/{run}/tables/dataset.csv",
        weights=PLAN.receipts,
        about=CONFIG.detection.about or [],
    output:
        [f"results/{{run}}/detector/{name}" for name in detection_planning.DETECTOR_FILES],
    log:
        "results/{run}/logs/export_detector.log",
    benchmark:
        "results/{run}/benchmarks/export_detector.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        samples=in_a_word("samples"),
        exported=lambda wildcards: detection_planning.exported_detectors(PLAN).model_dump_json(),
        members=detection_planning.describe_shipped(PLAN),
        beside=["--scores-beside", CONFIG.detection.scores_beside] if CONFIG.detection.scores_beside else [],
        about=lambda wildcards, input: ["--about", input.about] if input.about else [],
        templates=templates_digest(),
        code=code_digest("signwild.stages.detection.export_detector"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.detection.export_detector"
        " --contents {params.exported:q}"
        " --members {params.members:q}"
        " --prepared-weights {input.weights:q}"
        " --decisions-file {input.decisions:q}"
        " --run-folder results/{wildcards.run}"
        " {params.beside:q}"
        " {params.about:q}"
        " --resampled {params.samples:q}"
        " --store results/store"
        " --output-dir results/{wildcards.run}/detector"
        " --code {params.code}"


rule detector:
    """Update the run's exported detector."""
    input:
        detection_planning.detector_files(PLAN),
