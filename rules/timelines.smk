"""
Timelines: whole videos by the second, as the shown experiment (`report.experiment`) saw them.

REQUIRED INPUTS:
    results/{run}/detection/windows/{experiment}.parquet of what the shown experiment rests on
    results/{run}/segments/segments.parquet
OUTPUTS:
    results/{run}/figures/timelines.png
"""


localrules:
    draw_timelines,


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
        "../envs/signwild.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        rule=PLAN.rule(PLAN.shown_experiment()),
        videos=CONFIG.report.timelines,
        title=PLAN.shown_title(),
        code=code_digest("draw_timelines"),
    shell:
        "python -m draw_timelines"
        " --windows {input.windows:q}"
        " --rule {params.rule}"
        " --segments {input.segments:q}"
        " --videos {params.videos}"
        " --title {params.title:q}"
        " --output {output.figure:q}"
        " --code {params.code} > {log:q} 2>&1"
