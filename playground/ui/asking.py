"""Any prompt and several answers: what a reward model gives them, and which of their tokens it owes to."""

import gradio as gr

from playground.model.source import members_of
from playground.training.members import offered
from playground.ui import markup, talk
from playground.ui.picker import Picker, is_reward, required
from playground.ui.room import FOLLOWING, QUIET, choose
from playground.ui.studio import Studio, sentence

STARTING = (
    "Thank you for asking. The Cedar Fund costs 0.1 percent a year. Every investment carries some risk.",
    "It is 0.1 percent.",
    "",
)
METHOD = (
    "The answer is ended after each of its tokens, and each part is scored: what a token adds is the score "
    "with it less the score before it. The numbers add up to the score less that of an empty answer. "
    "Underlined in teal: it raised the score; dashed in orange: it lowered it."
)


def build(studio: Studio, shown: Picker) -> tuple:
    """The panel; the judge is the reward run in `shown` until another is chosen. Returns what is to run
    whenever a run has changed."""
    with gr.Column(elem_classes="card"), gr.Accordion("Ask it yourself", open=False, elem_id="rlhf-asking"):
        with gr.Row():
            prompt = gr.Textbox(
                talk.PROMPTS[0],
                label="Prompt",
                max_lines=3,
                scale=3,
                min_width=240,
                elem_id="rlhf-asking-prompt",
            )
            judge = Picker(
                [], exists=is_reward, label="Who scores", scale=2, min_width=240, elem_id="rlhf-asking-judge"
            )
        with gr.Row():
            answers = [
                gr.Textbox(
                    text,
                    label=f"Answer {number}",
                    lines=3,
                    max_lines=8,
                    min_width=240,
                    elem_id=f"rlhf-answer-{number}",
                )
                for number, text in enumerate(STARTING, 1)
            ]
        ask = gr.Button("Score these answers", elem_id="rlhf-score", scale=0, min_width=240)
        said = gr.HTML(elem_id="rlhf-scored")

    def judges(now, run):
        return pick_judge(studio, now, run)

    shown.input(judges, [judge, shown], judge, **FOLLOWING)
    ask.click(lambda *given: scored(studio, *given), [judge, prompt, *answers], said, **QUIET)
    return judges, [judge, shown], judge


def pick_judge(studio: Studio, current: str | None, preferred: str | None = None) -> dict:
    """The choices of who scores: every reward model, and every ensemble of them."""
    choices = [(name, name) for name in studio.rewards()]
    choices += offered()
    names = [name for _, name in choices]
    first = preferred if preferred in names else next(iter(names), None)
    return choose(choices, current if current in names else first, current)


def scored(studio: Studio, judge: str | None, prompt: str, *answers: str) -> str:
    """A card an answer: score, deviation of an ensemble's members, tokens."""
    try:
        judge, texts = required(judge, "reward model"), [text for text in answers if (text or "").strip()]
        if not (prompt or "").strip() or not texts:
            return markup.note("Type a question and at least one answer.", bad=True)
        scores, spread = studio.host.judged(judge, [(prompt, text) for text in texts])
        told = studio.host.contributions(judge, prompt, texts)
    except Exception as error:
        return markup.note(sentence(error), bad=True)
    best, cards = max(scores), []
    for place, (text, score, found) in enumerate(zip(texts, scores, told, strict=True)):
        number = answers.index(text) + 1
        chips = [markup.chip(f"score {score:+.2f}", "good" if score == best else "")]
        if spread is not None:
            chips.append(markup.chip(f"members differ by {spread[place]:.2f}"))
        chips.append(markup.chip(f"an empty answer {found.start:+.2f}"))
        cards.append(
            '<section class="answer" style="--stage:var(--stage-reward)">'
            f"<header>Answer {number}<small>{'best liked' if score == best else ''}</small></header>"
            f"{markup.contributions(found.tokens, found.added)}<footer>{''.join(chips)}</footer></section>"
        )
    who = (
        f"{len(members_of(judge))} reward models; the numbers are their means. " if spread is not None else ""
    )
    return markup.answers(cards) + markup.lede(who + METHOD)
