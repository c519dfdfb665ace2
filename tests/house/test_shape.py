"""The shape of the code holds: no circle of files, lazy and type imports counted."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "alliance"
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
MODULES = {
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in TREES
}


def imported(path: Path) -> set[str]:
    """Every file of the package that a file imports: lazily and for types only, too."""
    found = set()
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                full = f"{node.module}.{name.name}"
                found.add(full if full in MODULES else node.module)
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return found & set(MODULES)


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """The sets of two and more that can be reached from each other (Tarjan 1972)."""
    number, low, stack, found = {}, {}, [], []

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in edges[name]:
            if other not in number:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], number[other])
        if low[name] == number[name]:
            at = stack.index(name)
            group, stack[at:] = set(stack[at:]), []
            if len(group) > 1:
                found.append(group)

    for name in edges:
        if name not in number:
            visit(name)
    return found


def test_a_circle_would_be_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [{"b", "c"}]


def test_no_circle_of_files():
    edges = {name: imported(path) - {name} for name, path in MODULES.items()}
    # The command line finds its commands by looking into the folder: a circle that is its own.
    own = {name for name in edges if name.startswith("alliance.cli")}
    assert circles({name: others - own for name, others in edges.items() if name not in own}) == []
