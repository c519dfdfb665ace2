"""What all tests share: how hypothesis runs, one tiny study, and the data folder with few clients."""

import gc
import os
import re
import shutil
from pathlib import Path

import hypothesis
import pytest

# The first example of a law often imports a heavy library; on a busy machine any may be slow. The
# same examples are tried on every machine, so that a change is judged by itself; new ones are
# sought with ALLIANCE_LAWS=explore.
hypothesis.settings.register_profile("alliance", deadline=None, derandomize=True, max_examples=40)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile(os.environ.get("ALLIANCE_LAWS", "alliance"))

# Files of ten seconds and more, longest first: begun early, so that no core waits for one at the
# end. The first needs the compiled gain engine and the next four do not, so that it is compiled
# once where set-up has not done it.
LONG = (
    "notebooks/test_runs.py",
    "documentation/test_site.py",
    "intake/test_own_inputs.py",
    "intake/test_hostile.py",
    "intake/test_same_scores.py",
    "documentation/test_examples.py",
    "clinic/test_stopped.py",
    "effects/test_repair_gain.py",
    "model/test_chance.py",
    "clinic/test_cases.py",
    "notebooks/",
    "cli/",
    "ruptures/test_laws.py",
    "effects/",
    "clinic/",
    "intake/",
    "house/test_wheel.py",
    "model/",
    "results/",
    "study/",
    "page/",
)

# A search for garbage goes through all that tests and libraries hold: seldom is often enough.
gc.set_threshold(100_000, 20, 100)


def pytest_collection_finish():
    """Leave out of every later search for garbage what is there now."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items):
    """Put files that take long first; within a file nothing moves."""

    def place(item):
        path = item.path.as_posix()
        return next((at for at, part in enumerate(LONG) if f"tests/{part}" in path), len(LONG))

    items.sort(key=place)


@pytest.fixture(scope="session")
def tiny_study():
    """A synthetic study of 24 clients with answers to the WAI-SR, ruptures and a log."""
    from alliance import simulate

    return simulate.simulate(simulate.worlds()["R0w"], clients=24, seed=1)


@pytest.fixture(scope="session")
def tiny_files(tiny_study, tmp_path_factory):
    """The folder with its tables: responses.csv, sessions.csv, log.csv, outcomes.csv."""
    folder = tmp_path_factory.mktemp("tiny")
    for name in ("responses", "sessions", "log", "outcomes"):
        getattr(tiny_study, name).to_csv(folder / f"{name}.csv", index=False)
    return folder


# What `al.sensitivity` is left with where a test shows only that its answer is reached.
FEW_SWITCHES = {"edges": ("either",), "drift": (False,), "ruptures": (1,), "min_sessions": (2,)}


@pytest.fixture(scope="module")
def few_switches():
    """Two specifications in place of 32, and one rung; test_repair_gain goes through all."""
    from alliance.effects import repair_gain
    from alliance.effects.sensitivity import SWITCHES

    with pytest.MonkeyPatch.context() as patch:
        rungs = repair_gain.__kwdefaults__["rungs"]
        patch.setitem(repair_gain.__kwdefaults__, "rungs", rungs[:1])
        for switch, values in FEW_SWITCHES.items():
            patch.setitem(SWITCHES, switch, values)
        yield


# An example runs with no more than this of what it asks for: that it runs is shown as well.
MOST = {"clients": 20, "draws": 1, "replications": 1, "rounds": 2, "max_courses": 2}
_ASKED = re.compile(rf"\b({'|'.join(MOST)})( ?= ?[\[(]?| )(\d+(?:,? \d+)*)")

# `alliance ruptures` draws 199 studies of noise unless told.
_UNTOLD = re.compile(r"^\$ alliance ruptures (?!.*--(draws|no-chance|rule pulse)).*$", re.MULTILINE)


@pytest.fixture(scope="session")
def with_fewer():
    """Return code or commands with smaller numbers of what only takes time.

    A plan is refused so few replications, which its own tests show: whoever runs them lowers
    `alliance.effects.planning.MIN_REPLICATIONS`.
    """

    def fewer(found):
        most, given = MOST[found[1]], re.split("(,? )", found[3])
        given[::2] = [str(min(int(n), most * at)) for at, n in enumerate(given[::2], start=1)]
        return found[1] + found[2] + "".join(given)

    return lambda source: _ASKED.sub(fewer, _UNTOLD.sub(r"\g<0> --draws 1", source))


@pytest.fixture(scope="session")
def small_data(tmp_path_factory):
    """The data folder with the first 24 clients of the synthetic study, for examples to read.

    What an example shows is the same with fewer clients, and it takes a sixth of the time.
    """
    folder = tmp_path_factory.mktemp("small") / "data"
    shutil.copytree(Path(__file__).parents[1] / "data", folder)
    for table in (folder / "synthetic_study").glob("*.csv"):
        lines = table.read_text("utf-8").splitlines(keepends=True)
        # Clients are 001 to 160; a line that begins otherwise is a header, or a planted problem.
        kept = [line for line in lines if not re.match(r"\d{3}\b", line) or line[:3] <= "024"]
        table.write_text("".join(kept), "utf-8")
    return folder
