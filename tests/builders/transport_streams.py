"""Packets of MPEG transport streams, to be left out or changed."""

from pathlib import Path


def transport_packets(path: Path) -> tuple[list[bytearray], list[int]]:
    """Return the packets of a transport stream with one video, and the positions of those that a frame begins in."""
    data, size = path.read_bytes(), 188
    packets = [bytearray(data[start : start + size]) for start in range(0, len(data), size)]
    # The first program's video has this number, and a bit says that a frame begins.
    return packets, [k for k, packet in enumerate(packets) if packet[1] == 0x41 and packet[2] == 0x00]
