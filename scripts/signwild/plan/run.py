"""The plan of a run: names, paths and values of its parts, from its settings."""

import json
from pathlib import Path

from signwild.base.errors import InputError
from signwild.base.project import PROJECT
from signwild.configuration.messages import validated
from signwild.configuration.sections.experiments.claim import StatementsFile
from signwild.configuration.sections.features import BackboneName, width_of_layer
from signwild.configuration.settings import Settings, load_settings, read_yaml
from signwild.keys.features import FeatureRequest
from signwild.plan.dataset import RENDERED, check_dataset, is_paper_dataset, other_videos
from signwild.plan.start_checks import check_start
from signwild.plan.weights import RANDOM, check_networks, other_weights
from signwild.stages.faces.haar import check_cascades

CONFIG = PROJECT / "config"
SHIPPED_EXPERIMENTS = CONFIG / "experiments.yaml"
SHIPPED_CLAIMS = CONFIG / "paper_claims.yaml"


def read_plan(configfile: Path) -> "Plan":
    """Return the plan of the run that a configuration file describes; raises InputError for bad input."""
    return Plan(load_settings(read_yaml(configfile), str(configfile), SHIPPED_EXPERIMENTS))


class Plan:
    """Names, files and options of a run, as the rules need them. Paths are relative to the working folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.run = settings.configuration.run
        self.seeds = settings.configuration.seeds

    @property
    def with_fc1(self) -> bool:
        """Return whether any experiment reads fc1."""
        return any("fc1" in self.settings.layers(stream) for stream in self.settings.streams)

    @property
    def receipts(self) -> list[str]:
        """Receipts of the weights of the networks whose layers some experiment reads."""
        return [self.receipt(name) for name in self.settings.backbones]

    def receipt(self, backbone: BackboneName) -> str:
        """Return the receipt of the weights of a network."""
        return f"results/{self.run}/weights/{backbone}.json"

    @property
    def random_fc1(self) -> bool:
        """Return whether any experiment reads an fc1 of random weights on trained convolutions."""
        return self.with_fc1 and self.settings.configuration.weights.fc1 == "random"

    def check_files(self, source: str) -> None:
        """Check before any work that what the configuration names exists and fits; raises InputError if not.

        ``source``: the configuration's file, for messages.
        """
        configuration = self.settings.configuration
        self.statements()
        check_dataset(configuration, source)
        about = configuration.detection.about
        if about and not Path(about).is_file():
            raise InputError(f"{source}: detection.about: no file {about}; write it, or leave the key out")
        for name, experiment in self.settings.reading.items():
            try:
                check_start(experiment, configuration)
            except InputError as error:
                raise InputError(f"{source}: experiment {name}: {error}") from None
        try:
            check_networks(self.settings, self.with_fc1)
            if self.settings.faces:
                check_cascades(sorted({name for faces in self.settings.faces.values() for name in faces.detectors}))
        except InputError as error:
            raise InputError(f"{source}: {error}") from None

    @property
    def motion_streams(self) -> list[str]:
        """Names of the run's streams that are computed from the grey clips."""
        return [name for name, stream in self.settings.streams.items() if stream.kind != "rgb"]

    @property
    def poses(self) -> list[str]:
        """Names of the run's descriptors that consist of a person's points."""
        return [name for name, entry in self.settings.descriptors.items() if entry.kind == "pose"]

    def request(self, stream: str) -> FeatureRequest:
        """Return the features that the run needs of a stream."""
        return FeatureRequest(
            stream=self.settings.streams[stream],
            layers=self.settings.layers(stream),
            features=self.settings.configuration.features,
        )

    def requests(self, streams: list[str]) -> str:
        """Return the features that the run needs of several streams, as a JSON list."""
        return json.dumps([self.request(stream).model_dump(mode="json") for stream in streams])

    def computed(self) -> list[str]:
        """Return the experiments that are computed: the first of several with the same specification."""
        return [name for name in self.settings.experiments if self.settings.trained_as(name) == name]

    def drawn(self) -> list[str]:
        """Return the experiments with figures of their own: all that are computed but points of the learning curve."""
        return [name for name in self.computed() if name not in self.settings.points]

    def result_folder(self, name: str, seed: int | str) -> str:
        """Return the folder of an experiment's results, under the name that it is computed as."""
        return f"results/{self.run}/{self.experiment_folder(name)}/seed_{seed}"

    def experiment_folder(self, name: str) -> str:
        """Return the folder, below the run's, of an experiment's results with all seeds."""
        kinds = {"training": self.settings.trained, "classification": self.settings.classified}
        stage = next((stage for stage, experiments in kinds.items() if name in experiments), "fusion")
        return f"{stage}/{self.settings.trained_as(name)}"

    def manifest(self, name: str) -> str:
        """Return the manifest of all shards for an experiment's features; those of single shards are in its folder."""
        source = self.settings.reading[name]
        stage = f"features/{source.stream}" if source.stream else f"descriptors/{source.descriptor}"
        return f"results/{self.run}/{stage}.tsv"

    def pooling(self, name: str) -> str:
        """Return how an experiment's classifier gets one vector per segment: see signwild.stages.features.pooling."""
        descriptor = self.settings.descriptors.get(self.settings.classified[name].descriptor)
        return "first" if descriptor and descriptor.kind == "visual_features" else "mean"

    def result_files(self, file: str, names: list[str]) -> list[str]:
        """Return one file of the results of each experiment and seed."""
        seeds_of = self.settings.seeds_of
        return sorted({f"{self.result_folder(name, seed)}/{file}" for name in names for seed in seeds_of(name)})

    def history_files(self) -> list[str]:
        """Return the histories of all trained experiments."""
        return self.result_files("history.csv", list(self.settings.trained))

    def table_rows(self, table: str) -> list[str]:
        """Return the names of the experiments that a table's rows show."""
        return self.settings.tables[table].experiments

    def table_definition(self, table: str) -> str:
        """Return a table for its program, as JSON: each row contains the folder of its experiment's results."""
        shown = self.settings.tables[table]
        definition = shown.model_dump(mode="json", exclude={"protocol"})
        folders = self._row_folders(table)
        for row, entry, name in zip(definition["rows"], shown.rows, self.table_rows(table), strict=True):
            row |= {"experiment": shown.name_of(entry), "protocol": self.settings.protocol(name)}
            row |= {"reference": shown.counterpart_of(entry), "folder": folders[row["experiment"]]}
            row |= self._what_is_read(name)
        return json.dumps(definition)

    def _what_is_read(self, name: str) -> dict[str, int | str]:
        """Return the layer that an experiment reads of a stream, and its number of features; nothing for others."""
        source = self.settings.reading.get(name)
        if source is None or source.stream is None:
            return {}
        size = self.settings.configuration.resample.image_size
        return {"layer": source.what, "features": width_of_layer(source.what, size)}

    def claim_files(self) -> list[str]:
        """Return the table of the paper's statements, if the run can be checked against any."""
        forms = ("csv", "md") if self.statements() else ()
        return [f"results/{self.run}/tables/claims.{form}" for form in forms]

    def table_files(self) -> list[str]:
        """Return the run's tables in their three formats, and what a report needs besides the numbers."""
        forms = ("csv", "md", "tex", "json")
        return [f"results/{self.run}/tables/{name}.{form}" for name in self.settings.tables for form in forms]

    def interval_files(self) -> list[str]:
        """Return the pictures of the tables: intervals over videos."""
        return [f"results/{self.run}/figures/intervals_{name}.png" for name in self.settings.tables]

    def dataset_files(self) -> list[str]:
        """Return the files about the data set: its statistics, what was lost of it, and its manifest."""
        tables = [f"results/{self.run}/tables/{name}" for name in ("dataset", "attrition")]
        return [f"{table}.{form}" for table in tables for form in ("csv", "md", "tex")] + [
            self.attrition_figure(),
            f"results/{self.run}/dataset/manifest.tsv",
        ]

    def attrition_figure(self) -> str:
        """Return the picture of what was obtained of the data set, and what was lost."""
        return f"results/{self.run}/figures/attrition.png"

    def figure_files(self) -> list[str]:
        """Return the figures: confusion of experiments, reliability of those of segments, curves of trainings."""
        names = self.drawn()
        drawn = {
            "confusion": names,
            "reliability": [name for name in names if self.settings.unit(name) == "segment"],
            "curves": [name for name in names if self._learns(name)],
        }
        return [f"results/{self.run}/figures/{kind}_{name}.png" for kind, own in drawn.items() for name in own]

    def _learns(self, name: str) -> bool:
        """Return whether an experiment trains a network, and does not only evaluate one."""
        return name in self.settings.trained and self.settings.trained[name].training.epochs > 0

    def statements(self) -> dict[str, dict]:
        """Return the paper's statements that the run can be checked against, each with its table, for JSON.

        The run must build one of a statement's tables, with a row for each of the statement's experiments.
        """
        statements = validated(
            StatementsFile, {"statements": read_yaml(SHIPPED_CLAIMS)}, str(SHIPPED_CLAIMS)
        ).statements
        found = {}
        for name, statement in statements.items():
            wanted = [statement.claim.experiment, *statement.claim.against]
            for table in statement.claim.tables:
                folders = self._row_folders(table)
                if folders.keys() >= set(wanted) and name not in found:
                    shown = self.settings.tables[table]
                    labels = {shown.name_of(row): row.label for row in shown.rows}
                    found[name] = statement.model_dump(mode="json") | {
                        "table": table,
                        "folders": {experiment: folders[experiment] for experiment in wanted},
                        "labels": {experiment: labels[experiment] for experiment in wanted},
                    }
        return found

    def statement_files(self, file: str) -> list[str]:
        """Return one file of the results of each experiment and seed that the paper's statements are about."""
        folders = {folder for statement in self.statements().values() for folder in statement["folders"].values()}
        return sorted(f"results/{self.run}/{folder}/seed_{seed}/{file}" for folder in folders for seed in self.seeds)

    def _row_folders(self, table: str) -> dict[str, str]:
        """Return the results folder of each row of a table, by its name; empty for a table that is not built."""
        if table not in self.settings.tables:
            return {}
        shown = self.settings.tables[table]
        names = map(shown.name_of, shown.rows)
        return dict(zip(names, map(self.experiment_folder, self.table_rows(table)), strict=True))

    def network_files(self) -> list[str]:
        """Return the pictures of the shown experiment's framework and recurrent networks, if there is one."""
        names = ["figure_2", "figure_3"] if self.shown_experiment() else []
        return [f"results/{self.run}/figures/{name}.png" for name in names]

    def other_videos(self) -> list[str]:
        """Return the reasons why the run's videos are not the paper's."""
        return other_videos(self.settings.configuration)

    def not_telling(self) -> list[str]:
        """Return the reasons why nothing can be concluded from the run's numbers."""
        return [reason for reason in self.not_comparable() if reason == RENDERED or reason.startswith(RANDOM)]

    def shown_experiment(self) -> str | None:
        """Return the experiment that pictures show, by the name it is computed as; None if nothing is trained."""
        named = self.settings.configuration.report.experiment
        name = named or next(iter(self.settings.showable), None)
        return name and self.settings.trained_as(name)

    def shown_members(self) -> list[str]:
        """Return the trained experiments that the shown one is based on: itself, or those that it fuses."""
        name = self.shown_experiment()
        return self.settings.members(name) if name else []

    def rule(self, name: str | None) -> str:
        """Return how an experiment combines its members; the mean of a single member is the member itself."""
        fusion = self.settings.fused.get(name)
        return fusion.rule if fusion else "mean"

    def shown_title(self) -> str:
        """Return the title of the shown experiment's pictures: the experiment, the run and the seed."""
        return f"{self.shown_experiment()} (run {self.run}, seed {self.seeds[0]})"

    def illustration_files(self) -> list[str]:
        """Return the pictures of the data and, if there is a shown experiment, of it at work."""
        names = ["figure_1", *(["figure_4", "timelines", "tsne"] if self.shown_experiment() else [])]
        return [f"results/{self.run}/figures/{name}.png" for name in names]

    def not_comparable(self) -> list[str]:
        """Return the reasons why the run's numbers cannot be compared with the paper's."""
        return [*self.other_videos(), *other_weights(self.settings, self.random_fc1)]

    def paper_dataset(self) -> str | None:
        """Return the statistics of the data set if its videos are the paper's, judged by the file of labels."""
        of_paper = is_paper_dataset(self.settings.configuration)
        return f"results/{self.run}/tables/dataset.csv" if of_paper else None

    def tags(self) -> str:
        """Return the tags that every run has in MLflow besides its parameters, as JSON."""
        configuration = self.settings.configuration
        fc1 = {"fc1": "random"} if self.random_fc1 else {}
        return json.dumps({"dataset": configuration.dataset.kind, "weights": configuration.weights.source} | fc1)
