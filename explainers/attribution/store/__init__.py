"""The store of a whole cohort's attributions: written in parts, resumed, verified, read at once."""

from explainers.attribution.store.reader import AttributionStore, open_store
from explainers.attribution.store.settings import StoreSettings
from explainers.attribution.store.writer import write_store

__all__ = ["AttributionStore", "StoreSettings", "open_store", "write_store"]
