"""Times BPTT training steps of one network in other libraries. Prints JSON lines.

python train_step.py --peer snntorch --network fc
python train_step.py                     # every peer and network, each in a process of its own

All train the same network: leaky integrate-and-fire neurons, decay 0.9, threshold 1, reset by subtraction, no
biases, cross-entropy of the readout's spikes at every step, Adam. Each is written as its library's documentation
suggests: SpikingJelly over whole sequences, snnTorch and Norse step by step.
"""

import argparse
import importlib.metadata
import sys

import measure

PEERS = ("snntorch", "spikingjelly", "norse")
NETWORKS = {
    # shape of the data, hidden neurons
    "fc": ("mnist", 256),
    "shd_fc": ("shd", 512),
    "shd_rec": ("shd", 512),
    "conv": ("mnist", None),
}
DECAY = 0.9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=PEERS)
    parser.add_argument("--network", choices=NETWORKS)
    measure.common_arguments(parser)
    args = parser.parse_args()
    if not (args.peer and args.network):
        peers = [args.peer] if args.peer else PEERS
        networks = [args.network] if args.network else NETWORKS
        cases = [["--peer", p, "--network", n] for p in peers for n in networks]
        common = ["--threads", str(args.threads), "--batches", str(args.batches), "--seconds", str(args.seconds)]
        return measure.one_process_each(__file__, cases, common)

    out = measure.quiet_stdout()
    measure.limit_threads(args.threads)
    import torch

    make = {"snntorch": snntorch_network, "spikingjelly": spikingjelly_network, "norse": norse_network}[args.peer]
    shape, hidden = NETWORKS[args.network]
    inputs = 700 if shape == "shd" else 784
    classes = measure.SHAPES[shape][0]

    def trainer(kind, data, labels, *sizes):
        network, run, loss = make(kind, *sizes)
        optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

        def step():
            optimizer.zero_grad()
            loss(run(data), labels).backward()
            optimizer.step()

        return step

    # A tiny step first: what the libraries load and set up at their first use is not counted as memory.
    trainer("fc", torch.ones(2, 2, 2), torch.tensor([0, 1]), 2, 2, 2)()
    data, labels = measure.spikes(shape, flat=args.network != "conv")
    start = measure.start_of_memory()
    step = trainer(args.network, data, labels, inputs, hidden, classes)
    timing = measure.timed(step, args.batches, args.seconds)
    measure.report(
        out, start, args.threads,
        peer=args.peer, version=importlib.metadata.version(args.peer), network=args.network, **timing,
    )
    return 0


def ce_rate(spikes, labels):
    """Mean over the steps of the cross-entropy of the spikes [T, B, C]."""
    import torch.nn.functional as functional

    return functional.cross_entropy(spikes.flatten(0, 1), labels.repeat(spikes.shape[0]))


def features(nn):
    """The synapses of 12C5-MP2-32C5-MP2 on 1x28x28, and the classifier's inputs."""
    first = nn.Sequential(nn.Conv2d(1, 12, 5, bias=False), nn.MaxPool2d(2))
    second = nn.Sequential(nn.Conv2d(12, 32, 5, bias=False), nn.MaxPool2d(2))
    return first, second, 32 * 4 * 4


def snntorch_network(kind, inputs, hidden, classes):
    import snntorch
    import torch
    from snntorch import functional, surrogate
    from torch import nn

    grad = surrogate.fast_sigmoid(slope=25)

    def lif():
        return snntorch.Leaky(beta=DECAY, spike_grad=grad)

    if kind == "conv":
        first, second, flat = features(nn)
        layers = [(first, lif()), (second, lif()), (nn.Sequential(nn.Flatten(), nn.Linear(flat, classes, bias=False)), lif())]
    else:
        hidden_lif = lif()
        if kind == "shd_rec":
            hidden_lif = snntorch.RLeaky(beta=DECAY, linear_features=hidden, spike_grad=grad)
            hidden_lif.recurrent = nn.Linear(hidden, hidden, bias=False)
        layers = [(nn.Linear(inputs, hidden, bias=False), hidden_lif), (nn.Linear(hidden, classes, bias=False), lif())]
    network = nn.ModuleList(module for pair in layers for module in pair)

    def run(data):
        states = [neuron.reset_mem() for _, neuron in layers]
        states = [state if isinstance(state, tuple) else (state,) for state in states]
        recorded = []
        for x in data:
            for i, (synapse, neuron) in enumerate(layers):
                x, *state = neuron(synapse(x), *states[i])
                # A recurrent neuron takes its own spikes back.
                states[i] = (x, *state) if len(states[i]) == 2 else tuple(state)
            recorded.append(x)
        return torch.stack(recorded)

    return network, run, functional.ce_rate_loss()


