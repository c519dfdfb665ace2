"""The named worlds of the calibration study: noise, ruptures without and with lasting gain."""

from collections.abc import Mapping
from types import MappingProxyType

from alliance.files import stated
from alliance.simulate.world import World


def worlds() -> Mapping[str, World]:
    """Return the named worlds of the calibration study.

    Returns
    -------
    mapping of str to World
        ``N0`` noise only; ``N0d`` with informative drop-out; ``N0h`` client-specific
        volatility; ``N0r`` with a random walk; ``N0w``, ``N0s`` with the ceilings of WAI-SR
        and SRS (drop-out, volatility); ``R0d`` ruptures and repairs, no gain, drop-out;
        ``R0g`` gradual recovery; ``R0w``, ``R0s`` ceilings; ``R0L`` the trait, ``R0S`` a
        client quality, ``R0T`` the therapist's skill drives repair and the level or the
        slope; ``rare`` and ``shallow`` ruptures; ``A3d``, ``A5w``, ``A5s`` a lasting gain
        of 0.3, 0.5 and 0.5 SD for each repair. And worlds without a gain that differ from
        ``R0d`` in one mechanism and are named for it, or (``steps``, ``late-rise``) from
        ``N0d``: what an analysis must not take for a gain.

    Notes
    -----
    A capital first letter says what is true: N no ruptures, R ruptures whose repair leaves
    nothing behind, A a lasting gain. In N and R worlds every "gain" found is a false one.

    Measured in 12 studies of 200 clients each (seeds 100 to 111; means over studies, lowest
    and highest world):

    ===============================  ==========  ==========  ==========
    marginal                         gaussian    wai         srs
    ===============================  ==========  ==========  ==========
    rated sessions a client          10.7-11.7   10.7-11.5   10.7-11.5
    intraclass correlation           .64-.73     .60-.72     .59-.69
    lag-1 of person-centred scores   .14-.25     .11-.21     .12-.21
    dropped out                      21-33 %     23-33 %     23-33 %
    clients with a true rupture (1)  49 %        49 %        49 %
    episodes repaired in time (1)    46-48 %     47 %        47 %
    mean of totals                   3.9-4.1     4.1-4.2     35.9-36.6
    skewness                         -.1-.1      -.8--.7     -1.1--1.0
    totals at the ceiling            none        3-7 %       11-15 %
    ===============================  ==========  ==========  ==========

    (1) in R and A worlds; 23 % in ``rare``. The share of clients with a rupture stands for
    the 46 % reported of prolonged exposure (McLaughlin et al., 2014).

    References
    ----------
    McLaughlin, A. A., Keller, S. M., Feeny, N. C., Youngstrom, E. A., & Zoellner, L. A.
    (2014). Patterns of therapeutic alliance: Rupture-repair episodes in prolonged exposure
    for posttraumatic stress disorder. Journal of Consulting and Clinical Psychology, 82,
    112-121. https://doi.org/10.1037/a0034696

    Examples
    --------
    >>> from alliance import simulate
    >>> simulate.worlds()["A3d"].gain
    0.3
    """
    return _WORLDS


def _stated() -> Mapping[str, World]:
    told = stated("simulate/worlds.toml")
    made = {}
    for name, own in told["worlds"].items():
        changes = [*(told["groups"][group] for group in own.pop("like", ())), own]
        values = {key: value for each in changes for key, value in each.items()}
        bands = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
        made[name] = World(name=name, **{**values, **bands})
    return MappingProxyType(made)


_WORLDS = _stated()
