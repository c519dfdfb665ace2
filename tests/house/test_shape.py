"""The shape of the code holds: no circle of files, small functions, few parameters."""

import ast
import importlib
import inspect
import pkgutil
from functools import cache
from pathlib import Path

import alliance

SOURCE = Path(__file__).parents[2] / "src" / "alliance"
PATHS = sorted(SOURCE.rglob("*.py"))
MODULES = {
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PATHS
}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> set[str]:
    """Every file of the package that a file imports: lazily and for types only, too."""
    found = set()
    for node in ast.walk(tree_of(path)):
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


# Loops over sessions that are compiled as one.
COMPILED = {"_pairs", "search"}


def sizes() -> dict[str, int]:
    """Lines of every function by its place, docstrings left out, those of inner functions too."""
    found = {}
    for path in PATHS:
        tree = tree_of(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                place = f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"
                found[place] = node.end_lineno - node.lineno + 1 - _docstring_lines(node)
    return found


def _docstring_lines(node: ast.FunctionDef) -> int:
    inner = [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef)]
    texts = [each.body[0] for each in inner if ast.get_docstring(each) is not None]
    return sum(text.end_lineno - text.lineno + 1 for text in texts)


def test_functions_are_small():
    lines = sizes()
    ordered = sorted(lines.values())
    assert len(ordered) > 1000
    assert ordered[len(ordered) // 2] <= 9
    assert ordered[int(0.9 * len(ordered))] <= 24
    long = {place.split()[-1] for place, size in lines.items() if size > 60}
    assert long <= COMPILED


def public_functions():
    """Yield what `alliance` and its packages promise: functions, and methods of classes."""
    packages = [alliance] + [
        importlib.import_module(f"alliance.{found.name}")
        for found in pkgutil.iter_modules(alliance.__path__)
        if found.name != "__main__"
    ]
    for package in packages:
        for name in dir(package) if hasattr(package, "__path__") else ():
            made = getattr(package, name)
            if name.startswith("_") or not getattr(made, "__module__", "").startswith("alliance"):
                continue
            if inspect.isfunction(made):
                yield f"{package.__name__}.{name}", made
            elif inspect.isclass(made):
                for method, function in inspect.getmembers(made, inspect.isfunction):
                    if not method.startswith("_"):
                        yield f"{package.__name__}.{name}.{method}", function


def test_at_most_eight_parameters():
    """What is always passed together is a value; the choice of scores (**choice) is one."""
    many = {}
    for name, made in public_functions():
        parameters = inspect.signature(made).parameters.values()
        given = [each for each in parameters if each.kind is not each.VAR_KEYWORD]
        many[name] = len([each for each in given if each.name != "self"])
    assert len(many) > 500
    assert [name for name, count in many.items() if count > 8] == []
