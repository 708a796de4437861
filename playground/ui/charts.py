"""Plotly figures: of runs, data and reports. Pure functions."""

import itertools

import plotly.graph_objects as go

from playground.dataset.measures import Measures
from playground.evaluation.questions_plots import plot
from playground.run.goodhart import Point, peak
from playground.ui.theme import STAGE_COLOURS

_INK = "#4b5b57"
BARS, LABEL = 8, 18
"""Bars of a balance, and characters of a name beside one."""


def template(dark: bool = False) -> dict:
    """The layout every figure shares: thin axes, no legend box, one typeface."""
    ink, line = ("#e6edeb", "#34413e") if dark else (_INK, "#dbe2e0")
    axis = {
        "gridcolor": line,
        "zeroline": False,
        "linecolor": line,
        "ticks": "",
        "nticks": 5,
        "title": {"standoff": 8},
    }
    return {
        "font": {"family": "IBM Plex Sans, system-ui, sans-serif", "size": 15, "color": ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "margin": {"l": 56, "r": 132, "t": 40, "b": 48},
        "height": 320,
        "xaxis": axis,
        "yaxis": axis,
        "hovermode": "x unified",
    }


def curves(runs: dict[str, tuple[list[int], list[float | None]]], name: str, dark: bool = False) -> go.Figure:
    """One metric of several runs over steps, each line labelled at its end.

    `runs` maps a run's id to (steps, values); None values are gaps.
    """
    figure = go.Figure()
    dashes = ("solid", "dash", "dot", "dashdot")
    for place, (run, (steps, values)) in enumerate(runs.items()):
        points = [(s, v) for s, v in zip(steps, values, strict=True) if v is not None]
        if not points:
            continue
        colour = stage_colour(run, dark)
        xs, ys = zip(*points, strict=True)
        figure.add_scatter(
            x=xs,
            y=ys,
            name=run,
            mode="lines+markers" if len(points) < 30 else "lines",
            line={"color": colour, "width": 2, "dash": dashes[place % 4]},
        )
        figure.add_annotation(
            x=xs[-1],
            y=ys[-1],
            text=f"{run} {ys[-1]:.2g}",
            xanchor="left",
            xshift=8,
            showarrow=False,
            font={"color": colour},
        )
    figure.update_layout(**template(dark), title={"text": name, "x": 0, "font": {"size": 16}})
    return figure.update_xaxes(title_text="step")


def overoptimisation(runs: dict[str, list[Point]], dark: bool = False) -> go.Figure:
    """Proxy reward (dashed) and gold score of several runs against the root of KL: the axes of Gao et al.
    2022 (arXiv:2210.10760). A ring marks the highest gold score of each.
    """
    figure = go.Figure()
    for run, points in runs.items():
        colour, best = stage_colour(run, dark), peak(points)
        for kind, dash in (("reward", "dash"), ("gold", "solid")):
            known = [(one.distance, getattr(one, kind)) for one in points if getattr(one, kind) is not None]
            across, heights = zip(*known, strict=True) if known else ((), ())
            line = {"color": colour, "width": 2, "dash": dash}
            figure.add_scatter(x=across, y=heights, name=f"{run} {kind}", mode="lines", line=line)
        if best is not None:
            ring = {"size": 14, "color": colour, "symbol": "circle-open", "line": {"width": 2}}
            label = f"{run}: best at {best.gold:.2g}"
            figure.add_scatter(x=[best.distance], y=[best.gold], name=label, mode="markers", marker=ring)
            figure.add_annotation(
                x=best.distance, y=best.gold, text=label, yshift=16, showarrow=False, font={"color": colour}
            )
    title = {"text": "Gold (solid) and reward (dashed)", "x": 0, "font": {"size": 16}}
    figure.update_layout(**template(dark), title=title).update_layout(margin_r=24, hovermode="closest")
    return figure.update_xaxes(title_text="root of KL from the start, in nats")


def lengths(found: Measures, dark: bool = False) -> go.Figure:
    """How many rows have how many tokens, as the model reads them, template and all."""
    bars = found.lengths["whole"]
    middles = [(low + high) / 2 for low, high in itertools.pairwise(bars.edges)]
    figure = go.Figure(go.Bar(x=middles, y=bars.counts, marker_color=STAGE_COLOURS["sft"][int(dark)]))
    figure.update_layout(bargap=0.08)
    longest = found.lengths["whole"].longest
    if found.window and found.window <= 2 * longest:
        figure.add_vline(found.window, line_dash="dot", annotation_text="all it can read")
    title = {"text": "Tokens in a row", "x": 0, "font": {"size": 16}}
    figure.update_layout(**template(dark), title=title).update_layout(margin_r=24)
    return figure.update_xaxes(title_text="tokens").update_yaxes(title_text="rows")


def balance(counts: dict[str, int], what: str, dark: bool = False) -> go.Figure:
    """Rows by answer or tag, the most frequent on top; what does not fit is summed up."""
    shown = dict(list(counts.items())[:BARS])
    if rest := sum(counts.values()) - sum(shown.values()):
        shown[f"{len(counts) - BARS} more"] = rest
    names = [name if len(name) <= LABEL else f"{name[: LABEL - 1]}…" for name in shown]
    colour = STAGE_COLOURS["sft"][int(dark)]
    bars = go.Bar(
        x=list(shown.values()),
        y=list(range(len(names))),
        orientation="h",
        marker_color=colour,
        text=list(shown.values()),
    )
    title = {"text": f"Rows by {what}", "x": 0, "font": {"size": 16}}
    figure = go.Figure(bars).update_layout(**template(dark), title=title)
    figure.update_layout(height=110 + 34 * len(names), margin={"l": 150, "r": 24, "t": 40, "b": 40})
    return figure.update_yaxes(
        autorange="reversed", tickvals=list(range(len(names))), ticktext=names, nticks=None
    )


def intervals(rows: list[dict], column: str, dark: bool = False) -> go.Figure:
    """One figure of the report per model with its interval: dot and whisker, models as rows.

    Each row has `model`, `<column>`, `<column>_low`, `<column>_high`.
    """
    figure = go.Figure()
    for row in reversed(rows):
        value, low, high = row[column], row[f"{column}_low"], row[f"{column}_high"]
        colour = stage_colour(row["model"], dark)
        figure.add_scatter(
            x=[value],
            y=[row["model"]],
            mode="markers",
            marker={"color": colour, "size": 11},
            error_x={"type": "data", "array": [high - value], "arrayminus": [value - low], "color": colour},
            name=row["model"],
        )
    figure.update_layout(**template(dark), title={"text": column, "x": 0, "font": {"size": 16}})
    return figure.update_layout(height=80 + 48 * len(rows), margin={"l": 96, "r": 24, "t": 40, "b": 40})


def rates(found, dark: bool = False) -> go.Figure:
    """The losses of a learning-rate search over the rates, the suggestion marked (`training.rates.Rates`)."""
    colour = STAGE_COLOURS["sft"][int(dark)]
    figure = go.Figure()
    figure.add_scatter(
        x=found.rates, y=found.losses, name="a batch", line={"color": colour, "width": 1}, opacity=0.35
    )
    figure.add_scatter(x=found.rates, y=found.smoothed, name="smoothed", line={"color": colour, "width": 3})
    figure.add_vline(
        found.suggestion, line_dash="dot", line_color=STAGE_COLOURS["reward"][int(dark)],
        annotation_text=f"{found.suggestion:g}", annotation_position="top left",
    )  # fmt: skip
    figure.update_layout(**template(dark)).update_layout(
        height=240, margin={"l": 44, "r": 12, "t": 24, "b": 44}
    )
    low = min(found.smoothed)
    high = max(found.smoothed[: found.smoothed.index(low) + 1])
    figure.update_yaxes(
        range=[max(0, low - 0.1 * (high - low)), high + 0.3 * (high - low)], title_text="loss"
    )
    return figure.update_xaxes(type="log", title_text="learning rate", dtick=1, exponentformat="power")


def parallel(figure: go.Figure, dark: bool = False) -> go.Figure:
    """Parallel coordinates in our type; the figure itself comes from a sweep."""
    figure.update_layout(**template(dark))
    axes = len(figure.data[0].dimensions)
    figure.update_traces(
        labelfont_size=14, tickfont_size=13, labelangle=-18 if axes > 4 else 0, labelside="top"
    )
    return figure.update_layout(height=340, margin={"l": 64, "r": 48, "t": 84, "b": 24})


def questioned(found, what: str, title: str, dark: bool = False) -> go.Figure:
    """A figure of a questioned reward model, see `Questions.plot`, in the look of the others."""
    figure = plot(found, what, STAGE_COLOURS["reward"][int(dark)])
    figure.update_layout(
        template(dark) | {"template": None}, title={"text": title, "x": 0, "font": {"size": 16}}
    )
    return figure.update_layout(margin={"l": 64, "r": 24, "t": 64, "b": 56}, hovermode="closest")


def stage_colour(name: str, dark: bool = False) -> str:
    """The colour of a model by the stage that made it: `ppo-0003` is plum everywhere."""
    return STAGE_COLOURS.get(name.split("-")[0], STAGE_COLOURS["base"])[int(dark)]
