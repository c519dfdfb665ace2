"""The server as it runs: its folder, two of them, a kill in the middle, and the end."""

import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time

import httpx
import pytest
from page_browser import CASES

from alliance.page.jobs import Job

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by signals")


class Started:
    """`alliance open` in a process of its own, and a client that was let in."""

    def __init__(self, folder, *more):
        self.folder = folder
        self.said = folder / f"said-{os.urandom(4).hex()}"
        with self.said.open("w") as said:
            self.process = self._begun(more, said)
        lines = iter(self.process.stdout.readline, "")
        self.address = next(line.strip() for line in lines if line.startswith("http"))
        self.host = re.match(r"http://[\d.:]+", self.address)[0]
        self.client = httpx.Client(
            base_url=self.host, headers={"origin": self.host}, follow_redirects=True, timeout=60
        )

    def _begun(self, more, said):
        return subprocess.Popen(
            [sys.executable, "-m", "alliance", "open", "--no-browser", *more],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            env={**os.environ, "TMPDIR": str(self.folder)},
        )

    @property
    def folders(self):
        return list(self.folder.glob("alliance-*/.page.*"))

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(20)


@pytest.fixture
def start(tmp_path):
    started = []

    def one(*more):
        started.append(Started(tmp_path, *more))
        return started[-1]

    yield one
    for each in started:
        each.process.kill()
        each.process.wait(20)
        each.process.stdout.close()
        each.client.close()


def test_a_kill_a_second_start_goodbye_and_nobody_there(start):
    first = start()
    assert first.client.get(first.address).status_code == 200
    file = CASES / "clinic" / "german_srs.csv"
    sent = first.client.post("/file", files={"file": ("a.csv", file.read_bytes())})
    assert sent.status_code == 200
    (folder,) = first.folders
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.rglob("*.csv")] == ["a.csv"]
    second = start()
    assert second.client.get(second.address).status_code == 200
    assert len(first.folders) == 2, "what runs is left alone"
    assert second.client.get(sent.url.path).status_code == 404
    jar = "; ".join(f"{name}={value}" for name, value in first.client.cookies.items())
    assert httpx.get(second.host, headers={"cookie": jar}, timeout=60).status_code == 403
    assert first.client.get(sent.url.path).status_code == 200, "and lets in whom it let in"
    first.end()
    assert folder.exists()
    second.client.post("/goodbye")
    assert second.process.wait(20) == 0
    assert first.folders == [folder]
    third = start("--idle", "0.02")
    assert not folder.exists(), "wiped at the next start"
    # Nobody uses it.
    assert third.process.wait(30) == 0 and third.folders == []
    assert "Traceback" not in third.said.read_text()


def test_a_job_says_how_far_it_is_and_is_stopped():
    job = Job(time.sleep, 60)
    assert not job.wait(0.3) and job.state == "running"
    job.stop()
    assert job.wait(10) and job.state == "stopped"
    assert Job(int, "7").wait(30)
    late = Job(time.sleep, 60, seconds=0.2)
    assert late.wait(10) and late.state == "stopped"


def test_what_a_job_raises_is_told_without_the_data():
    job = Job(int, "Anna Muster")
    assert job.wait(30) and (job.state, job.message) == ("failed", "ValueError")


def _leaves_a_worker(seconds):
    threading.Thread(target=time.sleep, args=[seconds]).start()
    return 7


def test_a_job_that_leaves_workers_behind_has_ended_with_its_answer():
    job = Job(_leaves_a_worker, 60)
    assert job.wait(30)
    assert (job.state, job.value) == ("done", 7)
    assert not job._process.is_alive()
