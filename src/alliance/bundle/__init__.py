"""Bundle: a study as one folder to share, with codebooks, a manifest and nobody named."""

from alliance.bundle.making import Bundle, make_bundle

__all__ = ["Bundle", "make_bundle"]
