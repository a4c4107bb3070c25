"""Compares Parquet files with the CSV and JSON files beside them.

    python read_parquet.py FOLDER
"""

import json
import pathlib
import sys

import pandas as pd
import pyarrow.parquet as pq


def main(folder):
    for table in ("runs", "epochs"):
        arrow = pq.read_table(folder / f"{table}.parquet")
        frame = arrow.to_pandas()
        csv = pd.read_csv(folder / f"{table}.csv", keep_default_na=False, na_values=[""])
        assert list(frame.columns) == list(csv.columns)
        assert len(frame) == len(csv) == (4 if table == "runs" else 8)
        rows = json.loads((folder / f"{table}.json").read_text())
        for name in frame.columns:
            for index, row in enumerate(rows):
                cell = arrow[name][index].as_py()
                assert cell == row.get(name), (name, index, cell, row.get(name))
        assert str(arrow.schema.field("seed").type) == "uint64"
        assert str(arrow.schema.field("run").type) == "string"
        assert str(arrow.schema.field("train_loss").type) == "double"
        for name in ("train_loss", "train_accuracy"):
            assert (frame[name] == csv[name]).all(), name
    print("pyarrow read", len(frame.columns), "columns")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
