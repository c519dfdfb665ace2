"""Saving: the format follows the name, the bytes repeat, and no half file is left."""

import matplotlib.pyplot as plt
import pytest

from alliance.errors import AllianceError
from alliance.figures import course, courses, save, style

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("ending", STARTS)
def test_same_picture_same_bytes(tmp_path, fourteen, three_ruptures, ending):
    files = []
    for name in ("one", "two"):
        ax = course(fourteen, three_ruptures, client="c07")
        files.append(save(ax, tmp_path / f"{name}.{ending}").read_bytes())
        plt.close(ax.figure)
    assert files[0] == files[1]
    assert files[0].startswith(STARTS[ending])
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one.{ending}", f"two.{ending}"]


def test_no_date_inside(tmp_path, fourteen):
    ax = course(fourteen, client="c07")
    assert b"<dc:date>" not in save(ax, tmp_path / "a.svg").read_bytes()
    assert b"CreationDate" not in save(ax, tmp_path / "a.pdf").read_bytes()


def test_axes_arrays_and_figures(tmp_path, fourteen):
    axes = courses(fourteen)
    sizes = {
        save(drawn, tmp_path / f"{name}.png", dpi=60).stat().st_size
        for name, drawn in {"array": axes, "axes": axes[0], "figure": axes[0].figure}.items()
    }
    assert len(sizes) == 1
    with pytest.raises(AllianceError, match="Only Axes"):
        save("picture", tmp_path / "a.png")


def test_markup_in_an_identifier_stays_text(tmp_path, fourteen):
    ax = course(fourteen.assign(client="--><script>x</script>"), client="--><script>x</script>")
    written = save(ax, tmp_path / "a.svg").read_text("utf-8")
    assert "<script>" not in written


def test_an_old_file_is_replaced_whole_or_kept(tmp_path, fourteen, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    ax = course(fourteen, client="c07")

    def broken(*args, **settings):
        raise OSError("disk full")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="disk full"):
        patched.setattr(ax.figure, "savefig", broken)
        save(ax, path)
    assert path.read_bytes() == b"old"
    save(ax, path)
    assert path.read_bytes().startswith(STARTS["png"])
    assert list(tmp_path.iterdir()) == [path]


def test_mistakes_are_named(tmp_path, fourteen):
    ax = course(fourteen, client="c07")
    with pytest.raises(AllianceError, match="end the name in .png, .svg, .pdf"):
        save(ax, tmp_path / "a.jpg")
    with pytest.raises(AllianceError, match="does not exist"):
        save(ax, tmp_path / "no" / "a.png")


def test_every_figure_and_every_plot_takes_the_file_in_one_argument():
    import importlib
    import inspect
    import pkgutil

    import alliance

    drawing = [each for _, each in inspect.getmembers(alliance.figures, inspect.isfunction)]
    drawing = [each for each in drawing if each not in (save, style)]
    for module in pkgutil.walk_packages(alliance.__path__, "alliance."):
        if not module.name.endswith("__main__"):
            for _, each in inspect.getmembers(
                importlib.import_module(module.name), inspect.isclass
            ):
                drawing += (
                    [each.plot] if each.__module__ == module.name and hasattr(each, "plot") else []
                )
    without = {
        each.__qualname__ for each in drawing if "save" not in inspect.signature(each).parameters
    }
    assert without == set()


def test_the_argument_writes_the_file(tmp_path, fourteen):
    course(fourteen, client="c07", save=tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(STARTS["pdf"])
    courses(fourteen, save=tmp_path / "b.svg")
    assert (tmp_path / "b.svg").read_bytes().startswith(STARTS["svg"])
    assert "save : path, optional" in course.__doc__
