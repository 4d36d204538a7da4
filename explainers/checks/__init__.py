"""What is wrong with a model and its data, found before anybody looks for it."""

from explainers.checks.check import Check
from explainers.checks.inspection import Inspection, inspect_bundle
from explainers.checks.registry import CHECKS, find_check, run_checks

__all__ = ["CHECKS", "Check", "Inspection", "find_check", "inspect_bundle", "run_checks"]
