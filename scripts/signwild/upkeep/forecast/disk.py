"""Disk space that a run takes, in the end and at its peak."""

from dataclasses import dataclass

from signwild.configuration.sections.dataset import WildDataset
from signwild.configuration.sections.features import width_of_layer
from signwild.plan.run import Plan
from signwild.upkeep.forecast import costs
from signwild.upkeep.forecast.extent import Extent
from signwild.upkeep.forecast.measurements import width_of
from signwild.upkeep.forecast.work import Fold


@dataclass(frozen=True)
class Disk:
    """Sizes in bytes. ``streams``: images, grey clips and motion of all videos; ``shard``: of the largest shard."""

    downloads: float
    features: float
    networks: float
    streams: float
    shard: float

    @property
    def final(self) -> float:
        """Bytes in the end, if streams are not kept."""
        return self.downloads + self.features + self.networks

    def in_flight(self, shards: int) -> float:
        """Return the bytes of the temporary files of that many shards at once."""
        return min(self.streams, shards * self.shard)


def forecast_disk(plan: Plan, extent: Extent, folds: dict[tuple[str, int | str], list[Fold]]) -> Disk:
    """Return the disk space that a whole run takes; ``folds``: of each experiment and seed."""
    settings = plan.settings
    configuration = settings.configuration
    size = configuration.resample.image_size
    widths = sum(width_of_layer(layer, size) for name in settings.streams for layer in settings.layers(name))
    described = sum(entry.width * costs.value_bytes(entry) for entry in settings.descriptors.values())
    a_sample = widths * costs.FLOAT16_BYTES + described
    networks = sum(
        costs.FLOAT32_BYTES
        * costs.multiplications(settings.trained[name].network, width_of(plan, settings.trained[name]))
        * len(own)
        for (name, _), own in folds.items()
        if name in settings.trained
    )
    pixels = costs.area_ratio(size) * costs.GREY_BYTES * costs.COMPRESSED_SHARE
    channels = 3 + costs.FRAMES_A_SAMPLE + sum(_channels(plan, name) for name in plan.motion_streams)
    largest = float(extent.videos.groupby("shard")["samples"].sum().max()) if len(extent.videos) else 0.0
    downloads = costs.DOWNLOAD_BYTES * len(extent.videos) if isinstance(configuration.dataset, WildDataset) else 0.0
    return Disk(
        downloads, a_sample * extent.samples, networks, pixels * channels * extent.samples, pixels * channels * largest
    )


def _channels(plan: Plan, name: str) -> int:
    return costs.CHANNELS[plan.settings.streams[name].kind]
