"""Writes sessions.csv, outcomes.csv and kinds.csv: a simulated study of 90 clients with symptoms.

python make_data.py      (in this folder; then Rscript make_reference.R)
"""

from alliance import find_ruptures
from alliance.effects import drop_and_return
from alliance.ruptures.history import histories
from alliance.simulate import simulate, worlds

study = simulate(worlds()["R0d"].but(hazard=0.12, planned_median=24.0), clients=90, seed=11)
sessions = study.sessions.round({"total": 3})[["client", "session", "rater", "total"]]
sessions.to_csv("sessions.csv", index=False)
study.outcomes.to_csv("outcomes.csv", index=False)
found = histories(find_ruptures(sessions, drop_and_return()))
found.frame[["client", "kind", "sessions"]].to_csv("kinds.csv", index=False)
