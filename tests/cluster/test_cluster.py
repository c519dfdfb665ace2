"""A cluster gives the bytes that one process gives, also when a worker is killed on the way."""

import gc
import os
import pickle
import signal
import threading
import time

import numpy as np
import pytest

from alliance import repair_gain, simulate
from alliance.cli import main
from alliance.cluster import VARIABLE, on_cluster, spread
from alliance.errors import AllianceError
from alliance.model.gain_assumptions import STRAIGHT_GROWTH

distributed = pytest.importorskip("distributed")
pytestmark = [
    # Sockets of a worker that was killed are closed by the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
POWER = [
    "power", "--gain", "0.8", "--by", "log", "--clients", "20", "--replications", "10",
    "--seed", "3",
]  # fmt: skip


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each; one that dies is started again."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None,
        silence_logs=50,
    ) as made:  # fmt: skip
        yield made
    # Here, where a socket left open is no failure, and not in whatever test comes next.
    gc.collect()


def drawn(seed: int) -> tuple[bytes, int]:
    time.sleep(0.1)
    return np.random.default_rng(seed).normal(size=100).tobytes(), os.getpid()


def power(folder, *more: str) -> bytes:
    table = folder / "power.csv"
    assert main([*POWER, "-o", str(table), "--force", *more]) == 0
    return table.read_bytes()


def test_a_killed_worker_changes_nothing(cluster):
    alone = [drawn(seed)[0] for seed in range(24)]
    with on_cluster(cluster.scheduler_address):
        done = spread(drawn, range(24))
        first, process = next(done)
        os.kill(process, signal.SIGKILL)
        rest = list(done)
    assert process != os.getpid()
    assert [first, *(found for found, _ in rest)] == alone
    # The work went on elsewhere.
    assert {worked for _, worked in rest} - {process, os.getpid()}


def test_planned_power_has_the_same_bytes_with_a_worker_killed_in_the_middle(cluster, tmp_path):
    alone = power(tmp_path, "--workers", "1")
    started = {worker.pid for worker in cluster.workers.values()}
    killed = []

    def kill_one() -> None:
        killed.append(min(started))
        os.kill(killed[0], signal.SIGKILL)

    timer = threading.Timer(0.7, kill_one)
    timer.start()
    try:
        there = power(tmp_path, "--cluster", cluster.scheduler_address)
    finally:
        timer.join()
    assert there == alone
    assert killed


def test_the_answer_has_the_same_bytes_through_dask(cluster):
    study = simulate.simulate(simulate.worlds()["R0d"], clients=12, seed=2).sessions

    def answer(**settings: int) -> bytes:
        found = repair_gain(study, draws=2, seed=3, rungs=[STRAIGHT_GROWTH], **settings)
        return pickle.dumps((found.frame, found.studies))

    alone = answer(workers=1)
    with on_cluster(cluster.scheduler_address):
        there = answer()
    assert there == alone


def test_no_scheduler_is_a_sentence(monkeypatch):
    monkeypatch.setattr("alliance.cluster._PATIENCE", 0.2)
    monkeypatch.setenv(VARIABLE, "tcp://127.0.0.1:9")
    with pytest.raises(AllianceError, match="No dask scheduler answers"), on_cluster():
        pass
