"""Colours that everybody can read and tell apart."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from streamlit import config as streamlit_config

from explainers.charts.palette import DARK, LIGHT, Mode, Palette, palette_for, translucent

CONFIG = Path(__file__).parents[3] / "dashboard" / ".streamlit" / "config.toml"
MODES: dict[Mode, Palette] = {"light": LIGHT, "dark": DARK}

# Machado, Oliveira and Fernandes (2009), full deuteranopia and protanopia, linear RGB.
DEFICIENCIES = {
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}


def linear(colour: str) -> NDArray[np.float64]:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", MODES)
def test_text_is_readable_on_page_and_panel(mode: Mode) -> None:
    colours = MODES[mode]
    for name, ground in itertools.product(
        ("ink", "muted", "accent", "raises", "lowers"), (colours.page, colours.panel)
    ):
        assert contrast(getattr(colours, name), ground) >= 4.5, (name, ground)


@pytest.mark.parametrize("mode", MODES)
def test_marks_stand_out_from_the_page(mode: Mode) -> None:
    assert contrast(MODES[mode].neutral, MODES[mode].page) >= 3.0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_two_signs_stay_apart_for_the_colour_blind(mode: Mode, deficiency: str) -> None:
    matrix = np.array(DEFICIENCIES[deficiency])
    raises, lowers = (matrix @ linear(c) for c in (MODES[mode].raises, MODES[mode].lowers))
    assert np.abs(raises - lowers).max() > 0.25


@pytest.mark.parametrize("mode", MODES)
def test_page_and_charts_share_their_colours(mode: Mode) -> None:
    theme = tomllib.loads(CONFIG.read_text())["theme"][mode]
    colours = MODES[mode]
    assert theme["backgroundColor"] == colours.page
    assert theme["secondaryBackgroundColor"] == colours.panel
    assert theme["textColor"] == colours.ink
    assert theme["linkColor"] == colours.accent


@pytest.mark.parametrize("mode", MODES)
def test_the_page_writes_legibly_with_its_primary_colour(mode: Mode) -> None:
    theme = tomllib.loads(CONFIG.read_text())["theme"][mode]
    assert contrast(theme["primaryColor"], theme["secondaryBackgroundColor"]) >= 4.5
    assert contrast(theme["primaryColor"], "#ffffff") >= 3.0


def test_the_server_is_private_by_default() -> None:
    config = tomllib.loads(CONFIG.read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["client"]["showErrorDetails"] == "none"
    assert config["client"]["showErrorLinks"] is False
    assert config["browser"]["gatherUsageStats"] is False


def test_every_setting_is_one_that_streamlit_knows() -> None:
    known = set(streamlit_config._config_options_template)
    for section, settings in tomllib.loads(CONFIG.read_text()).items():
        for key, value in settings.items():
            names = [f"{section}.{key}"]
            if isinstance(value, dict):
                names = [f"{section}.{key}.{inner}" for inner in value]
            assert set(names) <= known


def test_an_unknown_mode_is_light() -> None:
    assert palette_for("light") is LIGHT
    assert palette_for("dark") is DARK
    assert palette_for("") is LIGHT  # type: ignore[arg-type]


def test_translucency_keeps_the_colour() -> None:
    assert translucent("#0b6470", 0.5) == "rgba(11, 100, 112, 0.5)"
