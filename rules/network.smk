"""
Network: pictures of the shown experiment's framework and of its recurrent networks over time.

REQUIRED INPUTS:
    none: they show the configuration
OUTPUTS:
    results/{run}/figures/figure_2.png, figure_3.png    numbered as in the paper
"""


localrules:
    draw_network,


rule draw_network:
    """Draw the framework and the unrolled recurrent networks of the shown experiment, as they are configured."""
    output:
        framework=report(f"results/{PLAN.run}/figures/figure_2.png", category="Figures"),
        unrolled=report(f"results/{PLAN.run}/figures/figure_3.png", category="Figures"),
    log:
        f"results/{PLAN.run}/logs/draw_network.log",
    benchmark:
        f"results/{PLAN.run}/benchmarks/draw_network.jsonl"
    conda:
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        framework=lambda wildcards: network_definition(PLAN, PLAN.shown_experiment()),
        figures=lambda wildcards, output: str(Path(output.framework).parent),
        code=code_digest("draw_network"),
    shell:
        "python -m draw_network"
        " --framework {params.framework:q}"
        " --figures {params.figures:q}"
        " --code {params.code} > {log:q} 2>&1"
