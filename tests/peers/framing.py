"""Frames of events by tonic, for comparison with the host's.

framing.py cases CASES.json OUT.json   frames of recordings: made up, or of files of N-MNIST
framing.py time FOLDER STEPS BATCH     samples per second of a folder of N-MNIST recordings, decoded and framed as
                                       NeuroTrain does (Denoise, ToFrame, clamp), through PyTorch's DataLoader, and
                                       out of tonic's DiskCachedDataset
"""

import json
import sys
import time

import numpy as np
from tonic.io import read_mnist_file
from tonic.transforms import Denoise, Downsample, MergePolarities, ToFrame

DTYPE = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])


def frames(case):
    if "file" in case:
        events = read_mnist_file(case["file"], dtype=DTYPE)
    else:
        events = np.zeros(len(case["t"]), dtype=DTYPE)
        for name in "xytp":
            events[name] = case[name]
    if case["denoise"]:
        events = Denoise(filter_time=case["denoise"])(events)
    channels = 2
    if case["merged"]:
        events, channels = MergePolarities()(events), 1
    side = case["downsample"]
    if side > 1:
        events = Downsample(spatial_factor=1 / side)(events)
    size = (-(-case["width"] // side), -(-case["height"] // side), channels)
    return ToFrame(sensor_size=size, **{case["slicing"]: case["amount"]})(events)


def compare(source, target):
    with open(source) as file:
        cases = json.load(file)
    found = []
    for case in cases:
        array = np.asarray(frames(case))
        found.append({"frames": array.shape[0], "values": array.reshape(-1).astype(int).tolist()})
    with open(target, "w") as file:
        json.dump(found, file)


def measure(folder, steps, batch):
    import glob
    import tempfile

    import torch
    from tonic import DiskCachedDataset
    from torch.utils.data import DataLoader, Dataset

    torch.set_num_threads(1)
    paths = sorted(glob.glob(f"{folder}/**/*.bin", recursive=True))
    denoise, to_frame = Denoise(filter_time=10000), ToFrame(sensor_size=(34, 34, 2), n_time_bins=steps)

    class Recordings(Dataset):
        def __len__(self):
            return len(paths)

        def __getitem__(self, index):
            events = read_mnist_file(paths[index], dtype=DTYPE)
            frames = to_frame(denoise(events)).clip(0, 1).astype(np.float32)
            return frames, int(paths[index].split("/")[-2])

    def rate(data, workers, epochs):
        # Workers that stay: starting them is no part of an epoch after the first.
        loader = DataLoader(data, batch_size=batch, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
        best = float("inf")
        for _ in range(epochs):
            start = time.perf_counter()
            for frames, _ in loader:
                frames.transpose(0, 1)
            best = min(best, time.perf_counter() - start)
        return len(paths) / best

    rates = {"decoded, 0 workers": rate(Recordings(), 0, 1), "decoded, 2 workers": rate(Recordings(), 2, 2)}
    with tempfile.TemporaryDirectory() as cache:
        cached = DiskCachedDataset(Recordings(), cache_path=cache)
        rate(cached, 2, 1)
        rates["cached, 0 workers"] = rate(cached, 0, 2)
        rates["cached, 2 workers"] = rate(cached, 2, 3)
    print(json.dumps(rates))


if __name__ == "__main__":
    if sys.argv[1] == "cases":
        compare(*sys.argv[2:])
    else:
        measure(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
