"""Every error that Pellucid raises on purpose.

::

    PellucidError
    ├── SchemaError          a schema file, or a value that does not fit its schema
    ├── CohortError          a cohort that cannot be read or breaks its schema
    ├── BundleError          a model bundle that is incomplete, changed or unsafe
    ├── ServiceError         a scoring service that may not be asked, or whose answer is of no use
    ├── RecipeError          a training recipe that cannot be followed
    ├── UnsupportedError     a method asked for something it does not support
    ├── SettingsError        a setting outside its allowed values
    ├── StoreError           a store of attributions that cannot be written, resumed or trusted
    ├── AuditError           an action that cannot be put on record, or a record that may not go
    ├── NotPermittedError    a view or an action that the person's role does not allow
    ├── NotFoundError        a model, cohort or patient that does not exist
    └── CancelledError       a computation that whoever waited for it has stopped

A message names the rule that was broken, the value that broke it and what to do about it.
"""

from __future__ import annotations


class PellucidError(Exception):
    """Base of all errors a user can act on.

    Parameters
    ----------
    rule : str
        The rule that was broken, as a full sentence without its full stop.
    value : object, optional
        The value that broke it; shown with ``repr`` so that odd text cannot hide.
    remedy : str, optional
        What to do about it.
    """

    def __init__(self, rule: str, *, value: object = None, remedy: str = "") -> None:
        self.rule = rule
        self.value = value
        self.remedy = remedy
        shown = "" if value is None else f" (got {_short(value)})"
        super().__init__(f"{rule}{shown}. {remedy}".strip())


class SchemaError(PellucidError):
    """A schema file is malformed, or a value does not fit its schema."""


class CohortError(PellucidError):
    """A cohort cannot be read, or breaks its schema."""


class BundleError(PellucidError):
    """A model bundle is incomplete, was changed, or holds something unsafe."""


class ServiceError(PellucidError):
    """A scoring service may not be asked, does not answer, or gives an answer of no use."""


class RecipeError(PellucidError):
    """A training recipe cannot be followed."""


class UnsupportedError(PellucidError):
    """A method was asked for something that it does not support."""


class SettingsError(PellucidError):
    """A setting lies outside its allowed values."""


class StoreError(PellucidError):
    """A store of attributions cannot be written, resumed or trusted."""


class AuditError(PellucidError):
    """An action cannot be put on record, or a record of the audit log may not be removed."""


class NotPermittedError(PellucidError):
    """A view or an action that the person's role does not allow."""


class NotFoundError(PellucidError):
    """A model, cohort or patient does not exist."""


class CancelledError(PellucidError):
    """A computation was stopped by whoever waited for it; a progress callback raises it."""


def _short(value: object, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
