"""Compares TensorBoard event files with the CSV file beside them.

    python read_events.py FOLDER
"""

import csv
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main(folder):
    with open(folder / "epochs.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    checked = 0
    for run in sorted({row["run"] for row in rows}):
        events = EventAccumulator(str(folder / "tb" / run))
        events.Reload()
        tags = events.Tags()["scalars"]
        assert "accuracy/final_test" in tags, tags
        for tag, column in (
            ("accuracy/train", "train_accuracy"),
            ("loss/validation", "validation_loss"),
            ("measured/wall_seconds", "wall_seconds"),
        ):
            expected = {int(row["epoch"]): float(row[column]) for row in rows if row["run"] == run}
            found = {event.step: event.value for event in events.Scalars(tag)}
            assert found.keys() == expected.keys(), (tag, found)
            for step, value in expected.items():
                assert math.isclose(found[step], value, rel_tol=1e-6), (tag, step, found[step], value)
            checked += len(found)
    print("EventAccumulator read", checked, "scalars")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
