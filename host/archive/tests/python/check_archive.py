"""Reads what the Rust tests wrote with h5py, xarray and nir.

    python check_archive.py FOLDER

FOLDER holds `recurrent.h5`, `convolutional.h5`, `failed.h5`, and for each parameter of the first
two `NAME.RUN.bin` with its raw bytes. Prints what it checked; any difference is an error.
"""

import json
import pathlib
import sys
import tempfile

import h5py
import nir
import numpy as np
import xarray as xr


def main(folder):
    print("python", sys.version.split()[0], "h5py", h5py.__version__, "HDF5", h5py.version.hdf5_version)
    print("xarray", xr.__version__, "nir", nir.version, "numpy", np.__version__)
    recurrent, convolutional = folder / "recurrent.h5", folder / "convolutional.h5"
    check_identity(recurrent)
    check_dimensions(recurrent)
    check_default_plot(recurrent)
    check_parameters(recurrent)
    check_parameters(convolutional)
    check_texts(recurrent)
    check_recurrent_nir(recurrent)
    check_convolutional_nir(convolutional)
    if hasattr(xr, "open_datatree"):
        check_tree(recurrent)
        check_tree(convolutional)
        check_failed(folder / "failed.h5")
    else:
        print("NOT CHECKED: this xarray has no open_datatree")
    check_dataset(recurrent)
    print("all good")


def check_identity(path):
    with h5py.File(path, "r") as f:
        attrs = dict(f.attrs)
        assert attrs["Conventions"] == "NeuroTrain-run", attrs
        assert attrs["schema_version"] == "1.0", attrs
        assert attrs["producer"] == "neurotrain 0.1.0", attrs
        assert attrs["created"] == "2026-01-31T12:00:00Z", attrs
        assert attrs["name"] == "e-prop on MNIST, μ = ½", attrs
        assert attrs["seed"] == 2**64 - 1, attrs
        assert attrs["status"] == "completed" and attrs["failure_reason"] == "", attrs
        assert attrs["test_touches"] == 1, attrs
        assert f["results/test_accuracy"][()] == 0.9123
        assert f["results/synaptic_operations/forward_dense"][()] == 2**60 + 1
        assert f["results/memory_footprint_bytes"].attrs["units"] == "byte"
        assert "execution_seconds" in f["measured"] and "wall_seconds" not in f["metrics"]
    print("identity")


def check_dimensions(path):
    with h5py.File(path, "r") as f:
        metrics = f["metrics"]
        for scale in (metrics["epoch"], metrics["layer"], f["measured/epoch"], f["metrics/rule/epoch"]):
            assert h5py.h5ds.is_scale(scale.id), scale
            assert h5py.h5ds.get_scale_name(scale.id).decode() == scale.name.split("/")[-1]
        sparsity = metrics["activation_sparsity"]
        assert sparsity.dims[0][0] == metrics["epoch"] and sparsity.dims[1][0] == metrics["layer"]
        assert h5py.h5ds.is_attached(sparsity.id, metrics["epoch"].id, 0)
        assert h5py.h5ds.is_attached(sparsity.id, metrics["layer"].id, 1)
        assert not h5py.h5ds.is_attached(sparsity.id, metrics["layer"].id, 0)
        loss = metrics["validation_loss"]
        assert h5py.h5ds.is_attached(loss.id, metrics["epoch"].id, 0)
        assert h5py.h5ds.get_num_scales(loss.id, 0) == 1
        for name in ("units", "long_name", "description"):
            assert isinstance(loss.attrs[name], str), name
        assert np.isnan(loss[0]) and loss[2] == 0.75 / 3
        assert list(metrics["epoch"]) == [1, 2, 3]
        weight = f["parameters/synapses.0.weight"]
        assert [d.label for d in weight.dims] == ["out", "in"]
        assert [d.label for d in f["parameters/feedback.0"].dims] == ["", ""]
        assert weight.chunks == weight.shape and weight.compression == "gzip" and weight.shuffle
        assert f["parameters/recurrent.0.bias"].chunks is None
    print("dimension scales")


