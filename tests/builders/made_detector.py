"""A small detector as a run exports it, with random weights, random networks and two streams."""

import json
from pathlib import Path

import numpy as np

from signwild.base.classes import CLASSES
from signwild.base.digests import file_sha256
from signwild.base.store import new_hdf5
from signwild.configuration.sections.detection import Decision
from signwild.configuration.sections.features import Features
from signwild.configuration.sections.flow import FlowStream
from signwild.configuration.sections.network import Network
from signwild.configuration.sections.resample import Resample
from signwild.configuration.sections.rgb import RgbStream
from signwild.exported.folder import CHECKSUMS, FILES
from signwild.exported.model import Detector, DetectorModel, Member, Variant, Weights, read_detector
from signwild.stages.training.network import build_network
from signwild.stages.weights.arrays import layer_width

SIZE, LENGTH, LAYER, NETWORKS = 32, 20, "block5_gap", ["fold_0", "fold_1"]

STREAMS = {"rgb": RgbStream(kind="rgb"), "flow": FlowStream(kind="flow")}

NETWORK = Network(units=8, dense_units=8)

DECISION = Decision(smoothing_s=1.0, min_length_s=0.5)


def write_detector(folder: Path, seed: int = 0, network: Network = NETWORK) -> Path:
    """Write a detector with the variants rgb_flow, rgb and flow."""
    description = DetectorModel(
        run="made",
        classes=CLASSES,
        length=LENGTH,
        resample=Resample(image_size=SIZE),
        features=Features(),
        streams=STREAMS,
        weights=Weights(source="random", identity="random-1-caffe", preprocessing="caffe", seed=1),
        members={name: Member(stream=name, layer=LAYER, network=network, networks=NETWORKS) for name in STREAMS},
        variants=[
            Variant(
                name=name,
                members=members,
                rule="mean",
                decision=DECISION,
                scores={"source": {"accuracy": (0.5, 0.4, None)}},
                ms_per_sample=12.5,
                device="cpu",
            )
            for name, members in {"rgb_flow": ["rgb", "flow"], "rgb": ["rgb"], "flow": ["flow"]}.items()
        ],
        scores_of={"source": "made"},
        not_comparable=["random weights"],
        training_videos=["a" * 64],
    )
    random = np.random.default_rng(seed)
    with new_hdf5(folder / "networks.h5") as file:
        for name in STREAMS:
            for own in NETWORKS:
                model = build_network(network, LENGTH, layer_width(LAYER, SIZE))
                for number, weight in enumerate(model.weights):
                    drawn = random.normal(scale=0.5, size=weight.shape)
                    file[f"{name}/{own}/{number:03d}"] = (
                        drawn.astype(np.float16) if weight.trainable else weight.numpy()
                    )
    (folder / "detector.json").write_text(json.dumps(description.model_dump(mode="json")))
    (folder / "model_card.md").write_text("# Made\n")
    lines = [f"{file_sha256(folder / name)}  {name}" for name in FILES]
    (folder / CHECKSUMS).write_text("\n".join(lines) + "\n")
    return folder


def made_detector(folder: Path, seed: int = 0, network: Network = NETWORK) -> Detector:
    """Write a detector with ``write_detector``, and read it."""
    return read_detector(write_detector(folder, seed, network))
