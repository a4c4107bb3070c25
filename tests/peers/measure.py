"""What the peer scripts share: batches, timing, memory, one process per case."""

import json
import os
import subprocess
import sys
import time

SHAPES = {
    # shape of a sample at one step, classes, steps, share of ones
    "mnist": ((1, 28, 28), 10, 10, 0.13),
    "shd": ((700,), 20, 100, 0.02),
}
BATCH = 256


def limit_threads(threads):
    """Limits the threads of every library that is imported afterwards."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(threads)
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)


def spikes(shape, flat):
    """Independent ones [T, B, ...] and labels that go round the classes."""
    import torch

    sample, classes, steps, density = SHAPES[shape]
    data = (torch.rand(steps, BATCH, *sample) < density).float()
    labels = torch.arange(BATCH) % classes
    return (data.flatten(2) if flat else data), labels


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
