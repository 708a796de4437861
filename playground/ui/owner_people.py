"""What an owner sees of the people who judge: how far they agree, and each one's habits, as HTML."""

import math
from collections.abc import Sequence

from playground.evaluation.intervals import UNKNOWN, Estimate
from playground.preference.agreement import Agreement, Confusion
from playground.preference.annotators import AnnotatorReport
from playground.preference.overview import Overview
from playground.preference.simulate import SIMULATED, is_simulated
from playground.ui import markup
from playground.ui.markup import Raw, escape
from playground.ui.whiskers import course, dots, heat, number, percent, signed, told

MATRIX = 12
"""Annotators in a table of pairs; more would not fit."""
CHOICES = {"first": "one side", "second": "other side", "tie": "equal", "both_bad": "both bad"}
_READ = (
    (0.8, "People agree well enough to train on."),
    (0.667, "Good enough for tentative conclusions; settle the conflicts, sharpen the guidelines."),
    (0.4, "People read the task differently. Settle conflicts and say in the guidelines what counts."),
    (0.1, "Little more than chance: either the pairs are too alike or the question is not clear."),
    (-math.inf, "No more than chance: the answers say nothing that people share."),
)
"""What a value of alpha from here on means (Krippendorff 2019 for the first two)."""


def agreement(found: Overview) -> str:
    whole = found.agreement
    if whole is None:
        return markup.empty(
            "Nobody has met yet",
            "Agreement shows once two annotators judged the same item. Ask for two votes or more an item, "
            "or share the annotators' page.",
        )
    figures = [
        (told(whole.alpha, number), "Krippendorff's alpha: 1 is perfect, 0 is chance"),
        (told(whole.share), f"of {whole.pairs} pairs of judgements agree"),
    ]
    if found.ceiling:
        figures.append(
            (told(found.ceiling.value), "noise ceiling: the accuracy a reward model can reach at best")
        )
    meaning = next((text for least, text in _READ if whole.alpha.value >= least), "")
    html = markup.figures(figures) + markup.lede(
        f"{meaning} From {whole.items} items that {whole.annotators} annotators judged; 95 % intervals."
    )
    stretches = [(f"from vote {one.start}", _alpha(one.agreement)) for one in found.course]
    if sum(math.isfinite(one.value) for _, one in stretches) > 1:
        lowest = min(0.0, *(one.low for _, one in stretches if math.isfinite(one.low)), 0.0)
        html += course(stretches, max(-1.0, math.floor(10 * lowest) / 10), 1.0, "Alpha over time")
    if len(found.by_criterion) > 1:
        rows = [(name or "as a whole", _alpha(one)) for name, one in found.by_criterion.items()]
        html += "<h4>By criterion</h4>" + dots(rows, -0.2, 1.0, number, middle=0.0)
    return html + _met(found.between) + _said(found.confusion)


def annotators(found: Overview) -> str:
    if not found.reports:
        return markup.empty(
            "Nobody has judged yet", "Share the annotators' page, or let a simulated annotator begin."
        )
    head = ["annotator", "votes", "seconds each", "agrees", "first shown wins", "longer wins",
            "same again", "gold right", "weight", ""]  # fmt: skip
    rows = [[_name(one), one.votes, _seconds(one), _cell(one.agreement), _side(one), _longer(one),
             _cell(one.consistency, one.repeats), _cell(one.gold, one.gold_pairs),
             f"{found.weights.get(one.annotator, 1.0):.2f}", _withdraw(one)]
            for one in found.reports]  # fmt: skip
    table = markup.table(head, rows, numbers=range(1, 9), kind="people")
    note = (
        "Shares with 95 % intervals. Without a side bias what is shown first wins half of the time; whether "
        "the longer wins means something only against the others on the same pairs. The weight is how much "
        "an annotator's word tells, from how far the others agree."
    )
    return table + markup.lede(note) + _influence(found)


def plain(name: str) -> str:
    """A simulated annotator by its persona, which is said beside or in the word before it."""
    return f"simulated {name.removeprefix(SIMULATED)}" if is_simulated(name) else name


def _alpha(one: Agreement | None) -> Estimate:
    return one.alpha if one else UNKNOWN


def _met(between: Sequence[Confusion]) -> str:
    """Who agrees with whom, as a heat map."""
    names = sorted({name for one in between for name in (one.first, one.second)})[:MATRIX]
    if len(names) < 3:
        return ""
    shares = {frozenset((one.first, one.second)): one for one in between}
    rows, cells = [], []
    for name in names:
        met = [shares.get(frozenset((name, other))) if other != name else None for other in names]
        rows.append((plain(name), [one.share.value if one else None for one in met]))
        cells.append([
            f"{percent(one.share.value)} of {sum(map(sum, one.counts))}" if one else "" for one in met
        ])  # fmt: skip
    return heat(
        [plain(one) for one in names], rows, cells, "How often two annotators agree, of so many pairs"
    )


def _said(confusion: Confusion | None) -> str:
    """What is said where another says what, as a heat map of rows."""
    if confusion is None:
        return ""
    labels = [CHOICES[one] for one in confusion.labels]
    rows = [
        (label, [count / max(sum(counts), 1) for count in counts])
        for label, counts in zip(labels, confusion.counts, strict=True)
    ]
    cells = [[str(count) for count in counts] for counts in confusion.counts]
    return heat(labels, rows, cells, "Where one says (row), another says (column)")


def _name(report: AnnotatorReport) -> Raw:
    chip = markup.chip("simulated") if is_simulated(report.annotator) else ""
    return Raw(f"<b>{escape(report.annotator.removeprefix(SIMULATED))}</b> {chip}")


def _seconds(report: AnnotatorReport) -> str:
    """A simulated annotator's pace is the machine's."""
    if report.seconds is None or is_simulated(report.annotator):
        return "–"
    return f"{report.seconds:.2g} s"


def _cell(estimate: Estimate, count: int | None = None) -> Raw:
    if not math.isfinite(estimate.value):
        return Raw("–")
    under = f"{percent(estimate.low).removesuffix(' %')} to {percent(estimate.high)}"
    of = "" if count is None else f", of {count}"
    return Raw(f'{percent(estimate.value)}<span class="span">{under}{of}</span>')


def _side(report: AnnotatorReport) -> Raw:
    mark = markup.chip("side bias", "bad") if report.side_biased else ""
    return Raw(f"{_cell(report.side)}{mark}")


def _longer(report: AnnotatorReport) -> Raw:
    if not math.isfinite(report.longer_others.value):
        return _cell(report.longer)
    return Raw(
        f'{_cell(report.longer)}<span class="span">others {percent(report.longer_others.value)}</span>'
    )


def _withdraw(report: AnnotatorReport) -> Raw:
    return Raw(f'<button type="button" data-withdraw="{escape(report.annotator)}">Withdraw…</button>')


def _influence(found: Overview) -> str:
    if not found.influence:
        return markup.lede(escape(found.lacks["influence"])) if found.leaderboard else ""
    rows = []
    for one in found.influence:
        most = max(one.shifts.items(), key=lambda shift: abs(shift[1]), default=None)
        rows.append([
            plain(one.annotator), one.votes,
            "nothing is left to rank" if most is None else f"{most[0]} {signed(most[1])}",
            "changes" if one.reordered else "stays",
            "–" if one.agreement is None else told(one.agreement.alpha, number),
        ])  # fmt: skip
    head = ["without", "votes", "greatest shift of a strength", "order of the models", "alpha of the others"]
    return "<h4>What one annotator changes</h4>" + markup.table(head, rows, numbers=[1])
