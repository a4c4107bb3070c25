"""Spikes of values by snnTorch, for comparison with the host's.

coding.py CASES.json OUT.json   a list of spikes per case, row-major [T, elements]
"""

import json
import sys

import torch
from snntorch import spikegen


def spikes(case):
    values = torch.tensor(case["values"], dtype=torch.float32)
    if case["code"] == "latency":
        return spikegen.latency(
            values,
            num_steps=case["steps"],
            threshold=case["threshold"],
            tau=case["tau"],
            linear=case["linear"],
            normalize=case["normalize"],
            clip=case["clip"],
            bypass=True,
        )
    frames = values.reshape(case["steps"], -1)
    return spikegen.delta(
        frames, threshold=case["threshold"], padding=case["padding"], off_spike=case["off_spikes"]
    )


with open(sys.argv[1]) as file:
    cases = json.load(file)
with open(sys.argv[2], "w") as file:
    json.dump([spikes(case).reshape(-1).tolist() for case in cases], file)
