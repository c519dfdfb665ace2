"""Time the pulse detector on small and large data sets.

    python benchmarks/pulse.py [--clients 20000]

Prints seconds for fitting and scanning, and the memory worked in beyond what goes in and comes out.
"""

import tracemalloc

from timing import ROUNDS, asked_for, best_of

from alliance import simulate
from alliance.course import Courses
from alliance.model import find_pulses, fit_pulses
from alliance.model.posterior import posterior
from alliance.model.pulse import chosen_courses

SMALL = 200


def courses_of(sessions, model) -> Courses:
    """Return the standardised courses, as the detector sees them."""
    chosen = chosen_courses(sessions, scale=model.scale)
    return chosen.with_scores(model.raters[0].scores.of(chosen.points))


def working_memory(courses: Courses, theta) -> float:
    """Return the peak memory while judging, less what comes out, in megabytes."""
    tracemalloc.start()
    found = posterior(courses, theta)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    out = found.rupture.nbytes + found.repaired.nbytes + found.expected.nbytes
    return (peak - out - found.anywhere.nbytes) / 1e6


def main() -> None:
    """Run all and print."""
    many = asked_for(__doc__, "clients", 20_000)
    world = simulate.worlds()["R0s"]
    for clients, rounds in ((SMALL, ROUNDS), (many, 1)):
        sessions = simulate.simulate(world, clients=clients, seed=1).sessions
        fitting, model = best_of(lambda data=sessions: fit_pulses(data), rounds)
        scanning, _ = best_of(lambda data=sessions, m=model: find_pulses(data, m), rounds)
        courses, theta = courses_of(sessions, model), model.raters[0].parameters
        memory = working_memory(courses, theta)
        print(
            f"{clients:,} clients, {len(sessions):,} sessions: fit {fitting:.2f} s, "
            f"scan {scanning:.2f} s, together {fitting + scanning:.2f} s; "
            f"working memory {memory:.1f} MB"
        )


if __name__ == "__main__":
    main()
