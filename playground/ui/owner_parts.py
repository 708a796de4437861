"""What an owner sees of a campaign, as HTML: one function a part, from an `Overview`."""

import math
from collections import Counter

from playground.preference.disputes import Dispute
from playground.preference.judgements import Judgement
from playground.preference.overview import Overview
from playground.preference.ranking import Order
from playground.preference.simulate import is_simulated
from playground.ui import markup
from playground.ui.markup import Raw, escape
from playground.ui.owner_people import agreement, annotators, plain
from playground.ui.whiskers import dots, number, percent, signed, told

CELLS = 400
"""Items drawn one by one."""
OPEN = 5
"""Conflicts shown at once."""
DECIDE = {"first": "The first is better", "second": "The second is better", "tie": "About equal",
          "both_bad": "Both bad"}  # fmt: skip


def parts(found: Overview) -> list[dict[str, str]]:
    """The parts in order: `id`, `title`, `html`."""
    open_disputes = [one for one in found.disputes if _item(one) not in found.settled]
    titles = (
        ("coverage", "Coverage", coverage),
        ("agreement", "Agreement", agreement),
        ("annotators", "Annotators", annotators),
        ("conflicts", f"Conflicts ({len(open_disputes)})", conflicts),
        ("models", "Models", models),
    )
    return [{"id": name, "title": title, "html": tell(found)} for name, title, tell in titles]


def coverage(found: Overview) -> str:
    state = found.progress
    wanted = found.campaign.votes_per_item
    simulated = sum(n for name, n in state.annotators.items() if is_simulated(name))
    figures = [
        (f"{state.votes} of {state.wanted}", "votes that are wanted"),
        (f"{state.complete} of {state.items}", "items with all their votes"),
        (percent(state.coverage), "of the items have at least one vote"),
        (f"{state.leased}", "items on somebody's screen now"),
    ]
    line = f"{len(state.annotators)} annotators; {state.skips} skips."
    if simulated:
        line += f" {simulated} of the votes are simulated."
    counts = Counter(min(one, wanted) for one in found.given)
    rows = [[f"{n} of {wanted}", counts[n], Raw(_bar(counts[n], state.items))] for n in range(wanted, -1, -1)]
    table = markup.table(["votes on an item", "items", ""], rows, numbers=[1], kind="bars")
    return markup.figures(figures) + markup.lede(line) + table + _cells(found) + _saving(found)


def conflicts(found: Overview) -> str:
    waiting = [one for one in found.disputes if _item(one) not in found.settled]
    if not waiting and not found.in_force:
        return markup.empty(
            "No conflicts", "Nobody contradicts anybody on an item that two or more have judged."
        )
    line = f"{len(waiting)} items on which annotators differ, the worst first. "
    line += (
        "Your word stands for all votes on an item when a model is trained; what people said stays in the "
        "statistics."
    )
    html = markup.lede(line) + "".join(_dispute(one) for one in waiting[:OPEN])
    if len(waiting) > OPEN:
        html += markup.lede(f"{len(waiting) - OPEN} more follow as you decide.")
    if found.in_force:
        # Also where nobody differs any more: the decision stands for what is said until it is taken back.
        html += "<h4>Decided</h4>" + "".join(
            _decided(found.settled[item], vote) for item, vote in found.in_force.items()
        )
    return html


def models(found: Overview) -> str:
    board = found.leaderboard
    if board is None:
        return markup.empty("No leaderboard", found.lacks.get("leaderboard", "Nothing was judged yet."))
    rows = [(one.model, one.strength) for one in board.standings]
    reach = max(1.0, *(abs(end) for _, one in rows for end in one if math.isfinite(end)))
    html = (
        "<h4>Strength of the models</h4>"
        + dots(rows, -reach, reach, number, middle=0.0)
        + markup.lede(
            "Bradley–Terry on pairs, Plackett–Luce on rankings, ties counted as ties; 95 % intervals over "
            f"{board.prompts} prompts. A difference of 1.1 makes odds of 3 to 1."
        )
    )
    table = [[one.model, _ranks(one), told(one.points), one.comparisons] for one in board.standings]
    html += markup.table(["model", "rank", "won, a tie counting half", "comparisons"], table, numbers=[3])
    return html + _enough(found)


def _bar(count: int, total: int) -> str:
    share = 100 * count / max(total, 1)
    return f'<span class="bar" aria-hidden="true"><i style="width:{share:.0f}%"></i></span>'