def check_default_plot(path):
    with h5py.File(path, "r") as f:
        group = f[f.attrs["default"]]
        assert group.attrs["NX_class"] == "NXdata"
        axes = list(group.attrs["axes"])
        assert axes == ["epoch"], axes
        assert group[group.attrs["signal"]].shape == group[axes[0]].shape
        for name in group.attrs["auxiliary_signals"]:
            assert group[name].shape == group[axes[0]].shape
    print("default plot")


def check_parameters(path):
    count = 0
    with h5py.File(path, "r") as f:
        for dataset in f["parameters"].values():
            name = dataset.attrs["name"]
            raw = path.parent / (name.replace("/", "_") + "." + path.stem + ".bin")
            assert dataset[()].tobytes() == raw.read_bytes(), name
            count += 1
            for flag in ("trainable", "trained", "own", "fixed"):
                assert isinstance(dataset.attrs[flag], np.bool_), (name, flag, dataset.attrs[flag])
        expected = len(list(path.parent.glob("*." + path.stem + ".bin")))
    assert count == expected, (count, expected)
    print(count, "parameters, bit by bit")


def check_texts(path):
    with h5py.File(path, "r") as f:
        config = json.loads(f["config/resolved"].asstr()[()])
        assert config == {"trainer": {"lr": 0.001, "tau": None}, "seed": 42, "sizes": [64]}, config
        assert list(config) == ["trainer", "seed", "sizes"], "order lost"
        assert f["config/requested"].asstr()[()] == "trainers: [eprop]\n# µ\nseed: 42\n"
        assert json.loads(f["network/graph"].asstr()[()])["net_type"] == "rec"
        assert list(f["provenance/plugins/role"].asstr()) == ["trainer", "model", "dataset"]
        assert list(f["provenance/machine"].attrs["features"]) == ["avx2", "fma"]
        assert f["provenance/dataset/files/bytes"][0] == 9_912_422
    print("configuration and provenance")


def check_tree(path):
    with xr.open_datatree(path, engine="h5netcdf", phony_dims="sort") as tree:
        tree.load()
        assert tree.attrs["Conventions"] == "NeuroTrain-run"
        metrics = tree["metrics"].to_dataset()
        if path.stem == "recurrent":
            assert set(metrics.coords) == {"epoch", "layer"}, metrics
            assert metrics["activation_sparsity"].dims == ("epoch", "layer")
            last = metrics["activation_sparsity"].sel(epoch=3, layer="neurons.1").item()
            assert last == 1 / 3, last
            assert metrics["validation_loss"].attrs["units"] == "1"
            assert tree["measured"]["peak_training_state_bytes"].values[2] == 1_234_569
            assert float(tree["metrics/rule"]["error"].sel(epoch=3)) == 1 / 5
            assert tree["parameters"]["synapses.0.weight"].shape == (64, 784)
        assert "nodes" in tree["node"].children
    print("xarray tree of", path.name)


def check_dataset(path):
    with xr.open_dataset(path, engine="h5netcdf", group="metrics") as metrics:
        assert metrics.sizes == {"epoch": 3, "layer": 2}, metrics.sizes
        frame = metrics["train_accuracy"].to_series()
        assert frame.index.name == "epoch" and frame.iloc[-1] == 0.9
    print("xarray dataset without phony dimensions")


def check_failed(path):
    with xr.open_datatree(path, engine="h5netcdf", phony_dims="sort") as tree:
        tree.load()
        assert tree.attrs["status"] == "failed" and tree.attrs["failure_reason"] == "diverged"
        assert tree["metrics"].sizes["epoch"] == 0
        assert "graph" in tree.attrs["nir_absent"]
        assert "node" not in tree.children
    print("a failed run without epochs")


