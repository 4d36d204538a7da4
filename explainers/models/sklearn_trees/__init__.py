"""Tree families of scikit-learn: single trees, forests and two kinds of boosting."""
