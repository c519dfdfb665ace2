"""What all tests share: how hypothesis runs, and one tiny study."""

import os

import hypothesis
import pytest

# The first example of a law often imports a heavy library; on a busy machine any may be slow. The
# same examples are tried on every machine, so that a change is judged by itself; new ones are
# sought with ALLIANCE_LAWS=explore.
hypothesis.settings.register_profile("alliance", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile(os.environ.get("ALLIANCE_LAWS", "alliance"))


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