def spikingjelly_network(kind, inputs, hidden, classes):
    import torch
    from spikingjelly.activation_based import functional, layer, neuron, surrogate
    from torch import nn

    def lif(mode):
        return neuron.LIFNode(
            tau=1 / (1 - DECAY), decay_input=False, v_reset=None,
            surrogate_function=surrogate.ATan(), step_mode=mode,
        )

    if kind == "shd_rec":
        network = nn.ModuleDict(
            {
                "input": layer.Linear(inputs, hidden, bias=False, step_mode="m"),
                "recurrent": nn.Linear(hidden, hidden, bias=False),
                "hidden": lif("s"),
                "output": layer.Linear(hidden, classes, bias=False, step_mode="m"),
                "readout": lif("m"),
            }
        )

        def forward(data):
            currents = network["input"](data)
            spikes = torch.zeros_like(currents[0])
            recorded = []
            for current in currents:
                spikes = network["hidden"](current + network["recurrent"](spikes))
                recorded.append(spikes)
            return network["readout"](network["output"](torch.stack(recorded)))

    elif kind == "conv":
        network = nn.Sequential(
            layer.Conv2d(1, 12, 5, bias=False), layer.MaxPool2d(2), lif("m"),
            layer.Conv2d(12, 32, 5, bias=False), layer.MaxPool2d(2), lif("m"),
            layer.Flatten(), layer.Linear(32 * 4 * 4, classes, bias=False), lif("m"),
        )
        functional.set_step_mode(network, "m")
        forward = network
    else:
        network = nn.Sequential(
            layer.Linear(inputs, hidden, bias=False, step_mode="m"), lif("m"),
            layer.Linear(hidden, classes, bias=False, step_mode="m"), lif("m"),
        )
        forward = network

    def run(data):
        functional.reset_net(network)
        return forward(data)

    return network, run, ce_rate


def norse_network(kind, inputs, hidden, classes):
    import torch
    from norse.torch import LIFBoxCell, LIFBoxParameters
    from norse.torch.functional.reset import reset_subtract
    from torch import nn

    # Decay 0.9 per step of 1 ms.
    parameters = LIFBoxParameters(tau_mem_inv=torch.tensor(1e3 * (1 - DECAY)), reset_method=reset_subtract)

    def lif():
        return LIFBoxCell(parameters)

    recurrent = None
    if kind == "conv":
        first, second, flat = features(nn)
        layers = [(first, lif()), (second, lif()), (nn.Sequential(nn.Flatten(), nn.Linear(flat, classes, bias=False)), lif())]
    else:
        layers = [(nn.Linear(inputs, hidden, bias=False), lif()), (nn.Linear(hidden, classes, bias=False), lif())]
        if kind == "shd_rec":
            recurrent = nn.Linear(hidden, hidden, bias=False)
    network = nn.ModuleList(module for pair in layers for module in pair)
    if recurrent is not None:
        network.append(recurrent)

    def run(data):
        states = [None] * len(layers)
        before = None
        recorded = []
        for x in data:
            for i, (synapse, neuron) in enumerate(layers):
                current = synapse(x)
                if i == 0 and recurrent is not None and before is not None:
                    current = current + recurrent(before)
                x, states[i] = neuron(current, states[i])
                if i == 0:
                    before = x
            recorded.append(x)
        return torch.stack(recorded)

    return network, run, ce_rate


if __name__ == "__main__":
    sys.exit(main())
