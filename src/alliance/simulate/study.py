"""A simulated study: the questionnaires a clinic would hold, and the truth behind them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from alliance.arrays import Floats, Ints
from alliance.results.page import in_html
from alliance.simulate.answers import INSTRUMENTS, Sheets, scale_scores, scales
from alliance.simulate.courses import STATES, Courses, Persons
from alliance.simulate.reports import draw_reports, log_of, sensitivities, true_episodes
from alliance.simulate.world import World


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """A simulated study with its truth; tables are made when first asked for.

    `sheets` and `latents` have one entry for each rater, the client's first; the latent alliance
    around the world's level is in latent points, clients x sessions like `symptoms`.
    """

    world: World
    persons: Persons
    courses: Courses
    sheets: tuple[Sheets, ...]
    latents: tuple[Floats, ...]
    symptoms: Floats
    report_seed: int

    @cached_property
    def client_names(self) -> pd.api.extensions.ExtensionArray:
        """Identifiers of the clients, ``c001`` ..., in the order of the arrays."""
        return _names("c", len(self.persons.planned))

    @cached_property
    def therapist_names(self) -> pd.api.extensions.ExtensionArray:
        """Identifiers of the therapists, ``t01`` ..., in the order of their numbers."""
        return _names("t", int(self.persons.therapist.max()) + 1)

    def _keys(self, client: Ints, session: Ints, rater: str) -> dict[str, object]:
        return {
            "client": self.client_names.take(client),
            "session": session,
            "rater": rater,
            "therapist": self.therapist_names.take(self.persons.therapist[client]),
        }

    @cached_property
    def sessions(self) -> pd.DataFrame:
        """A sessions table, with task, bond and goal for the WAI."""
        return pd.concat(map(self._session_table, self.sheets), ignore_index=True)

    def _session_table(self, sheet: Sheets) -> pd.DataFrame:
        columns = self._keys(sheet.client, sheet.session, sheet.rater)
        columns["instrument"] = INSTRUMENTS[self.world.scale]
        columns["metric"] = self.world.metric
        columns["total"] = sheet.total
        for scale, items in scales(self.world).items():
            columns[scale] = scale_scores(self.world, sheet.answers, items)
        columns["answered"] = np.isfinite(sheet.answers).sum(axis=1)
        return pd.DataFrame(columns)

    @cached_property
    def responses(self) -> pd.DataFrame:
        """A responses table with item_1 ... item_n, also for unlimited items."""
        return pd.concat(map(self._response_table, self.sheets), ignore_index=True)

    def _response_table(self, sheet: Sheets) -> pd.DataFrame:
        columns = self._keys(sheet.client, sheet.session, sheet.rater)
        columns["instrument"] = INSTRUMENTS[self.world.scale]
        items = {f"item_{n}": column for n, column in enumerate(sheet.answers.T, start=1)}
        return pd.DataFrame(columns | items)

    @cached_property
    def halves(self) -> pd.DataFrame:
        """Scores of odd and of even items, in the metric of the total."""
        return pd.concat(map(self._half_table, self.sheets), ignore_index=True)

    def _half_table(self, sheet: Sheets) -> pd.DataFrame:
        columns = self._keys(sheet.client, sheet.session, sheet.rater)
        numbers = range(1, sheet.answers.shape[1] + 1)
        columns["odd"] = scale_scores(self.world, sheet.answers, numbers[::2])
        columns["even"] = scale_scores(self.world, sheet.answers, numbers[1::2])
        return pd.DataFrame(columns)

    @cached_property
    def truth(self) -> pd.DataFrame:
        """What is true of every attended session, for each rater.

        client, session, rater, therapist, rated, state (none, rupture, recovering, unrepaired),
        in_rupture, episode (number within the client, 0 for none), repairs (completed before this
        session or at it), latent (true score, in the metric of the total, ceilings aside) and dip
        (points that a rupture takes away, same metric).
        """
        return pd.concat(map(self._truth_table, self.sheets, self.latents), ignore_index=True)

    def _truth_table(self, sheet: Sheets, latent: Floats) -> pd.DataFrame:
        courses, world = self.courses, self.world
        client, at = np.nonzero(courses.took_place)
        factor = world.score_points_per_sd / world.unit
        level = world.level * (factor / world.points_per_latent)
        # Therapists see only a share of the client's dip.
        seen = 1.0 if sheet.rater == "client" else world.rupture_seen
        columns = self._keys(client, at + 1, sheet.rater)
        columns["rated"] = sheet.rated(courses.phase.shape)[client, at]
        columns["state"] = pd.array(STATES, dtype="str").take(courses.phase[client, at])
        columns["in_rupture"] = courses.in_rupture[client, at]
        columns["episode"] = courses.episode[client, at].astype("int64")
        columns["repairs"] = courses.repairs[client, at].astype("int64")
        columns["latent"] = level + factor * latent[client, at]
        columns["dip"] = factor * seen * courses.dip[client, at]
        return pd.DataFrame(columns)

    @cached_property
    def true_ruptures(self) -> pd.DataFrame:
        """The true ruptures with `number`, the client's number from 0, for arrays."""
        return true_episodes(self.courses, self.sheets[0])

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """The true ruptures, one row each, numbered within the client.

        The end is the last session of the dip, or of therapy; depth is in SD, duration in sessions
        of dip; repaired: the dip was over and repaired while therapy went on; outcome: repaired,
        unrepaired or open; observed: rated by the client at one or more of its sessions.
        """
        return self._named(self.true_ruptures)

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        client = self.client_names.take(frame["number"].to_numpy())
        return frame.assign(number=client).rename(columns={"number": "client"})

    @cached_property
    def clients(self) -> pd.DataFrame:
        """The clients: therapist, sessions planned, attended, rated, and what is true of each."""
        persons, courses = self.persons, self.courses
        numbers = np.arange(len(persons.planned))
        found = self.true_ruptures
        return pd.DataFrame(
            {
                "client": self.client_names,
                "therapist": self.therapist_names.take(persons.therapist),
                "planned": persons.planned,
                "attended": courses.attended,
                "rated": np.bincount(self.sheets[0].client, minlength=len(numbers)),
                "dropped_out": courses.attended < persons.planned,
                "trait": persons.trait,
                "slope": persons.slope,
                "ruptures": np.bincount(found["number"], minlength=len(numbers)),
                "repairs": np.bincount(
                    found.loc[found["repaired"], "number"], minlength=len(numbers)
                ),
            }
        )

    @cached_property
    def reports(self) -> pd.DataFrame:
        """The rupture log, one row for each report.

        client, source, report (number of the client's report by this source), onset, end, repaired,
        intensity, genuine.
        """
        return pd.concat(map(self._reports_of, sensitivities(self.world)), ignore_index=True)

    def _reports_of(self, source: str) -> pd.DataFrame:
        # The client's log has a stream of chance of its own, whoever else keeps one.
        seed = self.report_seed if source == "client" else [self.report_seed, *source.encode()]
        rng = np.random.default_rng(seed)
        sensitivity = sensitivities(self.world)[source]
        reports = draw_reports(self.world, sensitivity, self.true_ruptures, self.courses, rng)
        number = reports.groupby("number").cumcount() + 1
        reports = self._named(reports)
        reports.insert(1, "source", source)
        reports.insert(2, "report", number)
        return reports

    @cached_property
    def log(self) -> pd.DataFrame:
        """A rupture log, one row for each session reported.

        client, session, source, tension, intensity (1 to 5), resolution (1 at the last session of a
        rupture reported as repaired).
        """
        return log_of(self.reports)

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Symptoms at rated sessions: client, session, instrument, total (higher worse)."""
        sheet = self.sheets[0]
        return pd.DataFrame(
            {
                "client": self.client_names.take(sheet.client),
                "session": sheet.session,
                "instrument": "phq-9",
                "total": self.symptoms[sheet.client, sheet.session - 1],
            }
        )

    def summary(self) -> pd.Series:
        """Return the study's marginals as one named column of numbers.

        ``rated`` sessions a client, ``dropped_out``, clients with a true rupture
        (``ruptured``), ``repaired`` and ``observed`` shares of the true episodes,
        ``reported`` share of the episodes by the client, ``false_reports`` as a share of these
        reports, and of the client's totals the ``mean``, ``sd``, ``skewness`` and share at the
        ``ceiling``.
        """
        clients, found = self.clients, self.episodes
        told = self.reports[self.reports["source"].eq("client")]
        total = pd.Series(self.sheets[0].total)
        highest = {"gaussian": np.inf, "wai": 5, "srs": 40}[self.world.scale]
        return pd.Series(
            {
                "clients": len(clients),
                "rated": clients["rated"].mean(),
                "dropped_out": clients["dropped_out"].mean(),
                "ruptured": clients["ruptures"].gt(0).mean(),
                "episodes": len(found),
                "repaired": found["repaired"].mean(),
                "observed": found["observed"].mean(),
                "reported": told["genuine"].sum() / len(found) if len(found) else np.nan,
                "false_reports": 1 - told["genuine"].mean(),
                "mean": total.mean(),
                "sd": total.std(),
                "skewness": total.skew(),
                "ceiling": total.ge(highest - 1e-9).mean(),
            },
            dtype=float,
        )

    def text(self) -> str:
        """Return one sentence that says what was simulated."""
        found = self.episodes
        return (
            f"Simulated study{f' {self.world.name}' if self.world.name else ''}: "
            f"{len(self.clients)} clients of {len(self.therapist_names)} therapists, "
            f"{len(self.sheets[0].client)} rated sessions, {len(found)} true ruptures in "
            f"{found['client'].nunique()} clients, {int(found['repaired'].sum())} repaired; "
            f"lasting gain {self.world.gain:g} SD a repair."
        )

    def _repr_html_(self) -> str:
        return in_html(
            self.text(), self.summary().rename_axis("quantity").reset_index(name="value")
        )


def _names(letter: str, count: int) -> pd.api.extensions.ExtensionArray:
    width = max(len(str(count)), 3 if letter == "c" else 2)
    return pd.array([f"{letter}{n:0{width}d}" for n in range(1, count + 1)], dtype="str")
