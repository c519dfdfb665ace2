"""A table with everything in it, and with texts that would do harm if they were not escaped."""

import pytest

from alliance.results import (
    PublicationTable,
    coefficients,
    counts,
    intervals,
    numbers,
    p_values,
    words,
)

NASTY = r"50% of c_07 & <script>x</script> $1 #2 ~ ^ \end{table} {"


@pytest.fixture
def table():
    nan = float("nan")
    return PublicationTable(
        number=3,
        title="Reliability and Change",
        columns=(
            words("Scale", [NASTY, "=cmd()", "[goal]"]),
            counts("n", [1200, 80, 7]),
            numbers("M", [-1.234, nan, -0.001]).under("First form"),
            coefficients("r", [0.874, -0.2, 1]).under("First form"),
            p_values("p", [0.0001, 0.0321, nan]),
            intervals("95% CI", [-0.5, nan, 1], [0.25, nan, 2]),
        ),
        general="Clients, n = 12; the n of forms.",
        specific=("few forms", "", "few forms"),
        probability="Exact p throughout.",
    )
