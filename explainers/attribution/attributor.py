"""What every method of attribution offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from explainers.core.arrays import FloatArray
from explainers.core.attribution import Attribution
from explainers.core.link import Scale
from explainers.core.model import RiskModel
from explainers.core.study import Study
from explainers.errors import SettingsError, UnsupportedError


@dataclass(frozen=True)
class Support:
    """Whether a method can explain a model on a scale, and if not, why not."""

    is_supported: bool
    reason: str = ""

    @classmethod
    def refused(cls, reason: str) -> Support:
        """The method cannot explain the model, because of ``reason`` (no capital, no full stop)."""
        return cls(is_supported=False, reason=reason)


SUPPORTED = Support(is_supported=True)


@dataclass(frozen=True)
class Setting:
    """One setting of a method; a page builds its control from it.

    Attributes
    ----------
    name, label, help : str
        Keyword, name on screen, one sentence on what it changes.
    default, low, high : int
        Default and the allowed range.
    """

    name: str
    label: str
    help: str
    default: int
    low: int
    high: int


class Attributor(Protocol):
    """A method that says how much each feature contributed to a prediction.

    Attributes
    ----------
    slug, label : str
        Name on the command line and in addresses, and name on screen.
    settings : tuple of Setting
        What can be set; each is a field of the method, changed with ``dataclasses.replace``. A
        method that has some calls :func:`check_settings` when it is made.
    """

    @property
    def slug(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def settings(self) -> tuple[Setting, ...]: ...

    def supports(self, model: RiskModel, scale: Scale) -> Support:
        """Whether this method explains that model on that scale."""
        ...

    def explain(
        self, study: Study, rows: FloatArray, patient_ids: tuple[str, ...], scale: Scale
    ) -> Attribution:
        """Explain encoded patients (k, p).

        Raises
        ------
        UnsupportedError
            When :meth:`supports` says no; a method never falls back to another one.
        """
        ...


@runtime_checkable
class Preparable(Protocol):
    """A method part of whose work is the same for every patient of a study."""

    def prepare(self, study: Study) -> Attributor:
        """The same method, which keeps what it has computed about this study.

        Of another study it gives the same answers as before, only no sooner.
        """
        ...


def prepare(attributor: Attributor, study: Study) -> Attributor:
    """The method to use where patients of one study are explained in many calls."""
    return attributor.prepare(study) if isinstance(attributor, Preparable) else attributor


def check_settings(attributor: Attributor) -> None:
    """Refuse values that the page's controls would not offer either.

    Raises
    ------
    SettingsError
        When a setting is not a whole number between its ``low`` and ``high``.
    """
    for setting in attributor.settings:
        value = getattr(attributor, setting.name)
        is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not is_whole or not setting.low <= value <= setting.high:
            raise SettingsError(
                f"{setting.name} of {attributor.slug} must be a whole number between"
                f" {setting.low:,} and {setting.high:,}",
                value=value,
                remedy=f"{setting.default:,} is the default.",
            )


def require_support(attributor: Attributor, model: RiskModel, scale: Scale) -> None:
    """Raise UnsupportedError, with the method's own reason, where it cannot explain the model."""
    support = attributor.supports(model, scale)
    if not support.is_supported:
        raise UnsupportedError(
            f"{attributor.slug} cannot explain this model on the {scale} scale: {support.reason}",
            value=model.name,
            remedy="Choose another method or scale.",
        )
