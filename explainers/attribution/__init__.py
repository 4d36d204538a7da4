"""Why a model predicts what it predicts: SHAP, LIME, and whether they agree."""