def check_recurrent_nir(path):
    graph = nir.read(path)
    kinds = {name: type(node).__name__ for name, node in graph.nodes.items()}
    assert kinds == {
        "input": "Input",
        "flatten": "Flatten",
        "synapses.0": "Linear",
        "neurons.0": "LIF",
        "recurrent.0": "Affine",
        "synapses.1": "Linear",
        "neurons.1": "I",
        "output": "Output",
    }, kinds
    edges = set(graph.edges)
    assert ("neurons.0", "recurrent.0") in edges and ("recurrent.0", "neurons.0") in edges
    assert len(edges) == 8, edges
    with h5py.File(path, "r") as f:
        for node, field, parameter in (
            ("synapses.0", "weight", "synapses.0.weight"),
            ("recurrent.0", "weight", "recurrent.0.weight"),
            ("recurrent.0", "bias", "recurrent.0.bias"),
            ("synapses.1", "weight", "synapses.1.weight"),
        ):
            values = getattr(graph.nodes[node], field)
            assert np.array_equal(values, f["parameters"][parameter]), (node, field)
            linked = f["node/nodes"][node][field]
            assert linked == f["parameters"][parameter], "the weight is stored twice"
    assert graph.metadata["dt"] == 1e-3
    lif = graph.nodes["neurons.0"]
    check_euler_step(lif, beta=0.9, dt=1e-3)
    assert lif.tau.shape == (64,) and lif.tau.dtype == np.float32
    assert np.all(lif.v_threshold == 1) and np.all(lif.v_reset == 0) and np.all(lif.v_leak == 0)
    assert lif.metadata["reset"] == "subtract" and lif.metadata["reset_order"] == "immediate"
    assert lif.metadata["beta"] == 0.9
    assert json.loads(lif.metadata["surrogate"]) == {"kind": "fast_sigmoid", "slope": 25.0}
    assert np.allclose(graph.nodes["neurons.1"].r, 1000)
    round_trip(graph)
    print("nir.read of", path.name)


def check_convolutional_nir(path):
    graph = nir.read(path)
    kinds = [type(graph.nodes[n]).__name__ for n in sorted(graph.nodes)]
    assert kinds == [
        "Conv2d", "Conv2d", "Linear", "Flatten", "Input", "LIF", "LIF", "Output", "AvgPool2d", "LI", "Scale",
    ], kinds
    edges = set(graph.edges)
    assert {("conv.1", "lif.1"), ("pool.0", "lif.1"), ("lif.1", "head.flatten"), ("head.flatten", "head")} <= edges
    assert not any("sum" in edge for edge in edges), edges
    assert graph.metadata["dt"] == 1e-4
    assert graph.nodes["lif.0"].tau.shape == (4, 12, 12)
    assert graph.nodes["lif.1"].tau.shape == (4, 6, 6)
    check_euler_step(graph.nodes["lif.1"], beta=0.5, dt=1e-4)
    check_euler_step(graph.nodes["readout"], beta=0.8, dt=1e-4)
    assert "note" in graph.nodes["lif.0"].metadata and "note" not in graph.nodes["lif.1"].metadata
    assert np.allclose(graph.nodes["scale.0"].scale, 2.74)
    assert np.all(graph.nodes["conv.0"].bias == 0) and graph.nodes["conv.0"].bias.shape == (4,)
    assert np.any(graph.nodes["conv.1"].bias != 0)
    round_trip(graph)
    print("nir.read of", path.name)


def check_euler_step(node, beta, dt):
    """One Euler step of `tau dv/dt = (v_leak - v) + r I` is `v <- beta v + I`."""
    v, current = 0.7, 0.3
    after = v + dt / node.tau * (node.v_leak - v + node.r * current)
    assert np.allclose(after, beta * v + current, rtol=1e-6), after


def round_trip(graph):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "again.nir"
        nir.write(path, graph)
        again = nir.read(path)
        assert set(again.edges) == set(graph.edges) and set(again.nodes) == set(graph.nodes)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
