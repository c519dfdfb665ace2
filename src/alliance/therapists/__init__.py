"""Therapists: what differs between them beyond chance, without ranks."""

from alliance.therapists.funnel import Funnel, funnel, limits
from alliance.therapists.random_effects import RandomEffects, fit_random_effects

__all__ = ["Funnel", "RandomEffects", "fit_random_effects", "funnel", "limits"]
