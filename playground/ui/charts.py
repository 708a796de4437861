"""Charts: which panels a stage shows, and plotly figures of finished runs. Pure functions."""

import itertools
from dataclasses import asdict, dataclass

import plotly.graph_objects as go

from playground.dataset.measures import Measures
from playground.run.goodhart import Point, peak
from playground.ui.theme import STAGE_COLOURS

_INK = "#4b5b57"
BARS, LABEL = 8, 18
"""Bars of a balance, and characters of a name beside one."""


@dataclass(frozen=True)
class Line:
    """One metric in a panel. `dash` tells lines apart without colour."""

    key: str
    label: str
    colour: str
    dash: str = ""


@dataclass(frozen=True)
class Panel:
    """One small chart and the question it answers."""

    title: str
    question: str
    series: tuple[Line, ...]
    zero: bool = False
    share: bool = False
    """Whether the figures are shares, told in per cent."""
    knee: bool = False
    """Whether the step is marked from which general knowledge is lost."""
    across: str = ""
    """Metric whose root is the horizontal axis, instead of steps; the best of the first line is marked where
    it has been left behind."""
    optional: bool = False
    """Whether it is left out where a run does not measure it."""
    more: bool = False
    """Whether it is folded away until it is asked for."""
    turn: str = ""
    """Metric whose lowest point is marked where it has risen again: there overfitting begins."""

    def as_dict(self) -> dict:
        return asdict(self)


_LOSS = Panel(
    "Loss",
    "is it learning?",
    (
        Line("loss", "training", "var(--stage)"),
        Line("eval_loss", "validation", "var(--warm)", "5 4"),
    ),
    turn="eval_loss",
)
_KL = Panel(
    "KL from the start", "is it still the same model?", (Line("kl", "KL", "var(--stage)"),), zero=True
)
_KEPT = Line("retention", "general facts", "var(--warm)", "5 4")
_FORGETTING = Panel(
    "Gained and kept",
    "what does it learn, what does it lose?",
    (Line("gain", "answers", "var(--stage)"), _KEPT),
    zero=True,
    share=True,
    knee=True,
    optional=True,
)
_KNOWLEDGE = Panel(
    "General facts", "does it forget?", (_KEPT,), zero=True, share=True, knee=True, optional=True
)
_GOLD = Panel("Gold", "is it still any good?", (Line("gold", "gold", "var(--warm)"),), optional=True)
PANELS: dict[str, tuple[Panel, ...]] = {
    "sft": (_LOSS, _FORGETTING),
    "reward": (
        Panel(
            "Accuracy",
            "does it agree with the judges?",
            (
                Line("accuracy", "training", "var(--stage)"),
                Line("eval_accuracy", "held out", "var(--accent)", "5 4"),
            ),
        ),
        _LOSS,
    ),
    "dpo": (
        Panel(
            "Margin",
            "does it prefer what people preferred?",
            (Line("margin", "margin", "var(--stage)"),),
            zero=True,
        ),
        _KL,
        _GOLD,
        Panel("Loss", "of preferring, and of keeping to the chosen", (Line("loss", "loss", "var(--stage)"),)),
        _KNOWLEDGE,
    ),
    "ppo": (
        Panel("Reward", "is it going up?", (Line("reward", "reward", "var(--stage)"),)),
        _KL,
        Panel(
            "Over-optimisation",
            "against the root of KL: is it still any good?",
            (Line("gold", "gold", "var(--warm)"), Line("reward", "reward", "var(--stage)", "5 4")),
            across="kl",
        ),
        Panel("Length", "tokens in an answer", (Line("length", "length", "var(--stage)"),), zero=True),
        _KNOWLEDGE,
        Panel(
            "Entropy",
            "nats a token: has it more than one thing to say?",
            (Line("entropy", "entropy", "var(--stage)"),),
            zero=True,
            more=True,
        ),
        Panel(
            "Repetition",
            "answers that repeat themselves",
            (Line("repetition", "repeat", "var(--stage)"),),
            zero=True,
            share=True,
            more=True,
        ),
        Panel(
            "Clipped",
            "are the steps too large?",
            (Line("clip_fraction", "clipped", "var(--stage)"),),
            zero=True,
            share=True,
            more=True,
        ),
    ),
}
PANELS["grpo"] = PANELS["rloo"] = PANELS["ppo"]
PANELS["ppo"] += (
    Panel(
        "Foretold",
        "share of the differences in reward that the value model foresees",
        (Line("explained_variance", "explained", "var(--stage)"),),
        more=True,
    ),
    Panel("Value loss", "does it still learn?", (Line("value_loss", "loss", "var(--stage)"),), more=True),
)
PANELS["kto"] = PANELS["dpo"]
PANELS["best"] = (
    Panel("Reward", "of the best of so many answers", (Line("reward", "reward", "var(--stage)"),)),
    _KL,
    Panel("Gold", "is what it picks better?", (Line("gold", "gold", "var(--warm)"),)),
    Panel("Words", "in the best answer", (Line("words", "words", "var(--stage)"),), zero=True),
)


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


def stage_colour(name: str, dark: bool = False) -> str:
    """The colour of a model by the stage that made it: `ppo-0003` is plum everywhere."""
    return STAGE_COLOURS.get(name.split("-")[0], STAGE_COLOURS["base"])[int(dark)]
