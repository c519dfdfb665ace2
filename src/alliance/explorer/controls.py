"""The explorer's controls: standard widgets whose changes are shown after a short wait."""

import asyncio
from dataclasses import replace
from html import escape
from typing import Any

import pandas as pd

from alliance.errors import AllianceError
from alliance.explorer.view import Choice, Shown, View, own_threshold
from alliance.rules import load

WAIT = 0.3
_WIDE = {"description_width": "9em"}
# The classes of the drawing, in the colours of the notebook.
_STYLE = (
    "<style>.alliance-course svg{max-width:45rem;width:100%;display:block}"
    ".alliance-course path{fill:none;stroke:currentColor;stroke-width:1.5}"
    ".alliance-course .level{stroke-dasharray:4 3;stroke-width:1}"
    ".alliance-course .limit{stroke:#2a7ab8;stroke-dasharray:2 3;stroke-width:1.2}"
    ".alliance-course .axis{stroke-width:.5}.alliance-course .in{fill:#c2410c}"
    ".alliance-course .out,.alliance-course text{fill:currentColor}"
    ".alliance-course .ring{fill:none;stroke:currentColor}"
    ".alliance-course text{font:12px sans-serif}</style>"
)


def explore(
    sessions: pd.DataFrame, *, scale: str | None = None, rule: str = "own-mean", draws: int = 19
) -> "Explorer":
    """Explore ruptures in JupyterLab: choose client, scale, rule and thresholds, see what follows.

    Parameters
    ----------
    sessions : DataFrame
        Table SESSIONS.
    scale : str, optional
        To begin with; ``total`` if there is one.
    rule : str
        Name of a preset to begin with.
    draws : int
        Draws of noise behind the chance level.

    Returns
    -------
    Explorer
        Shows itself as the last line of a notebook's cell.

    Raises
    ------
    AllianceError
        If ipywidgets is not installed, or there is nothing to explore.

    Notes
    -----
    Made for learning how rules behave, not for choosing the rule that finds most: a rule that was
    chosen by its result needs new data to be tested on.

    Examples
    --------
    >>> sessions = pd.DataFrame({"client": "c07", "session": range(1, 8), "rater": "client",
    ...     "total": [4.5, 4.4, 4.6, 2.9, 4.4, 4.5, 4.6]})
    >>> shown = explore(sessions)
    >>> shown.controls["threshold"].value = 1.0
    >>> shown.shown.episodes["outcome"].tolist()
    ['repaired']
    """
    view = View(sessions, draws=draws)
    return Explorer(view, view.start(scale=scale, rule=rule))


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError:
        raise AllianceError(
            "The explorer needs ipywidgets, which is not installed.\n"
            "To fix: install this package with its extra 'lab', and restart the notebook."
        ) from None
    return ipywidgets


class Explorer:
    """Controls (client, rater, scale, rule, threshold, window) beside what they show.

    `shown` is what is shown now, None if the choice could not be shown.
    """

    def __init__(self, view: View, choice: Choice) -> None:
        widgets = _widgets()
        self.view, self.choice = view, choice
        self.shown: Shown | None = None
        self._waiting: asyncio.TimerHandle | None = None
        self._quiet = False
        self.controls = self._controls(widgets)
        self._chart, self._text = widgets.HTML(), widgets.HTML()
        left = widgets.VBox(list(self.controls.values()))
        self.box = widgets.VBox([left, self._chart, self._text])
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        self.refresh()

    def _controls(self, widgets: Any) -> dict[str, Any]:
        view, now = self.view, self.choice
        rule = load(now.rule)

        def choose(description: str, options: Any, value: str) -> Any:
            return widgets.Dropdown(
                description=description, options=options, value=value, style=_WIDE
            )

        return {
            "client": choose("Client", view.clients(now.rater), now.client),
            "rater": choose("Rated by", view.raters, now.rater),
            "scale": choose("Scale", view.scales, now.scale),
            "rule": choose("Rule", view.rules, now.rule),
            "threshold": widgets.BoundedFloatText(
                description="Threshold",
                tooltip="How far below, in the rule's unit",
                min=0,
                max=100,
                step=0.25,
                value=own_threshold(rule) or 0,
                disabled=own_threshold(rule) is None,
                style=_WIDE,
            ),
            "window": widgets.BoundedIntText(
                description="Repair within",
                tooltip="Sessions within which the score must return",
                min=1,
                max=50,
                value=rule.repair.window or 50,
                style=_WIDE,
            ),
        }

    def _changed(self, change: object) -> None:
        if self._quiet:
            return
        self._follow()
        if self._waiting is not None:
            self._waiting.cancel()
        try:
            self._waiting = asyncio.get_running_loop().call_later(WAIT, self.refresh)
        except RuntimeError:
            self.refresh()  # Nobody is waiting for a browser.

    def _follow(self) -> None:
        """Take over what the controls say; another rule or rater brings its own settings."""
        said = {name: control.value for name, control in self.controls.items()}
        self._quiet = True
        if said["rule"] != self.choice.rule:
            rule, threshold = load(said["rule"]), self.controls["threshold"]
            threshold.value = said["threshold"] = own_threshold(rule) or 0
            threshold.disabled = own_threshold(rule) is None
            self.controls["window"].value = said["window"] = rule.repair.window or 50
        if said["rater"] != self.choice.rater:
            clients = self.view.clients(said["rater"])
            said["client"] = said["client"] if said["client"] in clients else clients[0]
            self.controls["client"].options = clients
            self.controls["client"].value = said["client"]
        self._quiet = False
        if self.controls["threshold"].disabled:
            said["threshold"] = None
        self.choice = replace(self.choice, **said)

    def refresh(self) -> Shown | None:
        """Show what follows from the controls now, and return it."""
        self._waiting = None
        try:
            self.shown = self.view.show(self.choice)
        except AllianceError as error:
            self.shown = None
            self._chart.value = ""
            self._text.value = f'<p role="alert">{escape(str(error))}</p>'
            return None
        self._chart.value = f'<div class="alliance-course">{_STYLE}{self.shown.chart}</div>'
        said = [self.shown.words, self.shown.found.rule.text(), *self.view.chance(self.choice)]
        lines = [f"<p>{escape(line)}</p>" for line in said]
        if len(self.shown.episodes):
            table = self.shown.episodes.round(2).to_html(index=False, na_rep="", border=0)
            lines.insert(2, table)
        self._text.value = f'<div role="status" aria-live="polite">{"".join(lines)}</div>'
        return self.shown

    def _repr_mimebundle_(self, **settings: Any) -> Any:
        return self.box._repr_mimebundle_(**settings)
