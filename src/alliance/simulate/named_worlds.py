"""The named worlds of the calibration study: noise, ruptures without and with lasting gain."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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


def _named_worlds() -> Mapping[str, World]:
    ruptures = World()
    stays = {"dropout_level": 0.0, "dropout_unrepaired": 0.0, "dropout_rupture": 0.0}
    noise = ruptures.but(hazard=0.0, **stays)
    leaves = ruptures.but(hazard=0.0)
    wai = {"scale": "wai", "level": 4.1, "item_spread": 0.3}
    srs = {"scale": "srs", "level": 9.0, "points_per_latent": 1.6, "item_spread": 0.3}
    uneven = {"volatility_sd": 0.35}
    found = {
        "N0": noise,
        "N0d": leaves,
        "N0h": noise.but(**uneven),
        "N0r": noise.but(walk_sd=0.08),
        "N0w": leaves.but(**wai, **uneven),
        "N0s": leaves.but(**srs, **uneven),
        "R0d": ruptures,
        "R0g": ruptures.but(recovery_sessions=2),
        "R0w": ruptures.but(**wai),
        "R0s": ruptures.but(**srs),
        "R0L": ruptures.but(trait_repair=0.8, trait_hazard=-0.3),
        "R0S": ruptures.but(quality_repair=1.0, quality_slope=0.06),
        "R0T": ruptures.but(skill_repair=1.0, skill_slope=0.06),
        "rare": ruptures.but(hazard=0.02),
        "shallow": ruptures.but(depth=(0.5, 1.2)),
        "A3d": ruptures.but(gain=0.3),
        "A5w": ruptures.but(**wai, gain=0.5),
        "A5s": ruptures.but(**srs, gain=0.5),
        "u-shaped": ruptures.but(u_shape=0.8),
        "early-rise": ruptures.but(early_rise=1.0),
        "plateau": ruptures.but(growth=0.3, plateau_session=5),
        "late-rise": leaves.but(late_rise=0.8),
        "always-recovering": ruptures.but(repair_probability=1.0, depth=(1.2, 3.0)),
        "honeymoon": ruptures.but(honeymoon=0.6),
        "passing-lift": ruptures.but(overshoot=0.6),
        "slow-onset": ruptures.but(onset_sessions=2),
        "slow-recovery": ruptures.but(recovery_sessions=4),
        "skewed": ruptures.but(tail=0.7),
        "settling": ruptures.but(settling=0.4),
        "walking": ruptures.but(walk_sd=0.08),
        "constant": ruptures.but(constant_clients=0.25),
        "sparse": ruptures.but(rated_every=3),
        "clustered": ruptures.but(clients_per_therapist=16.0, skill_hazard=0.8, skill_repair=1.0),
        "two-sites": ruptures.but(site_repair=2.0, site_slope=0.2),
        "steps": leaves.but(step=0.8),
    }
    return MappingProxyType({name: world.but(name=name) for name, world in found.items()})


_WORLDS = _named_worlds()
