"""The family ``sklearn-pipeline``: pipelines and ensembles trained elsewhere."""

from explainers.models.pipeline.loading import load, score_kind_of
from explainers.models.pipeline.model import (
    AdditivePipelineModel,
    PipelineModel,
    TreePipelineModel,
)
from explainers.models.pipeline.saving import save_pipeline

__all__ = [
    "AdditivePipelineModel",
    "PipelineModel",
    "TreePipelineModel",
    "load",
    "save_pipeline",
    "score_kind_of",
]
