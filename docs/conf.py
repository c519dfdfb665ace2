"""How the site looks and what it is built from; `site.py` gathers the pages and calls Sphinx."""

from alliance import __version__

project = "Alliance"
author = "the authors of Alliance"
version = release = __version__
language = "en"
# Marks are only rounded where pages are read.
smartquotes = not tags.has("as_written")  # noqa: F821 - Sphinx has it at hand

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# Without "dollarmath": a dollar is a dollar, and no program that sets formulas is fetched.
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks come with their outputs, from `make notebooks`
nb_ipywidgets_js = {}
nb_merge_streams = True

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"
autodoc_use_type_comments = False
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
default_role = "py:obj"
nitpicky = True
# Docstrings say "DataFrame" or "path" in words; names of other libraries lead nowhere offline.
nitpick_ignore_regex = [("py:.*", ".*")]
# A name such as `frame` belongs to many results; the link to one of them is as good.
suppress_warnings = ["ref.python"]

exclude_patterns = ["generated"]
# Summaries of what was found are fetched page by page, which a browser refuses in a folder.
html_show_search_summary = False

html_theme = "furo"
html_title = "Alliance"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": False}


def setup(app):
    """Where pages are only tried, the list of all pages, anew on each, stands on the first alone."""
    if app.tags.has("as_written"):
        app.connect("html-page-context", _without_list, priority=400)


def _without_list(app, pagename, templatename, context, doctree):
    if pagename != app.config.root_doc:
        context["toctree"] = lambda **options: ""
