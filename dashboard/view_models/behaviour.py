"""What the section on the model's behaviour says beside its charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.view_models.export import write_csv
from dashboard.view_models.rounding import NO_BREAK
from dashboard.wording import plain, say
from explainers.attribution.contribution_bins import ContributionSpread
from explainers.attribution.dependence import Dependence
from explainers.attribution.importance import ImportanceTable
from explainers.attribution.partners import Partner
from explainers.attribution.registry import find_attributor
from explainers.charts.beeswarm import direction
from explainers.charts.dependence import about, series_label
from explainers.charts.importance_panels import ImportancePanel
from explainers.charts.ranking import input_label
from explainers.charts.wording import format_change, format_percent
from explainers.core.attribution import Attribution
from explainers.core.schema import Column
from explainers.core.study import Study
from explainers.disclosure.counts import round_people
from explainers.effects.choice import EffectChoice
from explainers.effects.pair import EffectPair
from explainers.subgroups.reasons import ImportanceGap

N_LEADING = 3
MINUS = "\N{MINUS SIGN}"


def lead_sentence(table: ImportanceTable, columns: Sequence[Column]) -> str:
    """Which inputs make up how much of all contributions by size."""
    sizes = np.array([estimate.value or 0.0 for estimate in table.estimates])
    names = [_label(name, columns) for name in table.ranking()[:N_LEADING]]
    if len(sizes) <= N_LEADING or not sizes.sum() > 0:
        return say("behaviour.lead_few", names=", ".join(names))
    share = float(np.sort(sizes)[-N_LEADING:].sum() / sizes.sum())
    return say(
        "behaviour.lead_three",
        names=", ".join(names),
        share=f"{round(100 * share)}%",
    )


def gap_sentence(gaps: Sequence[ImportanceGap], columns: Sequence[Column]) -> str:
    """The largest difference from the reference group whose interval leaves out 0."""
    if not gaps:
        return say("behaviour.gap_no_reference")
    clear = next((gap for gap in gaps if gap.is_clear), None)
    if clear is None or clear.gap.value is None:
        return say("behaviour.gap_none", reference=plain(gaps[0].reference))
    way = "more" if clear.gap.value > 0 else "less"
    return say(
        f"behaviour.gap_{way}",
        input=_label(clear.feature, columns),
        group=plain(clear.group),
        reference=plain(clear.reference),
        gap=_size_of(clear),
    )


def importance_export(panels: Sequence[ImportancePanel], study: Study) -> str:
    """Every estimate as CSV, one row per group or model and input."""
    frames = []
    for panel in panels:
        own = panel.table.to_frame()
        own.insert(0, "patients", panel.label)
        frames.append(own)
    figures = pd.concat(frames, ignore_index=True)
    return write_csv(figures, {**_context(study), "scale": panels[0].table.scale})


def spread_sentence(spread: ContributionSpread, columns: Sequence[Column]) -> str:
    """The input whose middle contributions lie furthest apart."""
    widest = max(spread.inputs, key=lambda bins: bins.typical[1] - bins.typical[0])
    low, high = (format_change(end, spread.scale) for end in widest.typical)
    return say("behaviour.spread_title", input=_label(widest.name, columns), low=low, high=high)


def spread_export(spread: ContributionSpread, study: Study) -> str:
    """From where to where most patients' contributions lie, as CSV; the marks are not given."""
    columns = study.model.columns
    figures = pd.DataFrame(
        [(bins.name, *bins.typical, direction(bins, columns)) for bins in spread.inputs],
        columns=["feature", "most_from", "most_to", "direction"],
    )
    return write_csv(figures, {**_context(study), "scale": spread.scale, "n": spread.n})


def dependence_sentence(dependence: Dependence, columns: Sequence[Column]) -> str:
    """From where to where the mean contribution of a feature goes."""
    means = np.concatenate([series.mean for series in dependence.series])
    low, high = (format_change(float(end), dependence.scale) for end in (means.min(), means.max()))
    name = _label(dependence.feature, columns)
    return say("behaviour.dependence_title", input=name, low=low, high=high)


def dependence_notes(dependence: Dependence) -> tuple[str, ...]:
    """Who is not drawn; a small number of them is not told."""
    notes = []
    for key, count in (("missing", dependence.n_missing), ("hidden", dependence.n_hidden)):
        if count >= dependence.floor:
            notes.append(say(f"behaviour.dependence_{key}", n=about(count)))
    return tuple(notes)


