"""Recipes of docs/how-it-works.md, followed word by word in a copy of the project: they name every file to edit."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from made_results import made_predictions, write_results
from places import ROOT

from signwild.configuration.settings import load_settings
from signwild.plan.run import Plan

PAGE = ROOT / "docs/how-it-works.md"
STEP = re.compile(r"^\d\. `(scripts/[\w/]+\.py)`: (.+?)(?=^\d\. |\Z|^$)", re.MULTILINE | re.DOTALL)

Edit = tuple[str, str]
"""A text of a file, and what is put in its place."""


def recipe(title: str) -> str:
    """Return the text below a heading of the page."""
    text = PAGE.read_text(encoding="utf-8").split(f"### {title}\n")[1]
    return re.split(r"^#{2,3} ", text, maxsplit=1, flags=re.MULTILINE)[0]


def steps(title: str) -> dict[str, list[str]]:
    """Return the files that a recipe names, each with the names of what is added to or modelled on."""
    return {file: re.findall(r"`(\w+)`", words) for file, words in STEP.findall(recipe(title))}


class Copy:
    """A copy of the scripts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))

    def follow(self, title: str, edits: dict[str, list[Edit]], written: dict[str, str]) -> None:
        """Edit the files that the recipe names, and no others; ``written``: new file, by the one it is modelled on."""
        named = steps(title)
        assert edits.keys() | written.keys() == named.keys()
        for file, changes in edits.items():
            path = self.folder / file
            text = path.read_text(encoding="utf-8")
            for old, new in changes:
                assert text.count(old) == 1, f"{file}: {old}"
                assert any(name in text for name in named[file]), f"{file} has nothing of {named[file]}"
                text = text.replace(old, new)
            path.write_text(text, encoding="utf-8")
        for model, content in written.items():
            (self.folder / model).with_name("brightness.py").write_text(content, encoding="utf-8")

    def modelled_on(self, file: str, *renamed: Edit) -> str:
        """Return the text of a file with other names."""
        text = (self.folder / file).read_text(encoding="utf-8")
        for old, new in renamed:
            assert old in text, f"{file}: {old}"
            text = text.replace(old, new)
        return text

    def python(self, program: str, *arguments: object) -> str:
        """Run a program with the copy's library, and return what it prints."""
        command = [sys.executable, "-c", program, *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": str(self.folder / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def copied(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "project")


def test_every_file_that_a_step_names_has_what_the_step_names() -> None:
    titles = ["Add a column of the tables", "Add a kind of stream", "Add a kind of descriptor"]
    for title, count in zip(titles, (4, 7, 7), strict=True):
        named = steps(title)
        assert len(named) == count
        for file, names in named.items():
            text = (ROOT / file).read_text(encoding="utf-8")
            assert names, file
            assert all(re.search(rf"\b{name}\b", text) for name in names), f"{file}: {names}"


def test_entries_of_the_experiments_file_are_planned(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", recipe("Add an experiment or a table"), re.MULTILINE | re.DOTALL)
    added = yaml.safe_load(block)
    experiments = yaml.safe_load((ROOT / "config/experiments.yaml").read_text(encoding="utf-8"))
    for part, entries in added.items():
        assert not entries.keys() & experiments[part].keys()
        experiments[part] |= entries
    path = tmp_path / "experiments.yaml"
    path.write_text(yaml.safe_dump(experiments), encoding="utf-8")
    raw = {"run": "mine", "dataset": {"kind": "demo"}, "experiments_file": str(path), "tables": list(added["tables"])}
    plan = Plan(load_settings(raw, "mine.yaml", ROOT / "config/experiments.yaml"))
    assert {*added["experiments"]} <= {*plan.computed()}
    assert f"results/mine/tables/{next(iter(added['tables']))}.csv" in plan.table_files()


COLUMN = {
    "scripts/signwild/predictions/metrics.py": [
        (
            '        "calibration_error": calibration_error(predictions),\n',
            '        "calibration_error": calibration_error(predictions),\n'
            '        "f1_other": float(f1_score(truth, predicted, labels=[2], average="macro", zero_division=0)),\n',
        )
    ],
    "scripts/signwild/predictions/bootstrap.py": [
        (
            '        "loss": totals[..., 9] / n,\n',
            '        "loss": totals[..., 9] / n,\n'
            '        "f1_other": share(2 * hits[..., 2], predicted[..., 2] + true[..., 2], 0),\n',
        )
    ],
    "scripts/signwild/configuration/sections/experiments/table.py": [
        ('    "calibration_error",\n', '    "calibration_error",\n    "f1_other",\n'),
        ('OF_SEGMENTS = {"loss", ', 'OF_SEGMENTS = {"loss", "f1_other", '),
    ],
    "scripts/signwild/stages/tables/layout.py": [
        (
            "COLUMNS = {\n",
            'COLUMNS = {\n    "f1_other": Column("F1 other", 3, best=pd.Series.max, metric="f1_other"),\n',
        )
    ],
}

COMPARE = """
import sys
from pathlib import Path
from signwild.configuration.sections.experiments.table import Table, columns_of
from signwild.stages.tables.compare_experiments import Comparison, compare
definition, folder = sys.argv[1], Path(sys.argv[2])
comparison = Comparison.model_validate_json(definition)
rows = [{"label": row.label, "experiment": row.experiment} for row in comparison.rows]
Table.model_validate({"caption": comparison.caption, "columns": comparison.columns, "rows": rows})
assert "f1_other" in columns_of("segment") and "f1_other" not in columns_of("video")
compare("table_1", comparison, folder, [1], {}, "person", [], folder / "tables/table_1", folder / "figures/table_1.png")
"""


def compared(copied: Copy) -> str:
    """Return a table of the new column, as the copy writes it from results on disk."""
    folder = copied.folder / "run"
    (folder / "tables").mkdir(parents=True)
    rows = []
    for seed, name in enumerate(("rgb", "flow"), start=3):
        write_results(folder, name, predictions=made_predictions(seed=seed))
        rows.append({"experiment": name, "label": name.upper(), "folder": f"training/{name}"})
    definition = {"caption": "F1", "columns": ["loss", "f1_other"], "rows": rows, "reference": "rgb"}
    copied.python(COMPARE, json.dumps(definition), folder)
    return (folder / "tables/table_1.md").read_text(encoding="utf-8")


def test_a_column_of_the_tables_needs_the_files_that_the_page_names(copied: Copy) -> None:
    copied.follow("Add a column of the tables", COLUMN, {})
    table = compared(copied)
    titles = [cell.strip() for cell in next(line for line in table.splitlines() if "F1 other" in line).split("|")]
    assert {"F1 other, ours", "F1 other, 95%", "F1 other, against reference"} <= set(titles)
    row = next(line for line in table.splitlines() if line.startswith("| FLOW")).split("|")
    assert re.search(r"\d\.\d{3} ± \d\.\d{3}", row[titles.index("F1 other, ours")])
    assert re.search(r"\[\d\.\d{3}, \d\.\d{3}\]", row[titles.index("F1 other, 95%")])


STREAM = """
from pydantic import TypeAdapter
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.stream import Stream
from signwild.keys.features import KERNELS, stream_key
from signwild.stages.figures.draw_network import Branch, input_words
from signwild.stages.streams.kinds import stream_writer
from signwild.upkeep.forecast.costs import CHANNELS, stream_cost
stream = TypeAdapter(Stream).validate_python({"kind": "brightness", "threshold": 9})
assert type(stream).__name__ == "BrightnessStream" and stream.threshold == 9
writer = stream_writer(stream)
assert writer.func.__module__ == KERNELS["brightness"], writer
assert stream_key("samples", stream) != stream_key("samples", stream.model_copy(update={"threshold": 8}))
assert stream_cost(stream, 224).value > 0
branch = Branch(source="brightness", stream=stream, descriptor=None, layer="fc1", weights="", network=Network())
assert input_words(branch) == ("brightness", 1)
assert CHANNELS[stream.kind] == 1
"""

DESCRIPTOR = """
from pydantic import TypeAdapter
from signwild.configuration.sections.descriptor import Descriptor
from signwild.keys.descriptors import descriptor_key
from signwild.stages.descriptors import compute_descriptor
from signwild.stages.figures.draw_network import _DESCRIBED
from signwild.upkeep.forecast.costs import descriptor_cost
descriptor = TypeAdapter(Descriptor).validate_python({"kind": "brightness"})
assert type(descriptor).__name__ == "BrightnessDescriptor" and descriptor.width == 5
assert descriptor_key("s", "f", descriptor, 20, 30) != descriptor_key("other", "f", descriptor, 20, 30)
assert descriptor_cost(descriptor).value > 0
assert _DESCRIBED[descriptor.kind]
assert callable(compute_descriptor._describer(descriptor, None, 20))
assert compute_descriptor.describe_brightness.__module__ == "signwild.stages.descriptors.brightness"
"""


def written_stream(copied: Copy) -> tuple[dict[str, list[Edit]], dict[str, str]]:
    """Return the edits and the new files for a kind of stream, a copy of motion history under another name."""
    section = copied.modelled_on(
        "scripts/signwild/configuration/sections/mhi.py", ("MhiStream", "BrightnessStream"), ('"mhi"', '"brightness"')
    )
    module = copied.modelled_on(
        "scripts/signwild/stages/streams/mhi.py",
        ("sections.mhi", "sections.brightness"),
        ("MhiStream", "BrightnessStream"),
        ("write_mhi", "write_brightness"),
    )
    library = "scripts/signwild"
    imported = "from signwild.configuration.sections.difference import DifferenceStream\n"
    edits = {
        f"{library}/configuration/sections/stream.py": [
            (imported, f"from signwild.configuration.sections.brightness import BrightnessStream\n{imported}"),
            ("Annotated[RgbStream", "Annotated[BrightnessStream | RgbStream"),
        ],
        f"{library}/stages/streams/kinds.py": [
            (
                "from signwild.stages.streams.mhi",
                "from signwild.stages.streams.brightness import write_brightness\nfrom signwild.stages.streams.mhi",
            ),
            ("WRITERS = {", 'WRITERS = {"brightness": write_brightness, '),
        ],
        f"{library}/keys/features.py": [
            ("KERNELS = {\n", 'KERNELS = {\n    "brightness": "signwild.stages.streams.brightness",\n')
        ],
        f"{library}/upkeep/forecast/costs.py": [
            ("STREAM_S = {", 'STREAM_S = {"brightness": 0.001, '),
            ("CHANNELS = {", 'CHANNELS = {"brightness": 1, '),
        ],
        f"{library}/stages/figures/draw_network.py": [
            (
                '    if stream.kind == "flow":\n',
                '    if stream.kind == "brightness":\n        return "brightness", 1\n    if stream.kind == "flow":\n',
            )
        ],
    }
    models = {
        f"{library}/configuration/sections/mhi.py": section,
        f"{library}/stages/streams/mhi.py": module,
    }
    return edits, models


def written_descriptor(copied: Copy) -> tuple[dict[str, list[Edit]], dict[str, str]]:
    """Return the edits and the new files for a kind of descriptor, the visual features under another name."""
    names = (
        ("VisualFeaturesDescriptor", "BrightnessDescriptor"),
        ("describe_visual_features", "describe_brightness"),
        ("sections.visual_features", "sections.brightness"),
        ('"visual_features"', '"brightness"'),
    )
    section = copied.modelled_on("scripts/signwild/configuration/sections/visual_features.py", names[0], names[3])
    module = copied.modelled_on("scripts/signwild/stages/descriptors/visual_features.py", names[0], names[1], names[2])
    library = "scripts/signwild"
    imported = "from signwild.configuration.sections.pose import PoseDescriptor\n"
    describe = "from signwild.stages.descriptors.footage import Footage\n"
    edits = {
        f"{library}/configuration/sections/descriptor.py": [
            (imported, f"from signwild.configuration.sections.brightness import BrightnessDescriptor\n{imported}"),
            ("    ProfilesDescriptor | ", "    BrightnessDescriptor | ProfilesDescriptor | "),
        ],
        f"{library}/stages/descriptors/compute_descriptor.py": [
            (describe, f"from signwild.stages.descriptors.brightness import describe_brightness\n{describe}"),
            (
                '        if parameters.kind == "profiles":\n',
                '        if parameters.kind == "brightness":\n'
                "            values = describe_brightness(frames, boxes, parameters, length)\n"
                '        elif parameters.kind == "profiles":\n',
            ),
        ],
        f"{library}/keys/descriptors.py": [
            ("KERNELS = {\n", 'KERNELS = {\n    "brightness": ("signwild.stages.descriptors.brightness",),\n')
        ],
        f"{library}/upkeep/forecast/costs.py": [('{"profiles": 12.6,', '{"brightness": 5.2, "profiles": 12.6,')],
        f"{library}/stages/figures/draw_network.py": [("_DESCRIBED = {", '_DESCRIBED = {"brightness": "brightness", ')],
    }
    models = {
        f"{library}/configuration/sections/visual_features.py": section,
        f"{library}/stages/descriptors/visual_features.py": module,
    }
    return edits, models


@pytest.mark.parametrize(
    ("title", "write", "program"),
    [
        ("Add a kind of stream", written_stream, STREAM),
        ("Add a kind of descriptor", written_descriptor, DESCRIPTOR),
    ],
)
def test_a_copied_kind_under_another_name_works(copied: Copy, title: str, write: Callable, program: str) -> None:
    copied.follow(title, *write(copied))
    copied.python(program)
