"""Model families, recipes to train them, and bundles that keep them safely."""

from explainers.models.bundle import Bundle, load_bundle, read_facts, save_bundle
from explainers.models.facts import BundleFacts, FeatureSpec
from explainers.models.families import FAMILIES, Family
from explainers.models.fitted import FittedModel, Identity
from explainers.models.recipe import Recipe, load_recipe, parse_recipe
from explainers.models.training import train

__all__ = [
    "FAMILIES",
    "Bundle",
    "BundleFacts",
    "Family",
    "FeatureSpec",
    "FittedModel",
    "Identity",
    "Recipe",
    "load_bundle",
    "load_recipe",
    "parse_recipe",
    "read_facts",
    "save_bundle",
    "train",
]
