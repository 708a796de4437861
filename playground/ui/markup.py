"""Small pieces of HTML. Every text that is not ours goes through `escape`."""

import html
import json
from collections.abc import Iterable, Sequence

from playground.ui.panels import PANELS, Panel
from playground.ui.theme import STAGE_COLOURS

escape = html.escape


def note(text: str, bad: bool = False) -> str:
    """A line under the place where something happened; empty text clears it."""
    role = "alert" if bad else "status"
    return f'<p class="note{" bad" if bad else ""}" role="{role}">{escape(text)}</p>' if text else ""


def working(line: str, done: int = 0, total: int = 0) -> str:
    """A line about work under way over a bar, which has a length where the end is known."""
    share = f'value="{done}" max="{total}"' if total else ""
    told = escape(line)
    return f'<div class="working"><p>{told}</p><progress {share} aria-label="{told}"></progress></div>'


def empty(title: str, text: str) -> str:
    """What stands where nothing is yet, telling the next step."""
    return f'<div class="empty"><b>{escape(title)}</b>{escape(text)}</div>'


def heading(title: str, text: str) -> str:
    return f"<h2>{escape(title)}</h2>{lede(text)}"


def lede(text: str) -> str:
    return f'<p class="lede">{escape(text)}</p>'


def chip(text: str, kind: str = "") -> str:
    return f'<span class="chip {kind}">{escape(text)}</span>'


def table(head: Sequence[str], rows: Iterable[Sequence], numbers: Iterable[int] = (), kind: str = "") -> str:
    """A plain table; `numbers` are the columns set flush right. Cells are text, or `Raw` HTML.

    A `kind` of "stacked" sets the cells of a row below each other on a phone, each with its column's head.
    """
    numbers = set(numbers)

    def cell(tag: str, place: int, content) -> str:
        mark = " class=num" if place in numbers else ""
        mark += f' data-head="{escape(str(head[place]))}"' if kind == "stacked" and tag == "td" else ""
        return f"<{tag}{mark}>{content if isinstance(content, Raw) else escape(str(content))}</{tag}>"

    def cells(tag: str, row: Sequence) -> str:
        return "".join(cell(tag, place, content) for place, content in enumerate(row))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="table-wrap"><table class="plain {kind}"><thead><tr>{cells("th", head)}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


class Raw(str):
    """A table cell that is already HTML."""


def live_run(run_id: str, stage: str, panels: Iterable[Panel] | None = None) -> str:
    """The element that draws a run by itself from the REST API, in its stage's panels or others."""
    panels = json.dumps([panel.as_dict() for panel in panels or PANELS.get(stage, PANELS["sft"])])
    beside = f'<noise-ceiling run="{escape(run_id)}"></noise-ceiling>' if stage == "reward" else ""
    return f'<live-run run="{escape(run_id)}" panels="{escape(panels)}"></live-run>{beside}'


def colour(model: str) -> str:
    """The colour of a model, by the stage that made it."""
    stage = model.split("-")[0]
    return f"var(--stage-{stage if stage in STAGE_COLOURS else 'base'})"


def answer(model: str, text: str, detail: str = "", footer: Iterable[str] = ()) -> str:
    """One model's answer as a card in the model's colour."""
    chips = "".join(footer)
    return (
        f'<section class="answer" style="--stage:{colour(model)}">'
        f"<header>{escape(model)}<small>{escape(detail)}</small></header><p>{escape(text)}</p>"
        f"{f'<footer>{chips}</footer>' if chips else ''}</section>"
    )


def answers(cards: Iterable[str]) -> str:
    return f'<div class="columns">{"".join(cards)}</div>'


def held_out(run_id: str) -> str:
    """The element that shows a run's held-out figures, from the REST API."""
    return f'<held-out run="{escape(run_id)}"></held-out>'


def told(path: str) -> str:
    """The element that shows what the REST API tells at this path, once it does: figures and a table."""
    return f'<told-table path="{escape(path)}"></told-table>'


def figures(told: Iterable[tuple[str, str]]) -> str:
    """Large numbers, each over what it counts."""
    cells = "".join(f"<div><b>{escape(number)}</b><span>{escape(text)}</span></div>" for number, text in told)
    return f'<div class="hero">{cells}</div>'


def tokens(pieces: Iterable[tuple[str, bool]]) -> str:
    """Tokens as the model sees them; those that carry loss are tinted."""
    spans = "".join(
        f"<span{' class=loss' if loss else ''}>{escape(text).replace(chr(10), '↵' + chr(10))}</span>"
        for text, loss in pieces
    )
    return f'<p class="tokens">{spans}</p>'


def contributions(tokens: Sequence[str], added: Sequence[float], strongest: int = 4) -> str:
    """An answer's tokens by what each added to its score.

    What raises it is underlined and teal, what lowers it dashed and warm; the strongest bear their number.
    """
    most = max(map(abs, added), default=0) or 1
    told = sorted(range(len(added)), key=lambda place: -abs(added[place]))[:strongest]
    spans = []
    for place, (text, value) in enumerate(zip(tokens, added, strict=True)):
        mark = f"<sup>{value:+.2g}</sup>" if place in told and abs(value) > most / 10 else ""
        kind, weight = "up" if value >= 0 else "down", min(1, abs(value) / most)
        shown = escape(text).replace(chr(10), "↵" + chr(10))
        spans.append(f'<span class={kind} style="--w:{weight:.2f}" title="{value:+.3f}">{shown}{mark}</span>')
    return f'<p class="tokens told">{"".join(spans)}</p>'


def span(estimate: Sequence[float], show) -> "Raw":
    """A value with its interval under it, for a table; a dash where there is none, no interval where one
    answer alone was measured."""
    value, low, high = estimate
    if value != value:
        return Raw("–")
    if low != low:
        return Raw(show(value))
    return Raw(f'{show(value)}<span class="span">{show(low)} to {show(high)}</span>')


def share(value: float | None) -> str:
    """A share as a percentage of two significant figures."""
    return "–" if value is None else f"{100 * value:.0f} %"
