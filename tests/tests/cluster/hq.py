"""Stands in for HyperQueue's program `hq`, which its Python package lacks: `server start`, `worker start`, and
`job submit-file`. Server, worker and client are the package's own."""

import os
import pathlib
import signal
import sys
import tempfile
import tomllib

from hyperqueue import Client, Job
from hyperqueue.ffi.cluster import Cluster
from hyperqueue.ffi.protocol import ResourceRequest

DIRECTORY = pathlib.Path(os.environ["HQ_SERVER_DIR"])


def server():
    cluster = Cluster(str(DIRECTORY))
    signal.pause()
    cluster.stop()


def worker(cores):
    # The package starts a worker beside a server only: it gets one that nobody uses, and then the other's address.
    own = pathlib.Path(tempfile.mkdtemp(prefix="hq"))
    cluster = Cluster(str(own))
    current = own / "hq-current"
    current.unlink()
    current.symlink_to((DIRECTORY / "hq-current").resolve())
    cluster.add_worker(cores)
    signal.pause()


def submit(file):
    description = tomllib.loads(pathlib.Path(file).read_text())
    job = Job(name=description["name"], max_fails=None)
    tasks = {}
    for task in description["task"]:
        request = task.get("request", [{}])[0]
        program = job.program(
            task["command"],
            cwd=task["cwd"],
            stdout=task["stdout"],
            deps=[tasks[id] for id in task.get("deps", [])],
            resources=ResourceRequest(cpus=request.get("resources", {}).get("cpus", 1)),
            crash_limit=task["crash_limit"],
        )
        # The package counts by itself, from 0.
        program.task_id = task["id"]
        tasks[task["id"]] = program
    print(Client(str(DIRECTORY)).submit(job).id)


match [word for word in sys.argv[1:] if not word.startswith("--output")]:
    case ["server", "start"]:
        server()
    case ["worker", "start", "--cpus", cores]:
        worker(int(cores))
    case ["job", "submit-file", file]:
        submit(file)
    case words:
        sys.exit(f"hq.py does not know {words}")
