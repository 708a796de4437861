"""Plotly figures of what training changed in the weights. Pure functions."""

import math
import statistics
from collections.abc import Sequence

import plotly.graph_objects as go

from playground.model.delta import Change
from playground.ui.charts import template
from playground.ui.theme import STAGE_COLOURS

TOLD = 12
"""Columns up to which every cell tells its number."""
VIEWS = {
    "Size of the change": "Change of each weight, % of its norm",
    "Directions used": "Directions that each change uses (effective rank)",
}


def heat(found: Sequence[Change], view: str, dark: bool = False) -> go.Figure:
    """Blocks as columns, the parts of a block as rows; what stands outside of the blocks comes first."""
    columns = sorted({one.layer for one in found if one.layer is not None})
    outside = any(one.layer is None for one in found)
    rows = list(dict.fromkeys(one.module for one in found))
    cells = {(one.module, one.layer): one for one in found}
    across = [*([None] * outside), *columns]
    values = [[_value(cells.get((row, layer)), view) for layer in across] for row in rows]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=["outside" if layer is None else str(layer) for layer in across],
            y=_short(rows),
            text=[[_figure(value) for value in row] for row in values],
            texttemplate="%{text}" if len(across) <= TOLD else None,
            hovertemplate="%{y}, block %{x}: %{text}<extra></extra>",
            colorscale=[[0, "#16211f" if dark else "#eef7f5"], [1, STAGE_COLOURS["sft"][int(dark)]]],
            zmin=0,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    title = {"text": VIEWS[view], "x": 0, "font": {"size": 16}}
    figure.update_layout(**template(dark), title=title)
    figure.update_layout(
        height=110 + 30 * len(rows), margin={"l": 108, "r": 8, "t": 40, "b": 48}, hovermode="closest"
    )
    figure.update_xaxes(title_text="block", type="category", showgrid=False, nticks=None)
    return figure.update_yaxes(autorange="reversed", showgrid=False, nticks=None)


def spectrum(found: Sequence[Change], dark: bool = False) -> go.Figure | None:
    """Singular values over the largest: the middle one of all matrices, and from the least to the most.

    None where no matrix has several.
    """
    lines = [
        [value / one.spectrum[0] for value in one.spectrum]
        for one in found
        if len(one.spectrum) > 1 and one.spectrum[0] > 0
    ]
    if not lines:
        return None
    places = range(max(map(len, lines)))
    at = [[line[place] for line in lines if place < len(line)] for place in places]
    steps, colour = [place + 1 for place in places], STAGE_COLOURS["sft"][int(dark)]
    figure = go.Figure()
    figure.add_scatter(x=steps, y=list(map(max, at)), mode="lines", line={"width": 0}, hoverinfo="skip")
    figure.add_scatter(
        x=steps,
        y=list(map(min, at)),
        mode="lines",
        line={"width": 0},
        fill="tonexty",
        fillcolor=f"rgba({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))}, .18)",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=steps,
        y=list(map(statistics.median, at)),
        mode="lines",
        line={"color": colour, "width": 2},
        name="median",
    )
    title = {"text": "Strength of each direction, over the strongest", "x": 0, "font": {"size": 16}}
    figure.update_layout(**template(dark), title=title).update_layout(margin_r=8)
    figure.update_yaxes(range=[0, 1.02])
    return figure.update_xaxes(title_text="direction (line: median of all matrices, shade: least to most)")


def _value(one: Change | None, view: str) -> float | None:
    value = math.nan if one is None else 100 * one.relative if view == next(iter(VIEWS)) else one.effective
    return value if math.isfinite(value) else None


def _figure(value: float | None) -> str:
    return "" if value is None else f"{float(f'{value:.2g}'):g}"


def _short(rows: list[str]) -> list[str]:
    """The last word of each name where that tells them apart."""
    last = [row.rpartition(".")[2] for row in rows]
    return [short if last.count(short) == 1 else row for short, row in zip(last, rows, strict=True)]