def _cells(found: Overview) -> str:
    """One square an item, in their order, the fuller the more votes it has."""
    wanted = found.campaign.votes_per_item
    squares = "".join(
        f'<i style="--heat:{100 * min(given, wanted) / wanted:.0f}%" '
        f'title="item {number}: {given} of {wanted}"></i>'
        for number, given in enumerate(found.given[:CELLS], 1)
    )
    more = f" (the first {CELLS})" if len(found.given) > CELLS else ""
    return (
        f'<div class="cells" aria-hidden="true">{squares}</div>'
        f'<p class="quiet">One square an item{more}, filled with its votes.</p>'
    )


def _saving(found: Overview) -> str:
    if found.saving is None:
        return ""
    votes, wrong, saved = found.saving.votes, found.saving.corrections, found.saving.saved
    line = (
        f"By uncertainty: {votes['uncertain']} decided votes, of which {told(wrong['uncertain'])} correct "
        f"the reward model. Control arm, at random: {votes['random']} votes, {told(wrong['random'])}."
    )
    if not math.isfinite(saved.value):
        line += " The control arm has no correction yet to compare with."
    else:
        ends = f" ({signed(saved.low, 0)} to {signed(saved.high, 0)})" if math.isfinite(saved.low) else ""
        line += f" Votes saved for as many corrections in random order: {signed(saved.value, 0)}{ends}."
        if not saved.low > 0:
            line += " So far nothing shows that the order saves any."
    return "<h4>What the order saves</h4>" + markup.lede(line)


def _item(dispute: Dispute) -> tuple:
    return dispute.criterion, dispute.prompt, tuple(sorted(dispute.completions))


def _dispute(one: Dispute) -> str:
    answers = "".join(
        f'<div class="answer"><header>{place}</header><p>{escape(text)}</p></div>'
        for place, text in enumerate(one.completions, 1)
    )
    said = "".join(
        f"<li>{escape(plain(who))}: <b>{_order(order)}</b></li>" for who, order in one.orders.items()
    )
    return (
        f'<section class="dispute" data-vote="{escape(one.votes[0])}"><h5>{escape(one.prompt)}</h5>'
        f'<div class="columns">{answers}</div><ul class="said">{said}</ul>'
        f'<div class="decide" role="group" aria-label="Decide">{_buttons(one)}</div></section>'
    )


def _buttons(one: Dispute) -> str:
    if len(one.completions) == 2:
        return "".join(
            f'<button type="button" data-choice="{choice}">{text}</button>' for choice, text in DECIDE.items()
        )
    orders = dict.fromkeys(one.orders.values())
    return "".join(
        f'<button type="button" data-ranking="{[list(group) for group in order]}">{_order(order)}</button>'
        for order in orders
    )


def _decided(decision: Judgement, vote: str) -> str:
    word = "both bad" if decision.both_bad else _order(decision.order)
    return (
        f'<p class="decided" data-vote="{escape(vote)}"><span>{escape(decision.prompt)}</span> '
        f"<b>{word}</b> "
        f'<button type="button" data-choice="undone">Take back</button></p>'
    )


def _order(order: Order) -> str:
    """Places as people count them, best first: `2 > 1 = 3`."""
    return " > ".join(" = ".join(str(place + 1) for place in group) for group in order).replace(">", "&gt;")


def _ranks(one) -> str:
    return (
        str(one.rank) if one.rank_low == one.rank_high else f"{one.rank} ({one.rank_low} to {one.rank_high})"
    )


def _enough(found: Overview) -> str:
    """Whether more votes are wanted to know who is preferred."""
    if not found.win_rates:
        return ""
    rows = []
    for one in found.win_rates:
        verdict = {
            "first": f"{one.first} is preferred", "second": f"{one.second} is preferred",
            "equal": "they are equal within 5 points", None: "not known yet",
        }[one.verdict]  # fmt: skip
        if one.verdict:
            more = f"known after {one.decided_at}"
        elif one.needed is None:
            more = "out of sight: they are too close"
        else:
            more = f"about {one.needed - one.prompts} more prompts"
        by = f", {one.criterion}" if one.criterion else ""
        rows.append([f"{one.first} over {one.second}{by}", told(one.rate), one.prompts, verdict, more])
    head = ["pair", "preferred", "prompts", "verdict", "enough?"]
    note = "Look as often as you like: the chance that any verdict is ever wrong is at most 5 %."
    return "<h4>Enough votes?</h4>" + markup.table(head, rows, numbers=[2]) + markup.lede(note)
