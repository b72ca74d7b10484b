"""Kinds of motion stream, and the functions that write them."""

from collections.abc import Callable
from functools import partial

import h5py

from signwild.configuration.sections.stream import Stream
from signwild.stages.streams.difference import write_difference
from signwild.stages.streams.flow import write_flow
from signwild.stages.streams.mhi import write_mhi

WRITERS = {"flow": write_flow, "mhi": write_mhi, "difference": write_difference}


def stream_writer(stream: Stream) -> Callable[[h5py.Group, h5py.Group], None]:
    """Return the function that fills a motion stream's group from a group of the clips file, by the stream's kind."""
    return partial(WRITERS[stream.kind], parameters=stream)
