"""How many open ruptures the first ten of a clinic's clients could hold at the very best.

    python calibration/review_best.py

About five minutes of one processor. For the clinics of `review.py` whose scores have no ceiling, every
client in therapy gets the probability of an open rupture given all scores and the true model: the
one the clinic was simulated from, with its true parameters. No order holds more open ruptures on
average than the order by this probability. Writes `review_best.csv`:

world, clients (who came to the clinic), clinics, in_therapy, open (clients in therapy whose last
session lay in a true rupture), first_ten and as_many (how many of these stand among the first ten,
and among as many first places as there are open ruptures), expected_open and expected_first_ten
(sums of the probabilities)

The probability is a mean over courses drawn from the world, each weighted by the likelihood of the
client's scores given its dips (trait, growth, state and error are normal, so that they are
integrated out exactly) and by the chance to be in therapy still.
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from review import FIRST_SEED, add_sizes, sizes

from alliance import simulate
from alliance.clinic import Settings, make_record
from alliance.clinic.endings import IN_THERAPY
from alliance.simulate.courses import RUPTURE, UNREPAIRED, draw_courses, draw_persons

HERE = Path(__file__).parent
WORLDS = ("R0d", "rare")
NOBODY_LEAVES = -40.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Drawn:
    """Courses drawn from a world; arrays are courses x sessions.

    Parameters
    ----------
    dip : ndarray of float
        What a rupture takes away, latent points.
    is_open : ndarray of bool
        A rupture is under way.
    stayed : ndarray of float
        Logarithm of the chance to be in therapy after the session, given dip and phase.
    """

    dip: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    stayed: NDArray[np.float64]


def draw(world: simulate.World, courses: int, seed: int) -> Drawn:
    """Draw courses of full length in which nobody leaves, and the chance that they would have."""
    rng = np.random.default_rng(seed)
    longest = world.planned_range[1]
    persons = draw_persons(world, courses, rng)
    persons = replace(persons, planned=np.full(courses, longest))
    drawn = draw_courses(world.but(dropout_logit=NOBODY_LEAVES), persons, rng)
    logit = world.dropout_logit - world.dropout_level * drawn.dip / world.unit
    logit += world.dropout_unrepaired * (drawn.phase == UNREPAIRED)
    logit += world.dropout_rupture * (drawn.phase == RUPTURE)
    stays = -np.logaddexp(0, logit)
    stays[:, : world.first_dropout - 1] = 0
    return Drawn(
        dip=drawn.dip,
        is_open=np.isin(drawn.phase, (RUPTURE, UNREPAIRED)),
        stayed=np.cumsum(stays, axis=1),
    )


def probability(
    world: simulate.World, drawn: Drawn, session: NDArray, score: NDArray, now: int
) -> float:
    """Return the probability that a client's rupture is open at session `now`, given the scores."""
    log_session = np.log(session)
    apart = np.abs(session[:, None] - session)
    growth = world.slope_sd**2 * np.outer(log_session, log_session)
    error = (1 - world.reliability) * world.unit**2 * np.eye(len(session))
    above = score - world.level - world.growth * log_session + drawn.dip[:, session - 1]
    likelihoods = []
    for autocorrelation in np.linspace(*world.autocorrelation, 7)[1::2]:
        state = world.state_sd**2 * autocorrelation**apart
        root = np.linalg.cholesky(world.trait_sd**2 + growth + state + error)
        squares = (np.linalg.solve(root, above.T) ** 2).sum(axis=0)
        likelihoods.append(-squares / 2 - np.log(np.diag(root)).sum())
    weight = np.logaddexp.reduce(likelihoods) + drawn.stayed[:, now - 1]
    weight = np.exp(weight - weight.max())
    return float(weight @ drawn.is_open[:, now - 1] / weight.sum())


def best_order(made: simulate.Clinic, drawn: Drawn) -> pd.DataFrame:
    """Return the clients in therapy, the most probable first: probability and open_now."""
    world = made.study.world
    record = make_record(made.sessions, Settings())
    clients = record.clients[record.clients["ending"] == IN_THERAPY].set_index("client")
    # Sessions are a week apart: how many were held since the last rated one is known.
    since = (pd.Timestamp(made.at) - pd.to_datetime(clients["last_date"])).dt.days // 7
    now = (clients["last"] + since).clip(upper=world.planned_range[1])
    rated = record.rated[record.rated["client"].isin(clients.index)]
    rows = []
    for client, part in rated.groupby("client"):
        session, score = part["session"].to_numpy(np.int64), part["score"].to_numpy()
        rows.append((client, probability(world, drawn, session, score, now[client])))
    order = pd.DataFrame(rows, columns=["client", "probability"]).merge(made.truth, on="client")
    return order.sort_values("probability", ascending=False, kind="stable", ignore_index=True)


def measured(world: str, clients: int, clinics: int, courses: int) -> dict:
    """Return the row of some clinics of one world and size."""
    truth = simulate.worlds()[world]
    drawn = draw(truth, courses, seed=FIRST_SEED)
    rows = []
    for seed in range(FIRST_SEED, FIRST_SEED + clinics):
        order = best_order(simulate.clinic(truth, clients=clients, seed=seed), drawn)
        is_open, chance = order["open_now"], order["probability"]
        rows.append(
            {
                "in_therapy": len(order),
                "open": is_open.sum(),
                "first_ten": is_open.head(10).sum(),
                "as_many": is_open.head(is_open.sum()).sum(),
                "expected_open": chance.sum(),
                "expected_first_ten": chance.head(10).sum(),
            }
        )
    return {"world": world, "clients": clients, "clinics": clinics, **pd.DataFrame(rows).sum()}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_sizes(parser)
    parser.add_argument("--courses", type=int, default=40_000, help="courses drawn from a world")
    options = parser.parse_args()
    table = pd.DataFrame(
        measured(world, clients, clinics, options.courses)
        for clients, clinics in sizes(options).items()
        for world in WORLDS
    )
    counts = ["in_therapy", "open", "first_ten", "as_many"]
    table = table.astype(dict.fromkeys(counts, "int64"))
    table.to_csv(HERE / "review_best.csv", index=False, float_format="%.1f")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
