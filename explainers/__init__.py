"""Explain diagnostic models, and say how far each explanation can be trusted.

Importing this package is light: shap, lime, xgboost and scikit-learn are loaded when first used.
"""

from explainers.core import Attribution, Cohort, Estimate, Schema, Study, SubgroupTable

__all__ = ["Attribution", "Cohort", "Estimate", "Schema", "Study", "SubgroupTable"]
