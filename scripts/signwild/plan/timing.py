"""What is measured on the present machine for a table, from the plan of the run."""

import json

from signwild.configuration.sections.experiments.feature_source import FeatureSource
from signwild.configuration.sections.rgb import RgbStream
from signwild.keys.features import FeatureRequest
from signwild.plan.run import Plan


def motion_requests(plan: Plan, table: str) -> str:
    """Return what a table's rows read of the motion streams, as JSON by stream; nothing if it shows no such times."""
    reading = _reading(plan, table, "forward_time_ms")
    requests = {}
    for name in plan.motion_streams:
        if layers := sorted({source.what for source in reading if source.stream == name}):
            requests[name] = plan.request(name).model_copy(update={"layers": layers})
    return _as_json(requests)


def image_requests(plan: Plan, table: str) -> str:
    """Return the layers that a table's rows read, each of plain images, as JSON by layer; nothing without speeds."""
    features, rgb = plan.settings.configuration.features, RgbStream(kind="rgb")
    layers = sorted({source.what for source in _reading(plan, table, "images_per_second") if source.stream})
    return _as_json({name: FeatureRequest(stream=rgb, layers=[name], features=features) for name in layers})


def _reading(plan: Plan, table: str, column: str) -> list[FeatureSource]:
    """Return the rows of a table that read features, if it shows a column."""
    if column not in plan.settings.tables[table].columns:
        return []
    reading = plan.settings.reading
    return [reading[name] for name in plan.table_rows(table) if name in reading]


def _as_json(requests: dict[str, FeatureRequest]) -> str:
    return json.dumps({name: request.model_dump(mode="json") for name, request in requests.items()})
