"""Who does the work: this process, processes of this machine, or the workers of a Dask scheduler.

All of them call the same function with the same words (`partition.rank`); a generator gives each place's outcome as it
ends.
"""

import socket
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from siteselect.errors import NoWorkers
from siteselect.many import partition
from siteselect.many.partition import Draw, Outcome, Task
from siteselect.pipeline import Step

WAIT_S = 30  # for a scheduler to answer, and for its first worker
TRIES = 2  # a place whose worker dies this often is not tried again
MEMORY_SHARE = 0.9  # of the machine's memory, for all workers of this machine together
LOCAL = {
    "distributed.scheduler.allowed-failures": TRIES - 1,
    # a worker keeps no results: spilling helps nothing, and one that waits for memory to come back would wait for ever
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
}


def here(tasks: Sequence[Task], draw: Draw, step: Step) -> Iterator[Outcome]:
    """One place after another, in this process; needs nothing but the program."""
    for task in tasks:
        step("place", task.place)
        yield partition.rank(task, draw, step)


def of_this_machine(tasks: Sequence[Task], draw: Draw, count: int) -> Iterator[Outcome]:
    """`count` processes of this machine, a place in each at a time; what they say to each other is encrypted (TLS).

    NoWorkers when Dask is not installed.
    """
    distributed = _distributed()
    import dask
    from distributed.system import MEMORY_LIMIT

    limit = int(MEMORY_LIMIT * MEMORY_SHARE) // count
    with (
        dask.config.set(LOCAL),
        tempfile.TemporaryDirectory(prefix="siteselect-") as scratch,
        distributed.LocalCluster(
            n_workers=count, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None,
            security=distributed.Security.temporary(), memory_limit=limit, local_directory=scratch, silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        died = (
            f"its worker ended {TRIES} times without an answer, most likely for want of memory (a worker had "
            f"{limit / 1e9:.1f} GB); fewer --workers leave more to each."
        )
        yield from _given(client, tasks, draw, died)


def of_a_scheduler(tasks: Sequence[Task], draw: Draw, address: str) -> Iterator[Outcome]:
    """The workers of the Dask scheduler at an address (tcp:// or tls://), a place in each at a time.

    NoWorkers when Dask is not installed, nothing answers there, it has no workers, or they work in several threads.
    """
    distributed = _distributed()
    _reachable(address)
    try:
        client = distributed.Client(address, timeout=WAIT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as problem:  # TypeError: tls:// without certificates in Dask's settings
        raise NoWorkers(f"{address}: no Dask scheduler that takes us ({problem}).") from None
    with client:
        _fit(client, address)
        died = (
            "the workers that it was given to ended without an answer, most likely for want of memory; start workers "
            "with more (--memory-limit)."
        )
        yield from _given(client, tasks, draw, died)


def _given(client: Any, tasks: Sequence[Task], draw: Draw, died: str) -> Iterator[Outcome]:
    """Outcomes in the order in which they come; as many places are out as there are workers, the first tasks first.

    A worker that dies takes only its own place with it.  A fault of the program itself is raised when all others are
    done.
    """
    distributed = _distributed()
    waiting, out = deque(enumerate(tasks)), dict[Any, Task]()
    ended = distributed.as_completed(loop=client.loop)
    fault: BaseException | None = None

    def hand_out() -> None:
        while waiting and len(out) < max(len(client.nthreads()), 1):
            number, task = waiting.popleft()
            future = client.submit(partition.rank, task, draw, key=("rank", task.place, number), pure=False)
            out[future.key] = task
            ended.add(future)

    hand_out()
    for future in ended:
        task = out.pop(future.key)
        hand_out()
        if future.status == "cancelled":
            raise NoWorkers("the scheduler went away; what is done is kept: run the same command again to go on.")
        problem = future.exception()
        if isinstance(problem, distributed.KilledWorker):
            yield Outcome(task.place, "refused", sentence=died)
        elif problem is not None:
            problem.add_note(f"while ranking {task.place}")
            fault = fault or problem
        else:
            yield future.result()
    if fault is not None:
        raise fault


def _fit(client: Any, address: str) -> None:
    """NoWorkers unless there are workers, each of one thread."""
    try:
        client.wait_for_workers(1, timeout=WAIT_S)
    except TimeoutError:
        raise NoWorkers(
            f"{address}: the scheduler has no workers; start some with `dask worker {address} --nthreads 1`."
        ) from None
    many = {name: threads for name, threads in client.nthreads().items() if threads > 1}
    if many:
        name, threads = next(iter(many.items()))
        raise NoWorkers(
            f"{address}: the worker {name} has {threads} threads, and a place fills a process; start the workers with "
            "--nthreads 1, and more of them (--nworkers) on a machine with memory for several places."
        )


def _reachable(address: str) -> None:
    """NoWorkers unless the address is one of a scheduler, and something listens there."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme not in {"tcp", "tls"} or parts.path:
        raise NoWorkers(
            f"{address!r} is no scheduler's address; write it as tcp://10.0.0.5:8786 or tls://10.0.0.5:8786."
        )
    try:
        socket.create_connection((host, port), timeout=WAIT_S).close()
    except OSError as problem:
        told = problem.strerror or str(problem)
        raise NoWorkers(f"{address}: nothing answers there ({told}); start one with `dask scheduler`.") from None


def _distributed() -> Any:
    try:
        import cryptography  # noqa: F401 - for the TLS between workers
        import distributed
    except ImportError:
        raise NoWorkers(
            "working on several processes or machines needs Dask, which is not installed; `pip install "
            "'homeground[many]'` (in a checkout ./setup.sh --dev) brings it, and without --workers and --scheduler the "
            "same is done in one process."
        ) from None
    return distributed
