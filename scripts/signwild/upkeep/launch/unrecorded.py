"""Results that jobs of a killed run finished on their own: Snakemake does not know how they were made.

A cluster job continues when the run that started it is killed. Its results have no record of their parameters and
code, so a later change of these would go unnoticed. The results are then made again from the store.
"""

from pathlib import Path

from signwild.upkeep.forecast.dry_run import unrecorded_outputs


def remove_unrecorded(configfile: Path) -> list[Path]:
    """Remove the results without a record, and return their paths; raises InputError if Snakemake fails."""
    found = unrecorded_outputs(configfile)
    for path in found:
        path.unlink()
    return found
