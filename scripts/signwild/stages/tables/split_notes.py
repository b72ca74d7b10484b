"""Notes below a table with rows on folds by video: how these were dealt, and what a difference means."""

from signwild.configuration.sections.segments import GroupBy


def split_notes(folds: dict[str, dict[str, int]], group_by: GroupBy) -> list[str]:
    """Return the notes; none if no row is on folds by video.

    ``folds``: the fold of each video, by the label of each row on folds by video, and under "" of the other rows, if
    there are any. ``group_by``: what the other rows' folds keep together.
    """
    labels = [label for label in folds if label]
    if not labels:
        return []
    named = f"{'; '.join(labels)}: folds by video"
    if "" in folds and all(folds[label] == folds[""] for label in labels):
        return [
            f"{named}, which are those by {group_by} here, as where no {group_by} has two videos: nothing to compare."
        ]
    notes = [
        f"{named}. Videos stay whole, but a {group_by} may be trained on and held out, with the same face, clothes, "
        "room and camera."
    ]
    if "" in folds:
        notes.append(
            f"By video minus by {group_by} is what such familiar material adds, and what any other dealing of folds "
            f"changes. It is no gain of a method: with a {group_by} that was not trained on, expect the row by "
            f"{group_by}."
        )
    return notes
