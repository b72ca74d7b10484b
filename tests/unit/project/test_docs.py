"""Documentation: its keys, defaults, examples, files, commands and links are those of the code."""

import copy
import re
import shlex
from pathlib import Path

import jsonschema
import pytest
import yaml
from documented_keys import EXPERIMENT_KEYS, documented_rows, schema_keys
from places import ROOT

from signwild.configuration.schema import configuration_schema, schema_text
from signwild.configuration.settings import Configuration, ExperimentsFile, Settings, load_settings
from signwild.stages.dataset.labels import read_labels

PAGES = sorted(
    path for place in ("*.md", "config/*.md", "docs/*.md", "envs/*.md", "results/*.md") for path in ROOT.glob(place)
)
CONFIG_PAGE = ROOT / "config/README.md"
EXPERIMENTS = ROOT / "config/experiments.yaml"

FOLDERS = ["config", "docs", "envs", "profiles", "requirements", "results", "rules", "scripts", "tests", r"\.ci"]
MENTIONED = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./{{}}*-]*")
NOT_HERE = {"config/mine.yaml", "envs/signwild.sif", "results/mine", "results/mine/detector", "scripts/verb_noun.py"}
"""What a user writes or builds, and a pattern of names."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def load_example(parts: dict, folder: Path) -> Settings:
    """Load the first example of the page with ``parts`` of a configuration or of an experiments file added."""
    configuration = yaml.safe_load(code_blocks(CONFIG_PAGE, "yaml")[0])
    experiments = yaml.safe_load(EXPERIMENTS.read_text(encoding="utf-8"))
    for name, part in parts.items():
        if name in ExperimentsFile.model_fields and isinstance(part, dict):
            experiments[name] |= part
            configuration.pop("tables", None)
        else:
            configuration[name] = part
    changed = folder / "experiments.yaml"
    changed.write_text(yaml.safe_dump(experiments), encoding="utf-8")
    return load_settings(configuration, str(CONFIG_PAGE), changed)


def test_the_schema_in_config_is_that_of_the_code() -> None:
    written = (ROOT / "config/schema.json").read_text(encoding="utf-8")
    assert written == schema_text(), "config/schema.json is behind the code: run `python scripts/write_schema.py`"


def test_the_schema_takes_shipped_configurations_and_refuses_misspelt_keys() -> None:
    checker = jsonschema.Draft202012Validator(configuration_schema())
    shipped = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "config").glob("*.yaml")]
    configurations = [content for content in shipped if "run" in content]
    assert configurations
    for content in configurations:
        checker.validate(content)
        for section in ("training", "network", "resample", None):
            wrong = copy.deepcopy(content)
            (wrong if section is None else wrong.setdefault(section, {}))["epoch"] = 3
            assert not checker.is_valid(wrong), section


def test_every_key_and_its_default_are_explained() -> None:
    rows = list(documented_rows(CONFIG_PAGE, "| key | default | meaning |"))
    sections = {"Top level": "", "Streams, experiments and tables": "experiments."}
    documented = {
        f"{sections.get(heading, heading + '.')}{cells[0].strip('`')}": cells[1] for heading, cells in rows if cells[2]
    }
    of_experiments = {key for key in documented if key.startswith("experiments.")}
    assert of_experiments == {f"experiments.{key}" for key in EXPERIMENT_KEYS}
    assert {key: documented[key] for key in documented if key not in of_experiments} == schema_keys()


def test_the_first_configuration_is_short_and_loads() -> None:
    example = code_blocks(CONFIG_PAGE, "yaml")[0]
    assert len(example.splitlines()) <= 12
    settings = load_settings(yaml.safe_load(example), str(CONFIG_PAGE), EXPERIMENTS)
    assert settings.configuration.dataset.kind == "folder"
    assert settings.tables.keys() == {"table_1", "table_2"}


def test_all_examples_load_together(tmp_path: Path) -> None:
    blocks = [yaml.safe_load(block) for block in code_blocks(CONFIG_PAGE, "yaml")[1:]]
    added = {}
    for name, part in (item for block in blocks for item in block.items()):
        added[name] = added.get(name, {}) | part
    assert {"streams", "experiments", "tables", "weights"} <= added.keys()
    settings = load_example(added, tmp_path)
    assert added["experiments"].keys() <= settings.experiments.keys()
    assert added["tables"].keys() <= settings.tables.keys()


def test_the_configuration_of_the_front_page_loads() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^    run: .*\n    dataset: .*\n", text, re.MULTILINE)
    Configuration.model_validate(yaml.safe_load(example))


@pytest.mark.parametrize(("language", "name", "count"), [("csv", "labels.csv", 2), ("text", "groundtruth.txt", 1)])
def test_the_examples_of_labels_are_read(tmp_path: Path, language: str, name: str, count: int) -> None:
    blocks = code_blocks(CONFIG_PAGE, language)
    assert len(blocks) == count
    for block in blocks:
        (tmp_path / name).write_text(block, encoding="utf-8")
        labels = read_labels(tmp_path / name, "refuse")
        assert len(labels.spans)
        assert set(labels.videos["video_id"]) == {re.split("[, ]", line)[0] for line in block.splitlines()} - {
            "video_id"
        }


@each_page
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target.split("#")[0]).exists(), target


@each_page
def test_every_file_and_folder_that_is_named_exists(page: Path) -> None:
    rules = [ROOT / "Snakefile", *ROOT.glob("rules/*.smk")]
    made = re.sub(r"\{(PLAN|wildcards)\.run\}", "{run}", "".join(path.read_text(encoding="utf-8") for path in rules))
    for mention in set(MENTIONED.findall(page.read_text(encoding="utf-8"))) - NOT_HERE:
        path = mention.rstrip("./")
        if path in NOT_HERE or any(ROOT.glob(re.sub(r"\{\w+\}", "*", path))):
            continue
        # Files that a run makes are named in the rules, up to the first wildcard.
        run, rest = re.match(r"(results/(?:\{run\}/)?)([^{*]*)", path + "/").groups() if "results" in path else ("", "")
        assert run, f"{page.name}: {mention}: no such file"
        assert f"{run}{rest}".rstrip("/") in made, f"{page.name}: {mention}: no rule makes it"


@each_page
def test_every_command_of_make_exists(page: Path) -> None:
    text, makefile = page.read_text(encoding="utf-8"), (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    commands = re.findall(r"(?:`|^    )make ([\w =./\"-]+)", text, re.MULTILINE)
    for words in (shlex.split(command.split("  ")[0]) for command in commands):
        for word in words:
            name, is_variable, _ = word.partition("=")
            known = re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE) if is_variable else targets
            assert name in known, f"{page.name}: make {' '.join(words)}: the Makefile has no {name}"
