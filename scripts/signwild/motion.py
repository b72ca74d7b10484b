"""The kinds of motion stream: which function writes which."""

from collections.abc import Callable
from functools import partial

import h5py

from signwild.difference import write_difference
from signwild.flow import write_flow
from signwild.mhi import write_mhi
from signwild.parameters.stream import Stream

WRITERS = {"flow": write_flow, "mhi": write_mhi, "difference": write_difference}


def stream_writer(stream: Stream) -> Callable[[h5py.Group, h5py.Group], None]:
    """What fills a motion stream's group from a group of the clips file, by the stream's kind."""
    return partial(WRITERS[stream.kind], parameters=stream)
