"""Labels of samples, from the spans that a data set gives."""

import numpy as np
import pandas as pd

from signwild.base.classes import CLASSES

UNLABELLED = -1


def label_samples(samples: pd.DataFrame, spans: pd.DataFrame) -> np.ndarray:
    """Return the class of each sample as its position in CLASSES, or UNLABELLED: (n,) int64.

    ``samples``: frame, time_s. ``spans``: one video's unit, start, end, label, as text. Unit seconds
    means start <= time_s < end, where an empty end is the end of the video; unit frame means
    start <= frame <= end.
    """
    classes = np.full(len(samples), UNLABELLED, np.int64)
    for span in spans.itertuples():
        end = float(span.end) if span.end else np.inf
        if span.unit == "seconds":
            inside = (samples["time_s"] >= float(span.start)) & (samples["time_s"] < end)
        else:
            inside = samples["frame"].between(float(span.start), end)
        classes[inside.to_numpy()] = CLASSES.index(span.label)
    return classes
