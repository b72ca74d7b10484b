"""Write a configuration that differs from another in some values.

    python scripts/write_configuration.py config/starter.yaml --set segments.group_by=person --output mine.yaml

To change a value that both share, edit the first and write the other again. The result is checked like any other.
"""

from collections.abc import Sequence
from pathlib import Path

from signwild.cli.program import run_function
from signwild.configuration.settings import load_settings, read_yaml
from signwild.plan.run import SHIPPED_EXPERIMENTS
from signwild.upkeep.derived import values


def write_configuration(base: Path, /, *, output: Path, set_: Sequence[str] = (), set_text: Sequence[str] = ()) -> None:
    """Write a configuration that differs from another in some values.

    ``set_``: changes such as ``segments.group_by=person``, values in YAML. ``set_text``: the same for literal texts.
    """
    changes = dict(map(values.read_change, set_)) | dict(map(values.split_change, set_text))
    content = values.with_changes(read_yaml(base), changes)
    load_settings(content, str(output), SHIPPED_EXPERIMENTS)
    values.write_configuration(content, str(base), output)


if __name__ == "__main__":
    run_function(write_configuration, description=__doc__)
