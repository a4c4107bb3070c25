"""Times NeuroTrain, the Python benchmark, on its own code. Prints JSON lines.

python neurotrain_step.py --reference CHECKOUT --rule bptt --network fc_snn
python neurotrain_step.py --reference CHECKOUT                # everything below, each in a process of its own
python neurotrain_step.py --reference CHECKOUT --list         # what that is

Networks and trainers are made by its campaign builder from its default configurations, as its runner makes them.
Training is `train_sample` after `reset`; evaluation is its evaluation loop; loading is its MNIST loader with rate
coding, without worker processes. Digits are the subset of MNIST that this repository brings along.
"""

import argparse
import contextlib
import itertools
import json
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

RULES = ("bptt", "ottt", "decolle", "esd_rtrl", "stsf", "tp", "etlp", "eprop", "ostl", "osttp")
NETWORKS = ("fc_snn", "r_snn", "conv_snn")
LONG = ("bptt", "ottt", "esd_rtrl")
IMAGES = 2048


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, type=Path, help="checkout of smilies-polito/neurotrain")
    parser.add_argument("--phase", choices=("train", "evaluate", "load"))
    parser.add_argument("--rule", choices=RULES)
    parser.add_argument("--network", choices=NETWORKS)
    parser.add_argument("--shape", choices=measure.SHAPES)
    parser.add_argument("--list", action="store_true", help="only say what would be measured")
    measure.common_arguments(parser)
    args = parser.parse_args()
    sys.path.insert(0, str(args.reference / "src"))
    complete = args.phase == "load" or (
        args.phase and args.rule and args.network and args.shape
    )
    if args.list or not complete:
        cases = [case for case in supported() if wanted(case, args)]
        if args.list:
            for case in cases:
                print(json.dumps(dict(zip(("phase", "rule", "network", "shape"), case))))
            return 0
        common = ["--reference", str(args.reference), "--threads", str(args.threads),
                  "--batches", str(args.batches), "--seconds", str(args.seconds)]
        names = ("--phase", "--rule", "--network", "--shape")
        lines = [[word for pair in zip(names, case) if pair[1] for word in pair] for case in cases]
        return measure.one_process_each(__file__, lines, common)

    out = measure.quiet_stdout()
    measure.limit_threads(args.threads)
    if args.phase == "load":
        load(args, out)
    else:
        run(args, out)
    return 0


def supported():
    """(phase, rule, network, shape) of everything that its compatibility tables allow."""
    from campaign.compatibility import is_valid

    for rule, network in itertools.product(RULES, NETWORKS):
        if is_valid(rule, network, "mnist"):
            yield "train", rule, network, "mnist"
    for rule, network in itertools.product(LONG, NETWORKS):
        if is_valid(rule, network, "shd"):
            yield "train", rule, network, "shd"
    for network in NETWORKS:
        yield "evaluate", "bptt", network, "mnist"
    yield "load", None, None, None


def wanted(case, args):
    asked = (args.phase, args.rule, args.network, args.shape)
    return all(a is None or a == c for a, c in zip(asked, case))


def run(args, out):
    import torch
    import trainers  # noqa: F401  (before memory is counted)

    # The first use of automatic differentiation sets things up that are not the case's.
    layer = torch.nn.Linear(2, 2)
    layer(torch.ones(2, 2)).sum().backward()
    torch.optim.Adam(layer.parameters()).step()
    data, labels = measure.spikes(args.shape, flat=args.network != "conv_snn")
    start = measure.start_of_memory()
    network, trainer = build(args)
    if args.phase == "train":
        network.train()

        def step():
            trainer.reset()
            trainer.train_sample(data, labels)
    else:
        from campaign.training_loop import evaluate

        def step():
            evaluate(network, [(data, labels)], torch.device("cpu"))

    timing = measure.timed(step, args.batches, args.seconds)
    measure.report(
        out, start, args.threads,
        peer="neurotrain", version=version(args.reference), phase=args.phase, rule=args.rule, network=args.network,
        shape=args.shape, **timing,
    )


def build(args):
    """Network and trainer of the default configurations, as its runner makes them."""
    from campaign.campaign_builder import from_custom
    from networks import NETWORK_REGISTRY
    from trainers import TRAINER_REGISTRY

    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        parts = {"trainer": args.rule, "model": args.network, "dataset": args.shape}
        json.dump({"case": {part: {"name": name} for part, name in parts.items()}}, file)
        file.flush()
        (spec,) = from_custom(file.name)

    def arguments(config):
        dropped = {"name", "algorithm_name", "supported_net_types", "net_type"}
        return {key: value for key, value in config.items() if key not in dropped and value is not None}

    network = NETWORK_REGISTRY[args.network](**arguments(spec.model))
    trainer = TRAINER_REGISTRY[args.rule](
        network=network, batch_size=measure.BATCH, **{"lr": 1e-3, **arguments(spec.trainer)}
    )
    return network, trainer


def load(args, out):
    from datasets import LOADER_REGISTRY

    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder))
        start = measure.start_of_memory()
        loader, _ = LOADER_REGISTRY["mnist"](
            batch_size=measure.BATCH, T=10, num_workers=0, seed=1, data_root=folder, download=False
        )
        best, samples, begin = float("inf"), 0, time.perf_counter()
        for epoch in range(args.batches):
            before = time.perf_counter()
            samples = sum(len(labels) for _, labels in loader)
            best = min(best, time.perf_counter() - before)
            if time.perf_counter() - begin > args.seconds:
                break
    measure.report(
        out, start, args.threads,
        peer="neurotrain", version=version(args.reference), phase="load", batches=epoch + 1,
        samples_per_second=samples / best, ms_per_batch=1e3 * best * measure.BATCH / samples,
    )


def write_images(root):
    """Images and labels in the files that MNIST's loader reads."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split, count in (("train", IMAGES), ("t10k", 256)):
        images, labels = measure.digits(count)
        pixels = images.numpy().tobytes()
        (raw / f"{split}-images-idx3-ubyte").write_bytes(struct.pack(">4i", 2051, count, 28, 28) + pixels)
        (raw / f"{split}-labels-idx1-ubyte").write_bytes(struct.pack(">2i", 2049, count) + bytes(labels.tolist()))


def version(reference):
    """The commit of the checkout, where git knows it."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        command = ["git", "-C", str(reference), "rev-parse", "--short", "HEAD"]
        if (reference / ".git").exists():
            return subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL).strip()
    return "unknown"


if __name__ == "__main__":
    sys.exit(main())
