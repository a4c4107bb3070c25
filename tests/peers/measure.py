"""What the peer scripts share: batches, timing, memory, one process per case."""

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

SHAPES = {
    # classes, steps
    "mnist": (10, 10),
    "shd": (20, 100),
}
BATCH = 256
# The subset of MNIST that this host brings along.
MNIST = Path(__file__).resolve().parents[2] / "datasets" / "mnist" / "data" / "mnist"


def limit_threads(threads):
    """Limits the threads of every library that is imported afterwards."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)


def digits(count):
    """The first real images [N, 1, 28, 28] as bytes, and labels [N]."""
    import torch

    def read(name, header):
        data = bytearray(gzip.decompress((MNIST / name).read_bytes())[header:])
        return torch.frombuffer(data, dtype=torch.uint8)

    images = read("train-images-idx3-ubyte.gz", 16).view(-1, 1, 28, 28)[:count]
    return images, read("train-labels-idx1-ubyte.gz", 8)[:count].long()


def spikes(shape, flat):
    """Spikes [T, B, ...] and labels: real digits, rate coded, or 700 channels of which 2 % fire at random."""
    import torch

    classes, steps = SHAPES[shape]
    if shape == "mnist":
        images, labels = digits(BATCH)
        data = torch.bernoulli(images.float().div(255).expand(steps, -1, -1, -1, -1))
        return (data.flatten(2) if flat else data), labels
    return (torch.rand(steps, BATCH, 700) < 0.02).float(), torch.arange(BATCH) % classes


def status(name):
    """A memory figure of this process, in MB (Linux)."""
    with open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
    return 0.0


def start_of_memory():
    """Resident MB now; the peak starts again from here, so that imports do not count."""
    try:
        with open("/proc/self/clear_refs", "w") as control:
            control.write("5")
    except OSError:
        pass
    return status("VmRSS")


def timed(step, batches, seconds):
    """Milliseconds of the shortest of `batches` steps after a first one.

    Fewer steps when `seconds` are over; the first counts only when it alone took that long.
    """
    start = time.perf_counter()
    step()
    first = time.perf_counter() - start
    times = [first] if first > seconds else []
    while not times or (len(times) < batches and time.perf_counter() - start < seconds):
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    return {"ms_per_batch": 1e3 * min(times), "batches": len(times)}


def report(out, start, threads, **row):
    """Prints a JSON line, with what the process needed above `start` MB."""
    row["peak_mb"] = round(status("VmHWM") - start, 1)
    row["threads"] = threads
    print(json.dumps(row), file=out, flush=True)


def quiet_stdout():
    """Sends what libraries print to standard error, and returns the real standard output."""
    out, sys.stdout = sys.stdout, sys.stderr
    return out


def one_process_each(script, cases, common):
    """Runs `script` once for every list of arguments in `cases`; a failure is told, and the rest goes on."""
    failed = 0
    for case in cases:
        code = subprocess.call([sys.executable, script, *case, *common])
        if code:
            print(f"failed: {' '.join(case)}", file=sys.stderr)
            failed += 1
    return 1 if failed else 0


def common_arguments(parser):
    """Arguments of every peer script."""
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", type=int, default=10, help="training steps of which the shortest counts")
    parser.add_argument("--seconds", type=float, default=20.0, help="stop measuring a case after so long")
