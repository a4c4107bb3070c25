"""Reads campaign files with h5py and xarray.

    python read_campaign.py MERGED LINKED
"""

import sys

import h5py
import numpy as np
import xarray as xr


def main(paths):
    values = []
    for path in paths:
        with h5py.File(path, "r") as f:
            names = list(f["summary/run"].asstr())
            assert len(names) == 4 and set(names) | {"summary"} == set(f), (names, list(f))
            weights = {
                (name, weight): f[name]["parameters"][weight][()] for name in names for weight in f[name]["parameters"]
            }
        with xr.open_dataset(path, engine="h5netcdf", group="summary") as summary:
            frame = summary.to_dataframe()
            means = frame.groupby("trainer")["validation_accuracy"].agg(["mean", "count"])
            assert list(means["count"]) == [2, 2] and (means["mean"] > 0.1).all(), means
        with xr.open_datatree(path, engine="h5netcdf", phony_dims="sort") as tree:
            curves = xr.concat(
                [tree[name]["metrics"].to_dataset()["validation_accuracy"] for name in names], dim="run"
            )
            assert curves.shape == (4, 2) and list(curves["epoch"].values) == [1, 2], curves
            assert np.array_equal(curves[:, -1], frame["validation_accuracy"].loc[names])
        values.append((frame, weights))
    (merged, merged_weights), (linked, linked_weights) = values
    assert merged.equals(linked)
    assert merged_weights.keys() == linked_weights.keys()
    assert all(np.array_equal(merged_weights[key], linked_weights[key]) for key in merged_weights)
    print("h5py", h5py.__version__, "and xarray", xr.__version__, "read", len(merged), "runs of both files")


if __name__ == "__main__":
    main(sys.argv[1:])
