"""Search YouTube for candidate videos of the data set, and write a table for vetting."""

from pathlib import Path

from signwild.base.errors import InputError
from signwild.cli.program import run_function
from signwild.configuration.sections.dataset import WildDataset
from signwild.plan.run import read_plan
from signwild.stages.download import candidates
from signwild.stages.download.candidates import SEARCH, file_name


def search_candidates(configfile: Path, query: str, count: int) -> None:
    """Search YouTube for candidate videos of the data set, and write a table for vetting."""
    dataset = read_plan(configfile).settings.configuration.dataset
    if not isinstance(dataset, WildDataset):
        raise InputError(f"{configfile}: dataset.kind: candidates are searched for signing-in-the-wild alone")
    output = Path(dataset.folder) / "candidates" / f"{file_name(query)}.tsv"
    new = candidates.search_candidates(query, count, SEARCH, dataset.youtube, Path(dataset.folder), output)
    print(f"{output}: {new} candidates that are not in the data set; look at each before you label it")


if __name__ == "__main__":
    run_function(search_candidates)
