"""Rate-coded batches of MNIST's images by PyTorch's DataLoader, as its documentation suggests.

loading.py --workers 2
"""

import argparse
import time

import measure

IMAGES = 3000
STEPS = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    measure.common_arguments(parser)
    args = parser.parse_args()
    out = measure.quiet_stdout()
    measure.limit_threads(args.threads)
    import torch
    from torch.utils.data import DataLoader, Dataset

    images, labels = measure.digits(IMAGES)

    class Images(Dataset):
        def __len__(self):
            return IMAGES

        def __getitem__(self, index):
            probabilities = images[index].float().div(255)
            return torch.bernoulli(probabilities.expand(STEPS, -1, -1, -1)), labels[index]

    start = measure.start_of_memory()
    # Workers that stay, so that starting them is no part of an epoch.
    loader = DataLoader(
        Images(), batch_size=measure.BATCH, shuffle=True, num_workers=args.workers, persistent_workers=args.workers > 0
    )
    best, begin = float("inf"), time.perf_counter()
    for epoch in range(args.batches):
        before = time.perf_counter()
        for data, _ in loader:
            data.transpose(0, 1)
        best = min(best, time.perf_counter() - before)
        if time.perf_counter() - begin > args.seconds:
            break
    measure.report(
        out, start, args.threads,
        peer="pytorch", version=torch.__version__, phase="load", workers=args.workers, batches=epoch + 1,
        samples_per_second=IMAGES / best, ms_per_batch=1e3 * best * measure.BATCH / IMAGES,
    )


if __name__ == "__main__":
    main()
