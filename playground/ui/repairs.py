"""What may be wrong with a dataset, and a press that puts it right in a new one."""

from collections import Counter
from collections.abc import Iterator, Sequence

import gradio as gr

from playground.dataset.kinds import ACTIONS, KINDS
from playground.dataset.repair import Change, Repair
from playground.records import Finding
from playground.ui import markup, shelf
from playground.ui.busy import bars, busy
from playground.ui.jobs import Job
from playground.ui.picker import Chips, required, rows_in
from playground.ui.room import FOLLOWING, QUIET, STREAMED
from playground.ui.studio import Studio, sentence

SHOWN = 12
"""Findings of a kind, and changes of a repair, that are listed."""
REMEMBERED = 8
"""Datasets whose findings are kept while the app runs."""
_VERBS = {"fix": "Put right", "redact": "Redact", "drop": "Leave out"}


def build(studio: Studio, chosen: gr.Dropdown) -> None:
    """The card; a repair makes a new dataset, which becomes the value of `chosen`."""
    gr.HTML(
        markup.lede(
            "Near-copies, personal data, unfilled blanks, leftover HTML, wrong encodings, insults and more. "
            "A repair makes a new dataset; this one stays as it is."
        )
    )
    look = gr.Button("Check every row", elem_id="datasets-check", scale=0, min_width=200)
    said = gr.HTML(elem_id="datasets-checked")
    kind = Chips([], exists=KINDS.__contains__, label="Kind", visible=False, elem_id="datasets-finding")
    table = gr.HTML(elem_id="datasets-findings")
    page = gr.State(0)
    with gr.Row(visible=False) as turn:
        back = gr.Button("Earlier findings", min_width=140, elem_id="datasets-findings-back")
        onward = gr.Button("Later findings", min_width=140, elem_id="datasets-findings-on")
    rows = gr.Textbox(
        label="Rows",
        placeholder="all, or 12, 15-18",
        max_lines=1,
        visible=False,
        elem_id="datasets-mend-rows",
    )
    with gr.Row():
        buttons = {
            action: gr.Button(verb, visible=False, min_width=140, elem_id=f"datasets-{action}")
            for action, verb in _VERBS.items()
        }
    shown = [table, page, turn, rows, *buttons.values()]

    def check(name):
        yield from _check(studio, name)

    checking = look.click(check, chosen, [said, kind, *shown], **STREAMED)
    kind.change(lambda name, what: _listed(studio, name, what), [chosen, kind], shown, **QUIET)
    # A repair chooses its new dataset itself, and what it did is to stay on screen.
    chosen.input(
        lambda name: _known(studio, name), chosen, [said, kind, *shown], cancels=[checking], **FOLLOWING
    )
    for action, button in buttons.items():

        def mend(name, what, which, action=action):
            work = lambda job: _mend(name, what, action, which, job.stage)  # noqa: E731
            key = f"mend {name} {what} {action} {which}"
            yield from busy(studio, key, "Rows looked through", work, 3 + len(shown))

        button.click(mend, [chosen, kind, rows], [said, chosen, kind, *shown], **STREAMED)
    for button, move in ((back, -1), (onward, 1)):
        button.click(
            lambda name, what, at, move=move: _turned(studio, name, what, at + move),
            [chosen, kind, page],
            [table, page],
            **QUIET,
        )


def _check(studio: Studio, name: str | None) -> Iterator[list]:
    """Look at every row in the background, counting; then tell the kinds that were found."""
    rest = [gr.skip()] * (len(_nothing()))
    try:
        for bar in bars(begin(studio, required(name, "dataset"))):
            yield [bar, *rest]
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), *rest]
        return
    yield _known(studio, name)


def begin(studio: Studio, name: str) -> Job:
    """The check of a dataset in the background; its result are the findings."""

    def work(job: Job) -> list[Finding]:
        data = shelf.cleaned(name, job.stage)
        found = data.check(progress=job.stage("Rows checked"))
        studio.checked[name] = found
        while len(studio.checked) > REMEMBERED:
            studio.checked.pop(next(iter(studio.checked)))
        return found

    return studio.jobs.start(f"check {name}", "Rows checked", work)


