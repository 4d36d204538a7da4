"""How good a model is: discrimination, calibration, classification at the declared threshold."""
