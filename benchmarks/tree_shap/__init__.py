"""SHAP values of a cohort of tree-model patients: ours beside shap, woodelf and XGBoost."""