def _known(studio: Studio, name: str | None) -> list:
    """What a check found in a dataset; nothing where it was not checked."""
    if name not in studio.checked:
        return ["", *_nothing()]
    found = studio.checked[name]
    counts = Counter(one.kind for one in found)
    if not counts:
        return [markup.note("Nothing was found."), *_nothing()]
    first, rows = next(iter(counts)), {one.row for one in found}
    choices = [(f"{what} {number:,}", what) for what, number in counts.items()]
    return [
        markup.note(f"{sum(counts.values()):,} findings in {len(rows):,} rows."),
        gr.update(choices=choices, value=first, visible=True),
        *_listed(studio, name, first),
    ]


def _listed(studio: Studio, name: str | None, what: str | None) -> list:
    """The first findings of a kind, and the buttons of the repairs it has."""
    found = _of(studio, name, what)
    if not found:
        return _nothing()[1:]
    buttons = (gr.update(visible=action in KINDS[what].repairs) for action in _VERBS)
    turn, rows = gr.update(visible=len(found) > SHOWN), gr.update(visible=len(found) > 1, value="")
    return [*_turned(studio, name, what, 0), turn, rows, *buttons]


def _turned(studio: Studio, name: str | None, what: str | None, page: int) -> list:
    """One page of the findings of a kind, and its number."""
    found = _of(studio, name, what)
    page = min(max(page, 0), max(len(found) - 1, 0) // SHOWN)
    part = found[page * SHOWN : (page + 1) * SHOWN]
    if not part:
        return ["", 0]
    rows = [[one.row, one.message, one.field_name] for one in part]
    first = page * SHOWN + 1
    place = f"{first:,} to {first + len(part) - 1:,} of {len(found):,}." if len(found) > SHOWN else ""
    table = markup.lede(f"{KINDS[what].about}.") + markup.table(["row", "what", "where"], rows, numbers=[0])
    return [table + (markup.lede(place) if place else ""), page]


def _of(studio: Studio, name: str | None, what: str | None) -> list[Finding]:
    return [one for one in studio.checked.get(name, ()) if one.kind == what]


def _nothing() -> list:
    """No kinds, no findings, no rows, no buttons."""
    gone = gr.update(visible=False)
    return [
        gr.update(visible=False, value=None),
        "",
        0,
        gone,
        gr.update(visible=False, value=""),
        *[gone] * len(_VERBS),
    ]


def _mend(
    name: str | None, what: str | None, action: str, which: str = "", stage: shelf.Stage = shelf.unheard
) -> list:
    """A new dataset in which the findings of a kind are repaired, in all rows or those that are named.

    Says what was done, row by row.
    """
    rest = [gr.skip()] * (1 + len(_nothing()))
    try:
        data = shelf.cleaned(required(name, "dataset"), stage)
        rows = rows_in(which)
        wanted = Repair(required(what, "kind of finding"), action, None if rows is None else tuple(rows))
        repaired = data.repair(wanted, progress=stage("Rows looked through"))
        done = repaired.changes[len(data.changes) :]
        if not done:
            return [markup.note("Nothing changed: what was found cannot be repaired so."), *rest]
        new, _ = shelf.add(repaired, shelf.family(name), stage)
    except Exception as error:
        return [markup.note(sentence(error), bad=True), *rest]
    line = f"{len(done):,} {what}: {ACTIONS[action]}. Kept as {new}; {name} is as it was."
    return [markup.note(line) + _told(done), gr.update(choices=shelf.names(), value=new), *_nothing()]


def _told(done: Sequence[Change]) -> str:
    rows = [[one.row, one.before, "left out" if one.after is None else one.after] for one in done[:SHOWN]]
    more = markup.lede(f"The first {SHOWN} of {len(done):,}.") if len(done) > SHOWN else ""
    return markup.table(["row", "before", "after"], rows, numbers=[0]) + more
