"""Writes sessions.csv and episodes.csv: a simulated study of 70 clients and its ruptures.

python make_data.py      (in this folder; then Rscript make_reference.R)
"""

from alliance.rules import RepairRule, Rule, RuptureRule
from alliance.ruptures import find_ruptures
from alliance.simulate import simulate, worlds

UNIT = "sd of all scores"
RULE = Rule(
    name="high to low",
    rupture=RuptureRule(reference="running high", unit=UNIT, threshold=1),
    repair=RepairRule(target="before", amount=0.25, unit=UNIT, window=3),
)

sessions = simulate(worlds()["R0d"], clients=70, seed=5).sessions.round({"total": 3})
sessions = sessions[["client", "session", "rater", "total"]]
sessions.to_csv("sessions.csv", index=False)
found = find_ruptures(sessions, RULE)
found.frame[["client", "rater", "onset", "end", "outcome"]].to_csv("episodes.csv", index=False)
