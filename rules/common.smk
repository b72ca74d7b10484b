"""
What the rules share: the checked configuration, and functions from it to paths and values.

No rules here. The rule files use the constants of this file and the wildcards run, shard, stream, experiment, table
and seed.
"""

import json
import shlex
import shutil

from snakemake.exceptions import WorkflowError

from signwild.dataset import listing_fingerprint, shard_names
from signwild.digests import code_digest
from signwild.errors import InputError
from signwild.files import write_text
from signwild.inventory import FeatureRequest
from signwild.settings import load_settings, resolved_yaml
from signwild.weights import check_weights

STORE = "results/store"
SHIPPED = Path(workflow.basedir) / "config"
CONFIG_SOURCE = str(workflow.configfiles[-1]) if workflow.configfiles else "--config"


def checked_settings():
    """The configuration, checked with all that it names before any work; bad input is one clear error."""
    try:
        settings = load_settings(config, CONFIG_SOURCE, SHIPPED / "experiments.yaml")
        layers = {layer for stream in settings.streams for layer in settings.layers(stream)}
        check_weights(settings.configuration.weights, settings.configuration.resample.image_size, "fc1" in layers)
        return settings
    except InputError as error:
        raise WorkflowError(f"error: {error}") from None


SETTINGS = checked_settings()
CONFIG = SETTINGS.configuration
RUN = CONFIG.run
SHARDS = shard_names(CONFIG.shards)
WITH_FC1 = any("fc1" in SETTINGS.layers(stream) for stream in SETTINGS.streams)
GPUS = 1 if shutil.which("nvidia-smi") else 0


def keep_resolved_configuration():
    """Write the resolved configuration beside the run's results; no rule reads it."""
    path, text = Path(f"results/{RUN}/run_config.yaml"), resolved_yaml(SETTINGS)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def as_json(value):
    """A section of the configuration, or requests by name, as JSON for a command line."""
    if isinstance(value, dict):
        return json.dumps({name: entry.model_dump(mode="json") for name, entry in value.items()})
    if isinstance(value, list):
        return json.dumps([entry.model_dump(mode="json") for entry in value])
    return value.model_dump_json()


def temporary(path):
    """Mark a large file as temporary, unless `keep_streams` says otherwise."""
    return path if CONFIG.keep_streams else temp(path)


def request(stream):
    """The features that this run wants of a stream."""
    return FeatureRequest(stream=SETTINGS.streams[stream], layers=SETTINGS.layers(stream), features=CONFIG.features)


def requests_option(streams):
    """How a program is told to do only videos of which the store misses features of these streams."""
    if CONFIG.keep_streams:
        return ""
    return f"--requests {shlex.quote(as_json([request(stream) for stream in streams]))}"


def streams_of_kind(kind):
    """Names of the streams of one kind, as the pattern of a wildcard."""
    return "|".join(name for name, stream in SETTINGS.streams.items() if stream.kind == kind) or "none"


def stream_file(wildcards):
    """What the network sees of a stream: RGB comes from resample, the others from streams."""
    if SETTINGS.streams[wildcards.stream].kind == "rgb":
        return "results/{run}/resample/{shard}.images.h5"
    return "results/{run}/streams/{stream}/{shard}.h5"


def of_shards(pattern):
    """A path pattern for every shard; {run} and other wildcards stay."""
    return [pattern.replace("{shard}", shard) for shard in SHARDS]


def result_folder(name, seed="{seed}"):
    """Folder of an experiment's results, under the name it is trained or fused as."""
    stage = "training" if name in SETTINGS.trained else "fusion"
    return f"results/{RUN}/{stage}/{SETTINGS.trained_as(name)}/seed_{seed}"


def computed_experiments():
    """Experiments that are computed: of several with one specification, the first."""
    return [name for name in SETTINGS.experiments if SETTINGS.trained_as(name) == name]


def result_files(file, names=None):
    """One file of every computed experiment (or of ``names``) and seed."""
    names = computed_experiments() if names is None else names
    return sorted({f"{result_folder(name, seed)}/{file}" for name in names for seed in CONFIG.seeds})


def run_tags():
    """What MLflow should say of every run beside its parameters."""
    return json.dumps({"dataset": CONFIG.dataset.kind, "weights": CONFIG.weights.source})


def table_files():
    """The tables of the run in their three forms."""
    return [f"results/{RUN}/tables/{table}.{form}" for table in SETTINGS.tables for form in ("csv", "md", "tex")]


def figure_files():
    """Confusion matrices of all experiments, training curves of the trained ones."""
    names = computed_experiments()
    curves = [name for name in names if name in SETTINGS.trained]
    return [
        *(f"results/{RUN}/figures/confusion_{name}.png" for name in names),
        *(f"results/{RUN}/figures/curves_{name}.png" for name in curves),
    ]


def table_rows(table):
    """Names of the experiments in a table's rows."""
    return [row.experiment for row in SETTINGS.tables[table].rows]


def table_definition(table):
    """A table as its program wants it: each row says under which name its experiment was computed."""
    definition = SETTINGS.tables[table].model_dump(mode="json")
    for row in definition["rows"]:
        row["trained_as"] = SETTINGS.trained_as(row["experiment"])
    return json.dumps(definition)


def not_comparable():
    """Why this run's numbers cannot stand against the paper's."""
    reasons = []
    if CONFIG.dataset.kind == "demo":
        reasons.append("rendered demo videos")
    else:
        reasons.append("another data set than the paper's")
    if CONFIG.weights.source == "random":
        reasons.append("random weights")
    return reasons


def motion_requests(names):
    """What is wanted of the motion streams that these experiments read, by stream."""
    streams = {SETTINGS.trained[name].stream for name in names if name in SETTINGS.trained}
    return {name: request(name) for name in sorted(streams) if SETTINGS.streams[name].kind != "rgb"}


def forward_times(wildcards):
    """The measured times, for a table that shows them."""
    shown = "forward_time_ms" in SETTINGS.tables[wildcards.table].columns
    return f"results/{RUN}/timing/{wildcards.table}.json" if shown else []
