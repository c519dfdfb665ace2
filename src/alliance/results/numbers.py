"""Numbers in text and tables, written as the manual of the American Psychological Association asks."""

import math

from alliance.errors import AllianceError

MINUS = "\N{MINUS SIGN}"


def number(value: float, decimals: int = 2) -> str:
    """Return a number with a true minus sign and never a minus zero.

    Examples
    --------
    >>> number(-1234.567), number(-0.001)
    ('−1,234.57', '0.00')
    """
    text = f"{value:,.{decimals}f}"
    # Rounding can leave '-0.00', which would claim a direction.
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def bounded(value: float, decimals: int = 2) -> str:
    """Return a number that cannot exceed 1, without the zero before the point.

    Examples
    --------
    >>> bounded(-0.126), bounded(1.0)
    ('−.13', '1.00')
    """
    # Alpha can fall below -1 where items run against each other; no coefficient exceeds 1.
    if value > 1 + 1e-9:
        raise AllianceError(f"{value} cannot be a proportion or a correlation: it exceeds 1.")
    text = number(value, decimals)
    return text.replace("0.", ".", 1) if text.lstrip(MINUS).startswith("0.") else text


def p_value(p: float) -> str:
    """Return p with three decimals, or that it is less than the least of these.

    Examples
    --------
    >>> p_value(0.0321), p_value(0.0002), p_value(0.9999)
    ('.032', '< .001', '> .999')
    """
    if not 0 <= p <= 1:
        raise AllianceError(f"p must lie between 0 and 1, not {p}.")
    # Three decimals; .000 and 1.000 would claim more than any test can.
    if p < 0.001:
        return "< .001"
    return "> .999" if p > 0.999 else bounded(p, 3)


def p_text(p: float) -> str:
    """Return p for a sentence, its sign included; missing where it could not be computed.

    Examples
    --------
    >>> p_text(0.0321), p_text(0.0002), p_text(float("nan"))
    ('p = .032', 'p < .001', 'p not known')
    """
    if math.isnan(p):
        return "p not known"
    written = p_value(p)
    return f"p {written}" if written[0] in "<>" else f"p = {written}"