def dependence_export(dependence: Dependence, columns: Sequence[Column], study: Study) -> str:
    """The marks as CSV; numbers of people rounded, so that nobody is left over."""
    figures = dependence.to_frame()
    figures["n"] = round_people(figures["n"].to_numpy())
    labels = {
        series.label: series_label(series, dependence, columns) for series in dependence.series
    }
    figures["series"] = figures["series"].map(labels)
    return write_csv(figures, {**_context(study), "scale": dependence.scale})


def partner_sentence(partner: Partner, columns: Sequence[Column]) -> str:
    """With what a feature interacts most, and how sure that is."""
    name = _label(partner.feature, columns)
    if partner.partner is None or partner.share.value is None:
        return say("behaviour.partner_absent", input=name)
    share = format_percent(partner.share.value)
    if partner.share.low is not None and partner.share.high is not None:
        ends = (f"{100 * end:.1f}" for end in (partner.share.low, partner.share.high))
        share = f"{share} \\[{f',{NO_BREAK}'.join(ends)}\\]"
    return say(
        "behaviour.partner_found",
        input=name,
        partner=_label(partner.partner, columns),
        share=share,
        recurrence=f"{round(100 * partner.recurrence)}%",
    )


def effect_sentence(pairs: Sequence[EffectPair], column: Column) -> str:
    """How far apart the highest and lowest point of ALE are, in the groups least and most."""
    sizes = sorted((100 * float(np.ptp(pair.ale.curve.y)), pair.label) for pair in pairs)
    (least, least_group), (most, most_group) = sizes[0], sizes[-1]
    if len(pairs) == 1:
        size = say("behaviour.points", value=f"{most:.1f}")
        return say("behaviour.effect_title", input=plain(column.label), size=size)
    return say(
        "behaviour.effect_title_groups",
        input=plain(column.label),
        least=f"{least:.1f}",
        least_group=plain(least_group),
        most=f"{most:.1f}",
        most_group=plain(most_group),
    )


def effect_note(pairs: Sequence[EffectPair]) -> str:
    """Over how many patients the curves are, and the seed of their draw."""
    n = sum(pair.ale.curve.n for pair in pairs)
    seed = pairs[0].ale.provenance.seed
    return say("behaviour.effect_note", n=f"{n:,}", seed=seed)


def effect_warning(
    pair: EffectPair, choice: EffectChoice, columns: Sequence[Column]
) -> tuple[bool, str]:
    """Whether partial dependence should not be relied on, and the sentence that says so."""
    found = pair.largest_difference()
    gap = say("behaviour.points", value=f"{100 * abs(found[1]) if found else 0.0:.1f}")
    if not choice.partner:
        return False, say("behaviour.effect_alone", gap=gap)
    key = "differ" if choice.method == "ale" else "agree"
    name = next(column for column in columns if column.name == pair.ale.feature).label
    sentence = say(
        f"behaviour.effect_{key}",
        **({"input": plain(name)} if key == "differ" else {}),
        partner=_label(choice.partner, columns),
        correlation=f"{choice.correlation:.2f}".replace("-", MINUS),
        gap=gap,
    )
    return choice.method == "ale", sentence


def effect_export(pairs: Sequence[EffectPair], study: Study) -> str:
    """Both curves as CSV, one row per value; the density as shares of patients."""
    frames = []
    for pair in pairs:
        for effect in (pair.ale, pair.partial):
            own = effect.to_frame()
            own.insert(0, "patients", pair.label or say("behaviour.all_patients"))
            own.insert(1, "method", effect.method)
            frames.append(own)
    figures = pd.concat(frames, ignore_index=True)
    return write_csv(figures, {**_context(study), "scale": pairs[0].ale.scale})


def method_note(attribution: Attribution, n_reference: int) -> str:
    """Which method, over whom, against whom."""
    return say(
        "behaviour.note",
        method=find_attributor(attribution.method).label,
        n=f"{len(attribution.patient_ids):,}",
        reference=f"{n_reference:,}",
        seed=attribution.provenance.seed,
    )


def _size_of(gap: ImportanceGap) -> str:
    """The size of a difference with its interval, which a minus would turn around."""
    ends = (gap.gap.value or 0.0, gap.gap.low or 0.0, gap.gap.high or 0.0)
    value, *limits = (abs(end) for end in ends)
    low, high = sorted(limits)
    return f"{value:.2f} \\[{low:.2f},{NO_BREAK}{high:.2f}\\] log-odds"


def _label(name: str, columns: Sequence[Column]) -> str:
    return plain(input_label(name, columns))


def _context(study: Study) -> dict[str, str | float]:
    return {
        "model": f"{study.model.name} {study.model.version}",
        "cohort": study.cohort.schema.facts.name,
        "outcome": study.outcome,
    }
