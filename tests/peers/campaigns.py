"""Prints, as JSON, the experiments that NeuroTrain makes of its campaign files.

    python campaigns.py CHECKOUT FILE...
"""

import json
import pathlib
import sys

import yaml


def main():
    checkout, *files = sys.argv[1:]
    sys.path.insert(0, str(pathlib.Path(checkout) / "src"))
    from campaign import from_benchmarking, from_custom

    campaigns = {}
    for file in files:
        content = yaml.safe_load(pathlib.Path(file).read_text())
        read = from_benchmarking if "trainers" in content else from_custom
        fields = ("name", "opt", "trainer", "model", "dataset", "runtime")
        campaigns[file] = [{field: getattr(spec, field) for field in fields} for spec in read(file)]
    json.dump(campaigns, sys.stdout)


main()
