"""Progress of a fold's training, stored after an epoch, from which an interrupted job resumes."""

import json
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Self

import h5py
import numpy as np

from signwild.base.store import content_digest, new_store_file
from signwild.stages.training.progress import Progress


class ProgressFile:
    """File with the progress of one fold, under the same key as its result; it is removed once the result exists.

    ``sources``: keys of the features that are trained on. ``every_s``: seconds of work that a kill may cost beyond
    the current epoch; 0 keeps every epoch. As a context manager it keeps the last epoch when the program is asked to
    end (SystemExit), as a cluster does before a job's time is over: then only the current epoch is lost.
    """

    def __init__(self, path: Path, sources: Iterable[str], every_s: float) -> None:
        self._path = path
        self._sources = list(sources)
        self._every_s = every_s
        self._kept = monotonic()
        self._seconds = 0.0
        self._latest: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is SystemExit:
            self._write()

    @property
    def seconds(self) -> float:
        """Seconds of work on the fold so far, including those before an interruption."""
        return self._seconds

    def add(self, seconds: float) -> None:
        """Count more seconds of work: of folds that are trained side by side, each has its share."""
        self._seconds += seconds

    def read(self) -> Progress | None:
        """Return what was kept; None if there is nothing or, with a message, if the file is damaged."""
        self._kept = monotonic()
        try:
            with h5py.File(self._path) as file:
                if file.attrs["content"] != content_digest(file):
                    raise OSError("its data are not what was written")
                state, best = (_read_arrays(file, name) for name in ("state", "best_state"))
                self._seconds += float(file.attrs["seconds"])
                probabilities = file["best_probabilities"][()] if best else None
                return Progress(state, best or None, probabilities, json.loads(file["rows"][()]))
        except FileNotFoundError:
            return None
        except (OSError, KeyError) as error:
            print(f"{self._path}: cannot be read ({error}); this fold starts over", flush=True)
            return None

    def keep(self, progress: Progress) -> None:
        """Keep the progress if enough work has been done since the last time, else when the program has to end."""
        self._latest = progress
        if monotonic() - self._kept >= self._every_s:
            self._write()

    def _write(self) -> None:
        if self._latest is None:
            return
        with new_store_file(self._path, self._sources, self.seconds) as file:
            file["rows"] = json.dumps(self._latest.rows)
            _write_arrays(file, "state", self._latest.state)
            if self._latest.best_state is not None:
                _write_arrays(file, "best_state", self._latest.best_state)
                file["best_probabilities"] = self._latest.best_probabilities
        self._latest = None
        self._kept = monotonic()

    def remove(self) -> None:
        """Remove the file: the fold is done."""
        self._path.unlink(missing_ok=True)


def _write_arrays(file: h5py.File, name: str, arrays: list[np.ndarray]) -> None:
    for number, values in enumerate(arrays):
        file[f"{name}/{number:04d}"] = values


def _read_arrays(file: h5py.File, name: str) -> list[np.ndarray]:
    return [values[()] for values in file.get(name, {}).values()]
