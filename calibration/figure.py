"""Draw the one figure of the calibration: false positives and power of every named analysis.

Writes `error_rates.png` and `error_rates.svg` from the tables that the other scripts have made.

    python calibration/figure.py
"""

from __future__ import annotations

from pathlib import Path

from alliance import figures
from alliance.effects.measured import all_rates

HERE = Path(__file__).parent


def main() -> None:
    """Write the figure beside this script."""
    axes = figures.error_rates(all_rates())
    for ending in ("png", "svg"):
        figures.save(axes, HERE / f"error_rates.{ending}")


if __name__ == "__main__":
    main()
