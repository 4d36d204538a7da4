"""How a model responds to one feature: ICE, partial dependence, accumulated local effects."""

from explainers.effects.ale import estimate_ale
from explainers.effects.choice import EffectChoice, choose_effect
from explainers.effects.effect import Effect, EffectMethod
from explainers.effects.ice import estimate_ice
from explainers.effects.partial_dependence import estimate_partial_dependence
from explainers.effects.seen_values import seen_grid, seen_range

__all__ = [
    "Effect",
    "EffectChoice",
    "EffectMethod",
    "choose_effect",
    "estimate_ale",
    "estimate_ice",
    "estimate_partial_dependence",
    "seen_grid",
    "seen_range",
]
