"""The four steps of RLHF as cards that fill up."""

from collections.abc import Sequence

from playground.preference import campaign
from playground.run import events
from playground.ui import markup
from playground.ui.studio import Studio


def cards(studio: Studio, judged: str | None, moves: Sequence[str]) -> str:
    """HTML of the steps for a campaign; `moves` are the stages that move a policy."""
    progress = campaign.progress(judged, engine=studio.engine) if judged else None
    reward, policy = studio.newest("reward"), studio.newest(*moves)
    told = [
        (
            "1 Responses",
            f"{progress.items} pairs to judge" if progress else "sample them under Preferences",
            bool(progress),
        ),
        (
            "2 Judgements",
            f"{progress.votes} of {progress.wanted} judged" if progress else "none yet",
            bool(progress and progress.votes),
        ),
        (
            "3 Reward model",
            _reward(reward) if reward else "not trained yet",
            bool(reward and reward.state == "completed"),
        ),
        (
            "4 Policy",
            f"{policy.id}, {policy.state}" if policy else "not moved yet",
            bool(policy and policy.state == "completed"),
        ),
    ]
    items = "".join(
        f'<li class="{"done" if done else ""}"><b>{markup.escape(title)}</b>'
        f'<span class="state">{markup.escape(text)}</span></li>'
        for title, text, done in told
    )
    return f'<ol class="steps">{items}</ol>'


def _reward(run) -> str:
    rows = [
        row["values"]["eval_accuracy"]
        for row in events.read_metrics(run.folder)
        if "eval_accuracy" in row["values"]
    ]
    right = (
        f", right on {markup.share(rows[-1])} of held-out pairs"
        if rows and rows[-1] is not None
        else f", {run.state}"
    )
    return f"{run.id}{right}"
