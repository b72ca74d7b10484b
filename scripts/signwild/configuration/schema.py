"""The JSON schema of a run's configuration, with which an editor completes and checks keys."""

import json

from pydantic.json_schema import GenerateJsonSchema

from signwild.configuration.file import Configuration
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.training import Training


class _WithoutTitles(GenerateJsonSchema):
    """Generator of a schema without titles: keys are their own titles."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False


def configuration_schema() -> dict:
    """Return the schema of a configuration file, as a dictionary."""
    schema = Configuration.model_json_schema(schema_generator=_WithoutTitles)
    # These two are plain mappings in the model, because an experiment completes them before they are checked.
    for section, model in (("network", Network), ("training", Training)):
        definition = model.model_json_schema(schema_generator=_WithoutTitles)
        schema["$defs"] |= {**definition.pop("$defs", {}), model.__name__: definition}
        known = schema["properties"][section]
        schema["properties"][section] = {
            "$ref": f"#/$defs/{model.__name__}",
            **{part: known[part] for part in ("default", "description")},
        }
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def schema_text() -> str:
    """Return the schema as the text of ``config/schema.json``."""
    return json.dumps(configuration_schema(), indent=2, ensure_ascii=False) + "\n"
