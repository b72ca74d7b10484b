"""Keys of the configuration, as its schema and the tables of the documentation list them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter

from signwild.configuration.schema import configuration_schema
from signwild.configuration.sections.classifier import FittedOrPublished
from signwild.configuration.sections.experiments.classified import ClassifiedExperiment
from signwild.configuration.sections.experiments.fused import FusedExperiment
from signwild.configuration.sections.experiments.trained import TrainedExperiment

EXPERIMENT_KEYS = {
    *TrainedExperiment.model_fields,
    *ClassifiedExperiment.model_fields,
    *FusedExperiment.model_fields,
}


def documented_rows(page: Path, header: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the rows of the tables with this header, with the heading above (its words in backticks, or all of it)."""
    heading, inside = "", False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = ".".join(re.findall("`(.+?)`", line)) or line.strip("# ")
        inside = line == header or (inside and line.startswith("|"))
        if inside and line != header and not line.startswith("|--"):
            yield heading, [cell.strip() for cell in line.strip("|").split(" | ")]


def schema_keys() -> dict[str, str]:
    """Return the default of every key, as documented, by its dotted name (including the kind, if there are kinds)."""
    schema = configuration_schema()
    classifier = {"properties": {"classifier": TypeAdapter(FittedOrPublished).json_schema()}}
    definitions = schema["$defs"] | classifier["properties"]["classifier"].pop("$defs")

    def keys(model: dict, prefix: str) -> Iterator[tuple[str, str]]:
        for name, entry in model["properties"].items():
            written = json.dumps(entry["default"]).strip('"') if "default" in entry else "required"
            written = "none" if written == "null" else written
            yield prefix + name, "section" if written.startswith("{") else written
            kinds = re.findall(r"'([\w-]+)': '#/\$defs/(\w+)'", str(entry))
            kinds = [(f".{kind}", model_name) for kind, model_name in kinds]
            if not kinds:
                kinds = [("", model_name) for model_name in re.findall(r"'\$ref': '#/\$defs/(\w+)'", str(entry))]
            for kind, model_name in kinds:
                yield from keys(definitions[model_name], f"{prefix}{name}{kind}.")

    of_classifiers = {key: default for key, default in keys(classifier, "") if key != "classifier"}
    return dict(keys(schema, "")) | of_classifiers
