"""A simulated study's courses as the engine of the gain takes them."""

import numpy as np

from alliance import simulate
from alliance.course import Courses


def courses_of(world, clients, seed):
    """Return standardised courses, and one unit of the world in their SD."""
    made = simulate.simulate(world, clients=clients, seed=seed).sessions
    rated = made[made["total"].notna()].sort_values(["client", "session"])
    lengths = rated.groupby("client", sort=True).size()
    scores = rated["total"].to_numpy(float)
    return Courses(
        scores=(scores - scores.mean()) / scores.std(),
        sessions=rated["session"].to_numpy(),
        offsets=np.append(0, lengths.cumsum()),
    ), world.unit / scores.std()
