"""How a new campaign is to be judged: the form in the Preferences tab, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from playground.preference.design import CRITERIA, TASKS, Criterion, Task, criteria
from playground.preference.gold import gold_from_examples
from playground.ui import shelf
from playground.ui.picker import Picker, Slide, is_dataset
from playground.ui.room import QUIET, choose

_UNITS: dict[str, tuple[str, str]] = {
    "pairwise": ("pair", "pairs"),
    "ranking": ("ranking", "rankings"),
    "rating": ("set to rate", "sets to rate"),
    "best_worst": ("best and worst", "bests and worsts"),
}
_GOLD = 40
_NO_GOLD = ""


@dataclass(frozen=True)
class Plan:
    """A campaign's making, as the form tells it. The default is what the button alone does."""

    task: Task = "pairwise"
    several: int = 4
    criteria: tuple[Criterion, ...] = ()
    guidelines: str = ""
    votes: int = 1
    gold: str = _NO_GOLD
    """Dataset that gold items are made of."""
    design: dict[str, Any] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """Completions of each prompt."""
        return 2 if self.task == "pairwise" else self.several

    def counted(self, number: int) -> str:
        """So many of its items, in words."""
        return f"{number} {_UNITS[self.task][number != 1]}"

    def settings(self) -> dict[str, Any]:
        """What `create_campaign` takes besides names and completions. Raises InputError."""
        known = {}
        if self.gold and self.design.get("gold_share"):
            known["gold"] = gold_from_examples(shelf.cleaned(self.gold), _GOLD, self.task)
        design = self.design if known else self.design | {"gold_share": 0.0}
        return {
            "task": self.task, "criteria": self.criteria, "guidelines": self.guidelines.strip(),
            "votes_per_item": self.votes, **known, **design,
        }  # fmt: skip


@dataclass
class PlanForm:
    """The widgets; `read(*values)` makes the plan."""

    inputs: list[gr.components.Component]
    gold: Picker

    def read(self, values: Sequence) -> Plan:
        values = ["" if value is None else value for value in values]
        task, several, chosen, own, told, guidelines, votes, order, strength, scale, gold, golds, twice = (
            values
        )
        found = list(criteria(name for name in CRITERIA if name in chosen))
        if own.strip():
            found.append(Criterion(own.strip(), guidelines=told.strip()))
        elif told.strip() and len(found) == 1:
            found = [replace(found[0], guidelines=told.strip())]
        design = {
            "order": order, "strength": bool(strength) and task == "pairwise", "scale": int(scale),
            "gold_share": golds / 100, "repeat_share": twice / 100,
        }  # fmt: skip
        return Plan(task, int(several), tuple(found), guidelines, int(votes), gold, design)


def build(count: Slide, button: gr.Button) -> PlanForm:
    """The panel. The button that samples says what it will make."""
    with gr.Accordion("What annotators are asked", open=False, elem_id="preferences-plan"):
        task = gr.Radio(
            [(label, name) for name, label in TASKS.items()], value="pairwise", label="Task",
            elem_id="preferences-task",
        )  # fmt: skip
        several = Slide(
            3, 7, value=4, step=1, label="Answers to each prompt", visible=False,
            elem_id="preferences-answers",
        )  # fmt: skip
        chosen = gr.CheckboxGroup(
            list(CRITERIA), label="Criteria", elem_id="preferences-criteria",
            info="Each is a question of its own about every item, with guidelines; none asks for the whole.",
        )  # fmt: skip
        own = gr.Textbox(
            label="A criterion of your own", placeholder="brevity", max_lines=1,
            elem_id="preferences-criterion",
        )  # fmt: skip
        told = gr.Textbox(
            label="What annotators read about it", lines=2, elem_id="preferences-criterion-told",
            info="Of your own criterion; or, where one of the others is chosen, in place of its guidelines.",
        )  # fmt: skip
        guidelines = gr.Textbox(
            label="Guidelines for all of it", lines=3, elem_id="preferences-guidelines",
        )  # fmt: skip
        votes = Slide(
            1, 9, value=1, step=1, label="Votes for each item", elem_id="preferences-votes",
            info="From different annotators. Two or more tell how far they agree.",
        )  # fmt: skip
        strength = gr.Checkbox(
            False, label="Ask how much better", elem_id="preferences-strength",
            info="Slightly, clearly or far, still with one key.",
        )  # fmt: skip
        scale = Slide(
            2, 9, value=5, step=1, label="Points of the scale", visible=False, elem_id="preferences-scale"
        )
        order = gr.Dropdown(
            [("As the prompts stand", "given"), ("At random, for each their own", "random"),
             ("Fewest votes first", "balanced")],
            value="given", label="Order of work", elem_id="preferences-order",
        )  # fmt: skip
        gold = Picker(
            _golds(),
            exists=lambda name: name == _NO_GOLD or is_dataset(name), value=_NO_GOLD, label="Gold items from",
            elem_id="preferences-gold",
            info="A right answer of this data beside answers to other prompts. They measure annotators.",
        )  # fmt: skip
        golds = Slide(0, 30, value=10, step=5, label="Gold items, percent of the work")
        twice = Slide(
            0, 30, value=0, step=5, label="Swapped repeats, percent of the work",
            elem_id="preferences-repeats",
            info="Shown again the other way round, to the same annotator: side bias and steadiness.",
        )  # fmt: skip
    task.change(
        lambda now, number: [
            gr.update(visible=now != "pairwise"), gr.update(visible=now == "pairwise"),
            gr.update(visible=now == "rating"), button_says(number, now),
        ],
        [task, count], [several, strength, scale, button], **QUIET,
    )  # fmt: skip
    count.change(lambda number, now: button_says(number, now), [count, task], button, **QUIET)
    return PlanForm(
        [task, several, chosen, own, told, guidelines, votes, order, strength, scale, gold, golds, twice],
        gold,
    )


def pick_gold(current: str | None) -> dict:
    """An update of the data that gold items can be made of; what is chosen stays while it exists."""
    known = _golds()
    return choose(known, current if current in dict(known).values() else _NO_GOLD, current)


def _golds() -> list[tuple[str, str]]:
    return [("None", _NO_GOLD), *((name, name) for name in shelf.to_tune_on())]


def button_says(number: float, task: str) -> dict:
    return gr.update(value=f"Sample {Plan(task).counted(int(number))}")
