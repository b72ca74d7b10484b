"""
Figures: confusion, reliability and training curves of all experiments; framework and timelines of the shown one.

REQUIRED INPUTS:
    predictions, histories and records of the experiments
    results/{run}/detection/windows/{experiment}.parquet of the shown experiment (`report.experiment`) or its members
    results/{run}/segments/segments.parquet
OUTPUTS:
    results/{run}/figures/confusion_{experiment}.png, reliability_{experiment}.png, curves_{experiment}.png
    results/{run}/figures/figure_2.png, figure_3.png    framework and recurrent networks, numbered as in the paper
    results/{run}/figures/timelines.png
"""


localrules:
    draw_figures,
    draw_network,
    draw_timelines,


rule draw_figures:
    """Draw confusion matrices, reliability and training curves of all experiments."""
    input:
        predictions=PLAN.result_files("predictions.parquet", PLAN.drawn()),
        records=PLAN.result_files("record.json", PLAN.drawn()),
        history=PLAN.result_files("history.csv", [name for name in PLAN.drawn() if name in SETTINGS.trained]),
    output:
        report(PLAN.figure_files(), category="Figures"),
    log:
        f"results/{PLAN.run}/logs/draw_figures.log",
    benchmark:
        f"results/{PLAN.run}/benchmarks/draw_figures.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        figures=lambda wildcards, output: str(Path(output[0]).parent),
        results=lambda wildcards, input: sorted({str(Path(path).parent.parent) for path in input.records}),
        seeds=CONFIG.seeds,
        code=code_digest("signwild.stages.figures.draw_figures"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.figures.draw_figures"
        " --experiment-folders {params.results:q}"
        " --seeds {params.seeds}"
        " --figures {params.figures:q}"
        " --code {params.code}"


rule draw_network:
    """Draw the framework and the unrolled recurrent networks of the shown experiment, as configured."""
    output:
        framework=report(f"results/{PLAN.run}/figures/figure_2.png", category="Figures"),
        unrolled=report(f"results/{PLAN.run}/figures/figure_3.png", category="Figures"),
    log:
        f"results/{PLAN.run}/logs/draw_network.log",
    benchmark:
        f"results/{PLAN.run}/benchmarks/draw_network.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        framework=lambda wildcards: network_definition(PLAN, PLAN.shown_experiment()),
        figures=lambda wildcards, output: str(Path(output.framework).parent),
        code=code_digest("signwild.stages.figures.draw_network"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.figures.draw_network"
        " --framework {params.framework:q}"
        " --figures {params.figures:q}"
        " --code {params.code}"


rule draw_timelines:
    """Draw truth, prediction and probabilities of whole videos."""
    input:
        windows=detection_planning.windows_files(PLAN, PLAN.shown_members()),
        segments="results/{run}/segments/segments.parquet",
    output:
        figure=report("results/{run}/figures/timelines.png", category="Figures"),
    log:
        "results/{run}/logs/draw_timelines.log",
    benchmark:
        "results/{run}/benchmarks/draw_timelines.jsonl"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        rule=PLAN.rule(PLAN.shown_experiment()),
        videos=CONFIG.report.timelines,
        title=PLAN.shown_title(),
        code=code_digest("signwild.stages.figures.draw_timelines"),
    shell:
        "logged {log:q} {resources.attempt} python -m signwild.stages.figures.draw_timelines"
        " --windows-files {input.windows:q}"
        " --rule {params.rule}"
        " --segments-file {input.segments:q}"
        " --timelines {params.videos}"
        " --title {params.title:q}"
        " --output {output.figure:q}"
        " --code {params.code}"
