"""Requests for GPUs, as docs/cluster.md names them, before the executor's own functions."""

import pytest
from places import ROOT
from snakemake.iocontainers import ResourceList
from snakemake_executor_plugin_slurm.submit_string import get_submit_command
from snakemake_executor_plugin_slurm.utils import set_gres_string
from snakemake_executor_plugin_slurm.validation import validate_slurm_extra
from snakemake_interface_common.exceptions import WorkflowError

TYPE = "nvidia_a100-sxm4-80gb"
"""Type of a GPU with hyphens, as Slurm's detection names cards."""


class Job:
    """What the executor reads of a job."""

    threads = 1

    def __init__(self, **resources: object) -> None:
        self.resources = ResourceList(fromdict=resources)


def requested(**resources: object) -> str:
    """Return the executor's command for a job with these resources; raises WorkflowError if it refuses them."""
    job = Job(**resources)
    validate_slurm_extra(job)
    names = {"run_uuid": "u", "slurm_logfile": "l", "comment_str": "c", "account": "", "partition": "", "workdir": "."}
    return get_submit_command(job, names) + set_gres_string(job)


@pytest.mark.parametrize(
    ("resources", "option"),
    [
        ({"gpu": 1}, " --gpus=1"),
        ({"gpu": 0, "gres": "gpu:1"}, " --gres=gpu:1"),
        ({"gpu": 0, "gres": "gpu:a100:1"}, " --gres=gpu:a100:1"),
        ({"gpu": 0, "slurm_extra": f"--gpus-per-node={TYPE}:1"}, f" --gpus-per-node={TYPE}:1"),
        ({"gpu": 1, "gres": "lscratch:100"}, " --gres=lscratch:100 --gpus=1"),
    ],
)
def test_what_the_documentation_names_is_taken(resources: dict, option: str) -> None:
    assert option in requested(**resources)


@pytest.mark.parametrize(
    "resources",
    [
        {"gpu": 0, "gres": f"gpu:{TYPE}:1"},
        {"gpu": 1, "gpu_model": TYPE},
        {"gpu": 0, "gres": "gpu:1,lscratch:100"},
        {"gpu": 0, "slurm_extra": f"--gres=gpu:{TYPE}:1"},
    ],
)
def test_what_the_documentation_warns_of_is_refused(resources: dict) -> None:
    with pytest.raises(WorkflowError):
        requested(**resources)


def test_the_documentation_names_them() -> None:
    text = (ROOT / "docs/cluster.md").read_text()
    for words in (
        'gpu: 0, gres: "gpu:1"',
        'gres: "gpu:a100:1"',
        f"""gpu: 0, slurm_extra: "'--gpus-per-node={TYPE}:1'\"""",
        'gpu: 1, gres: "lscratch:100"',
    ):
        assert words in text
