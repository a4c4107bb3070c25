"""Reads campaign files that the Rust tests wrote with h5py and xarray.

    python check_campaign.py FOLDER

FOLDER holds `merged.h5`, `linked.h5` and the runs they were made of. Prints what it checked; any
difference is an error.
"""

import pathlib
import sys

import h5py
import numpy as np
import xarray as xr

PLACES = ["bptt-s1", "bptt-s2", "studies/lr/trial-0"]


def main(folder):
    for name in ("merged.h5", "linked.h5"):
        check_h5py(folder, folder / name)
        check_summary(folder / name)
        check_tree(folder / name)
    print("all good")


def check_h5py(folder, path):
    with h5py.File(path, "r") as f:
        assert f.attrs["Conventions"] == "NeuroTrain-campaign" and f.attrs["campaign"] == "mini"
        assert sorted(f) == ["bptt-s1", "bptt-s2", "studies", "summary"], sorted(f)
        assert f.attrs["layout"] == path.stem
        for place in PLACES:
            run = f[place]
            for weight in ("parameters/synapses.0.weight", "node/nodes/synapses.0/weight"):
                link = run.get(weight, getlink=True)
                assert isinstance(link, h5py.ExternalLink) == (path.stem == "linked"), link
            assert run.attrs["Conventions"] == "NeuroTrain-run"
            check_scales(run)
            with h5py.File(folder / "runs" / place.split("/")[-1] / "run.h5", "r") as single:
                for name, dataset in single["parameters"].items():
                    assert dataset[()].tobytes() == run["parameters"][name][()].tobytes(), name
            node = run["node/nodes/synapses.0/weight"]
            assert node == run["parameters/synapses.0.weight"], "the weight is stored twice"
    print("h5py", path.name)


def check_scales(run):
    metrics = run["metrics"]
    for scale in (metrics["epoch"], metrics["layer"], run["measured/epoch"], run["metrics/rule/epoch"]):
        assert h5py.h5ds.is_scale(scale.id), scale
    sparsity = metrics["activation_sparsity"]
    assert sparsity.dims[0][0] == metrics["epoch"] and sparsity.dims[1][0] == metrics["layer"]
    assert h5py.h5ds.is_attached(sparsity.id, metrics["layer"].id, 1)
    loss = metrics["validation_loss"]
    assert h5py.h5ds.is_attached(loss.id, metrics["epoch"].id, 0)
    assert not h5py.h5ds.is_attached(loss.id, metrics["layer"].id, 0)
    assert loss.dims[0][0][()].tolist() == [1, 2, 3]
    back = metrics["epoch"].attrs["REFERENCE_LIST"]
    names = {run.file[reference].name.split("/")[-1] for reference, _ in back}
    assert "validation_loss" in names and "activation_sparsity" in names, names


def check_summary(path):
    with xr.open_dataset(path, engine="h5netcdf", group="summary") as summary:
        assert list(summary["run"].values) == PLACES, summary
        assert list(summary["seed"].values) == [1, 2, 3]
        assert list(summary["study"].values) == ["", "", "lr"]
        assert float(summary["test_accuracy"].sel(run="bptt-s2")) == 0.9123
        assert summary["seconds"].attrs["units"] == "s"
        frame = summary.to_dataframe()
        assert len(frame) == 3 and frame.loc["bptt-s1", "trainer"] == "eprop", frame
        mean = frame.groupby(["trainer", "model"])["test_accuracy"].mean()
        assert np.isclose(mean.iloc[0], 0.9123)
    print("summary of", path.name)


def check_tree(path):
    with xr.open_datatree(path, engine="h5netcdf", phony_dims="sort") as tree:
        tree.load()
        assert set(tree.children) == {"bptt-s1", "bptt-s2", "studies", "summary"}, tree.children
        for place in PLACES:
            metrics = tree[place]["metrics"].to_dataset()
            assert set(metrics.coords) == {"epoch", "layer"}, metrics
            assert metrics["activation_sparsity"].dims == ("epoch", "layer")
            last = metrics["activation_sparsity"].sel(epoch=3, layer="neurons.1").item()
            assert last == 1 / 3, last
            assert float(tree[place]["metrics/rule"]["error"].sel(epoch=3)) == 1 / 5
            assert tree[place]["parameters"]["synapses.0.weight"].shape == (64, 784)
            assert tree[place].attrs["trainer"] == "eprop"
    print("xarray tree of", path.name)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
