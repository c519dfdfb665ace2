"""The map of the packages, drawn from the imports that are really there.

python docs/architecture.py          # print it
"""

import ast
import re
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "alliance"
# The package that each function of the public face comes from.
_FACE = (SOURCE / "__init__.pyi").read_text("utf-8")
OFFERED = {name: of for of, name in re.findall(r"^from alliance\.(\w+) import (\w+)", _FACE, re.M)}
# A square of the map and the margin for the names, in pixels.
SQUARE, MARGIN = 22, 130


def package_of(path: Path) -> str:
    """Return the package, or the module at the top, that a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the packages that a file imports, anywhere in it: lazily and for types, too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module.split(".")
            if whole[0] == "alliance":
                found |= {whole[1]} if len(whole) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names = (alias.name.split(".") for alias in node.names)
            found |= {parts[1] for parts in names if parts[0] == "alliance" and len(parts) > 1}
        # The command line calls the public face, `import alliance as al`, which loads on first use.
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "al":
            found.add(OFFERED.get(node.attr, node.attr))
    return {name for name in found if not name.startswith("_")} - {package_of(path)}


@cache
def imports() -> dict[str, set[str]]:
    """Return for each package those it imports, in an order in which imports point back."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if not package_of(path).startswith("__"):
            found.setdefault(package_of(path), set()).update(imported(path))
    found = {name: {other for other in others if other in found} for name, others in found.items()}
    return {name: found[name] for name in ordered(found)}


def ordered(needs: dict[str, set[str]]) -> list[str]:
    """Return the names so that each stands below what it needs, as far as that is possible."""
    order: list[str] = []
    left = sorted(needs)
    while left:
        # Where packages import each other in a circle, the one that needs least comes first.
        following = min(left, key=lambda name: (len(needs[name] - set(order) - {name}), name))
        order.append(following)
        left.remove(following)
    return order


def job(name: str) -> str:
    """Return the first sentence of a package."""
    path = SOURCE / name / "__init__.py"
    text = ast.get_docstring(
        ast.parse((path if path.exists() else SOURCE / f"{name}.py").read_text())
    )
    return " ".join((text or "").split("\n\n")[0].split())


def lines(name: str) -> int:
    """Return the number of lines of a package."""
    files: Iterable[Path] = (SOURCE / name).rglob("*.py")
    single = SOURCE / f"{name}.py"
    return sum(
        len(path.read_text("utf-8").splitlines()) for path in [*files, single] if path.exists()
    )


def table() -> str:
    """Return the packages in their order, as a Markdown table."""
    needs = imports()
    rows = []
    for name in needs:
        others = ", ".join(f"`{other}`" for other in needs if other in needs[name])
        rows.append(f"| `{name}` | {job(name)} | {lines(name):,} | {others} |")
    return "\n".join(["| package | its job | lines | imports |", "|---|---|---|---|", *rows]) + "\n"


def drawing() -> str:
    """Return the map as SVG: a dot where the package of the row imports that of the column."""
    needs = imports()
    names = list(needs)
    side = MARGIN + SQUARE * len(names)
    parts = []
    for row, name in enumerate(names):
        middle = MARGIN + SQUARE * row + SQUARE / 2
        parts.append(
            f'<text x="{MARGIN - 8}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>'
        )
        turn = f'transform="translate({middle + 4} {MARGIN - 8}) rotate(-60)"'
        parts.append(f"<text {turn}>{escape(name)}</text>")
        parts.append(_square(row, row, "#bbb"))
        for column, other in enumerate(names):
            if other in needs[name]:
                colour = "#0072b2" if column < row else "#d55e00"
                parts.append(_square(row, column, colour))
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 60} {side + 4}" '
        f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n'
        f"{body}\n</svg>\n"
    )


def _square(row: int, column: int, colour: str) -> str:
    x, y = MARGIN + SQUARE * column + 2, MARGIN + SQUARE * row + 2
    return (
        f'<rect x="{x}" y="{y}" width="{SQUARE - 4}" height="{SQUARE - 4}" rx="4" fill="{colour}"/>'
    )


if __name__ == "__main__":
    print(table())
