"""The figures of a questioned reward model, in plotly. Pure functions; colours are given by the caller."""

from playground.errors import NotFoundError

INK, GOOD, BAD = "#5b6b79", "#0b6b62", "#a34a08"


def plot(questions, what: str, colour: str = BAD):
    """`calibration`, `margins`, `accuracy` or `biases`. Raises NotFoundError for another."""
    figures = {"calibration": calibration, "margins": margins, "accuracy": accuracy, "biases": biases}
    if what not in figures:
        raise NotFoundError(f"There is no figure called {what!r}", rule=f"There are {', '.join(figures)}")
    figure = figures[what](questions, colour)
    return figure.update_layout(template="plotly_white", showlegend=False, margin={"t": 40, "b": 48})


def calibration(questions, colour: str):
    """Predicted probability against the observed share, with intervals; the diagonal is perfect."""
    import plotly.graph_objects as go

    bins = questions.calibration.bins
    figure = go.Figure()
    ends, dots = [0.5, 1], {"dash": "dot", "color": INK}
    figure.add_scatter(x=ends, y=ends, mode="lines", line=dots, name="perfect")
    figure.add_scatter(
        x=[one.predicted for one in bins], y=[one.observed.value for one in bins], mode="lines+markers",
        line={"color": colour}, marker={"size": 9}, name="observed",
        error_y=_whiskers([one.observed for one in bins]), text=[f"{one.pairs} pairs" for one in bins],
        hovertemplate="sure of %{x:.0%}, right on %{y:.0%}, %{text}",
    )
    figure.update_xaxes(title_text="how sure it is", range=[0.48, 1.02], tickformat=".0%")
    return figure.update_yaxes(title_text="how often it is right", range=[0, 1.05], tickformat=".0%")


def margins(questions, colour: str):
    """How many pairs have which margin; left of 0 it is wrong."""
    import numpy as np
    import plotly.graph_objects as go

    values = np.asarray(questions.margins)
    width = _round_width(values)
    low, high = np.floor(values.min(initial=0) / width), np.ceil(values.max(initial=0) / width)
    edges = np.arange(low, max(high, low + 1) + 1) * width
    counts, _ = np.histogram(values, edges)
    middles = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    for wrong, name in ((True, "wrong"), (False, "right")):
        here = (middles < 0) == wrong
        figure.add_bar(
            x=middles[here], y=counts[here], width=width * 0.94, name=name,
            marker={"color": INK if wrong else colour, "pattern": {"shape": "/" if wrong else ""}},
        )
    figure.add_vline(0, line_dash="dot", line_color=INK)
    share = (values < 0).mean() if len(values) else 0
    for text, anchor, shift in ((f"wrong {share:.0%}", "right", -6), ("right", "left", 6)):
        figure.add_annotation(
            x=0, y=1.08, yref="paper", text=text, showarrow=False, xanchor=anchor, xshift=shift
        )
    figure.update_xaxes(title_text="score of chosen less score of rejected")
    return figure.update_yaxes(title_text="pairs")


def accuracy(questions, colour: str):
    """Every judge with its interval, and the ceiling as a band."""
    import plotly.graph_objects as go

    found = questions.standings[::-1]
    colours = [colour if one.ahead is None else INK for one in found]
    figure = go.Figure()
    if questions.ceiling is not None:
        value, low, high = questions.ceiling
        figure.add_vrect(low, high, fillcolor=INK, opacity=0.12, line_width=0)
        figure.add_annotation(x=value, y=1.08, yref="paper", text="ceiling", showarrow=False)
    figure.add_scatter(
        x=[one.accuracy.value for one in found], y=[one.name for one in found], mode="markers",
        marker={"size": 11, "color": colours},
        error_x=_whiskers([one.accuracy for one in found]),
    )
    figure.update_yaxes(automargin=True)
    return figure.update_xaxes(title_text="share of held-out pairs right", range=[0, 1.02], tickformat=".0%")


def biases(questions, colour: str):
    """What each edit does to the score, in typical margins."""
    import plotly.graph_objects as go

    found = [one for one in questions.biases if one.answers][::-1]
    figure = go.Figure()
    figure.add_vline(0, line_dash="dot", line_color=INK)
    figure.add_scatter(
        x=[one.relative.value for one in found], y=[one.edit for one in found], mode="markers",
        marker={"size": 11, "color": [colour if one.empty else INK for one in found],
                "symbol": ["circle" if one.empty else "circle-open" for one in found]},
        error_x=_whiskers([one.relative for one in found]),
    )
    figure.update_yaxes(automargin=True)
    return figure.update_xaxes(title_text="change of the score, in typical margins")


def _whiskers(estimates) -> dict:
    return {
        "type": "data", "array": [one.high - one.value for one in estimates],
        "arrayminus": [one.value - one.low for one in estimates],
    }


def _round_width(values) -> float:
    """A bar's width out of 1, 2 and 5 times a power of ten, for about sixteen bars."""
    import numpy as np

    span = float(np.ptp(np.append(values, 0.0))) or 1.0
    power = 10.0 ** np.floor(np.log10(span / 16))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= span / 16))
