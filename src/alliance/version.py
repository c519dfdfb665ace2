"""The version of the package, where every file can read it without a circle."""

__version__ = "0.1.0"
