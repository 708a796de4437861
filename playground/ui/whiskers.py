"""Charts of figures with their intervals as HTML: they take the page's type, width and colours."""

import math
from collections.abc import Sequence

from playground.evaluation.intervals import Estimate
from playground.ui.markup import escape


def percent(value: float) -> str:
    return f"{100 * value:.0f} %" if math.isfinite(value) else "–"


def number(value: float) -> str:
    """Two decimals of what lies around one, with a true minus."""
    return signed(value).removeprefix("+") if math.isfinite(value) else "–"


def signed(value: float, decimals: int = 2) -> str:
    """With its sign, a true minus."""
    return f"{value:+.{decimals}f}".replace("-", "−")


def told(estimate: Estimate, tell=percent) -> str:
    """A value with its interval: `82 % (71 to 90 %)`."""
    if not math.isfinite(estimate.value):
        return "–"
    if not math.isfinite(estimate.low):
        return tell(estimate.value)
    low, high = tell(estimate.low), tell(estimate.high)
    return f"{tell(estimate.value)} ({low.removesuffix(' %')} to {high})"


def dots(
    rows: Sequence[tuple[str, Estimate]], low: float, high: float, tell=percent, middle: float | None = None
) -> str:
    """Dot and whisker, one row a name, on a scale from `low` to `high`; `middle` is marked by a line."""

    def place(value: float) -> str:
        return f"{100 * (min(high, max(low, value)) - low) / ((high - low) or 1):.1f}%"

    mark = "" if middle is None else f'<i class="middle" style="left:{place(middle)}"></i>'
    made = []
    for name, estimate in rows:
        span, dot = "", ""
        if math.isfinite(estimate.value):
            dot = f'<i class="dot" style="left:{place(estimate.value)}"></i>'
        if math.isfinite(estimate.low):
            ends = f"left:{place(estimate.low)};right:calc(100% - {place(estimate.high)})"
            span = f'<i class="span" style="{ends}"></i>'
        made.append(
            f'<li><span class="name">{escape(name)}</span>'
            f'<span class="track" aria-hidden="true">{mark}{span}{dot}</span>'
            f'<span class="value">{told(estimate, tell)}</span></li>'
        )
    scale = f"<span></span><span>{tell(low)}</span><span>{tell(high)}</span>"
    ends = f'<li class="ends" aria-hidden="true">{scale}</li>'
    return f'<ul class="whiskers">{"".join(made)}{ends}</ul>'


def course(points: Sequence[tuple[str, Estimate]], low: float, high: float, what: str) -> str:
    """A value over stretches with a band for its interval; the newest is told in words.

    `points` are (what the stretch is called, value); stretches without a value are gaps.
    """
    known = [(at, one) for at, (_, one) in enumerate(points) if math.isfinite(one.value)]
    if not known:
        return ""
    last = max(len(points) - 1, 1)

    def down(value: float) -> float:
        return 1 - (min(high, max(low, value)) - low) / (high - low)

    def spot(at: int, value: float) -> str:
        return f"{100 * at / last:.2f},{40 * down(value):.2f}"

    band = [(at, one) for at, one in known if math.isfinite(one.low)]
    area = [spot(at, one.high) for at, one in band] + [spot(at, one.low) for at, one in reversed(band)]
    line = " ".join(spot(at, one.value) for at, one in known)
    dots = "".join(
        f'<i style="left:{100 * at / last:.1f}%;top:{100 * down(one.value):.1f}%"></i>' for at, one in known
    )
    first_name, last_name = points[0][0], points[-1][0]
    newest = known[-1][1]
    return (
        f'<figure class="course" role="img" aria-label="{escape(what)}, now {told(newest, number)}">'
        f"<figcaption>{escape(what)} <b>newest {told(newest, number)}</b></figcaption>"
        f'<div class="plot"><span class="top">{number(high)}</span><span class="bottom">{number(low)}</span>'
        f'<div class="area"><svg viewBox="0 0 100 40" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon points="{" ".join(area)}"/><polyline points="{line}"/></svg>{dots}</div></div>'
        f'<div class="along"><span>{escape(first_name)}</span><span>{escape(last_name)}</span></div></figure>'
    )


def heat(
    head: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float | None]]],
    cells: Sequence[Sequence[str]],
    caption: str,
) -> str:
    """A table whose cells are tinted by shares from 0 to 1 and tell their text; None is an empty cell."""
    columns = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    body = ""
    for (name, shares), texts in zip(rows, cells, strict=True):
        tinted = "".join(
            f'<td style="--heat:{0 if share is None else round(100 * share)}%">{escape(text)}</td>'
            for share, text in zip(shares, texts, strict=True)
        )
        body += f'<tr><th scope="row">{escape(name)}</th>{tinted}</tr>'
    return (
        f'<div class="table-wrap"><table class="heat"><caption>{escape(caption)}</caption>'
        f"<thead><tr><td></td>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )
