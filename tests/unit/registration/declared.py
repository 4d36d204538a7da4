"""What the tests of registering declare about a model."""

from __future__ import annotations

from explainers.registration import ModelDeclaration

DECLARED = ModelDeclaration(
    name="ward-model",
    title="Ward model",
    outcome="died",
    purpose="Ranks patients of a made-up ward.",
    intended_users="Testers.",
    intended_patients="Nobody.",
    threshold=0.2,
    threshold_reason="A made-up weighing of four to one.",
)
