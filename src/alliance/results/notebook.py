"""What a notebook shows of a result: its tables and its words, with nothing in them run as markup."""

from __future__ import annotations

from html import escape

import pandas as pd


def in_html(*parts: pd.DataFrame | str, form: str = "{:.3g}") -> str:
    """Return tables and texts as HTML, in the order given.

    Parameters
    ----------
    *parts : DataFrame or str
        Each line of a text becomes a paragraph. Texts, cells and names of columns are escaped,
        because names of raters, scales and clients come from data files.
    form : str
        How fractions are written.

    Examples
    --------
    >>> in_html("rated by <b>")
    '<div><p>rated by &lt;b&gt;</p></div>'
    """
    return f"<div>{''.join(_shown(part, form) for part in parts)}</div>"


def _shown(part: pd.DataFrame | str, form: str) -> str:
    if isinstance(part, pd.DataFrame):
        return str(part.to_html(index=False, float_format=form.format))
    return "".join(f"<p>{escape(line)}</p>" for line in part.splitlines() if line)
