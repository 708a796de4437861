"""Between the app and the desk of judgements: campaigns sampled, pairs lent, votes taken."""

import uuid

from playground.errors import ConflictError, InputError
from playground.preference import assign, campaign
from playground.preference.collect import Preferences
from playground.records import Completion
from playground.ui import shelf
from playground.ui.jobs import Job
from playground.ui.studio import Studio
from playground.world.annotators import SimulatedAnnotator

CHUNK = 20
MAX_TOKENS = 48


def next_pair(engine, campaign_id: str, annotator: str, besides: list[str]) -> dict | None:
    """What an annotator's browser may know of the next item: texts and positions, no model's name."""
    lent = assign.next_assignment(campaign_id, annotator, besides=besides, engine=engine)
    if lent is None:
        return None
    return {
        "assignment": lent.id,
        "prompt": lent.prompt,
        "completions": list(lent.completions),
        "remaining": lent.remaining,
        "done": lent.done,
    }


def sample(studio: Studio, model: str, source: str, count: int, temperature: float) -> Job:
    """Let a model answer prompts twice, in the background; the job's result is the new campaign's id."""
    prompts = shelf.cleaned(source).prompts()[:count]
    if not prompts:
        raise InputError(f"The data {source} holds no prompts", remedy="Choose larkspur-prompts")

    def work(job: Job) -> str:
        drafts = []
        for start in range(0, len(prompts), CHUNK):
            job.step(start, len(prompts))
            twice = [prompt for prompt in prompts[start : start + CHUNK] for _ in range(2)]
            texts = studio.host.replies(
                model, twice, temperature=temperature, seed=start, max_tokens=MAX_TOKENS
            )
            drafts += [
                Completion(prompt, text, model, start, temperature)
                for prompt, text in zip(twice, texts, strict=True)
            ]
        name = f"{model}, {len(prompts)} prompts"
        return campaign.create_campaign(name, drafts, engine=studio.engine)

    return studio.jobs.start("sample", f"Prompts answered by {model}", work)


def simulate(studio: Studio, campaign_id: str | None, persona: str) -> Job:
    """Let a simulated annotator judge what is left of a campaign, under its own name."""
    if not campaign_id:
        raise ConflictError("There is nothing to judge yet", remedy="Sample pairs first")
    annotator = SimulatedAnnotator(persona)

    def work(job: Job) -> str:
        done, total = 0, None
        while lent := assign.next_assignment(campaign_id, annotator.name, engine=studio.engine):
            total = total or lent.remaining
            choice = annotator.judge(lent.prompt, *lent.completions)
            assign.record_vote(
                lent.id, str(uuid.uuid4()), annotator=annotator.name, choice=choice, engine=studio.engine
            )
            done += 1
            job.step(done, total)
        if not done:
            raise ConflictError("Every pair of this campaign is judged", remedy="Sample a new campaign")
        return campaign_id

    return studio.jobs.start(f"simulate {campaign_id}", f"Judged by {annotator.name}", work)


def progress(engine, campaign_id: str) -> dict:
    """How far a campaign has come, people and simulated annotators told apart."""
    state = campaign.progress(campaign_id, engine=engine)
    simulated = sum(n for name, n in state.annotators.items() if name.startswith("simulated:"))
    return {
        "items": state.items,
        "wanted": state.wanted,
        "votes": state.votes,
        "simulated": simulated,
        "people": state.votes - simulated,
    }


def named(engine) -> list[tuple[str, str]]:
    """(name with its votes, id) of every campaign, newest first."""
    found = []
    for one in campaign.list_campaigns(engine):
        state = campaign.progress(one.id, engine=engine)
        found.append((f"{one.name}, {state.votes} of {state.wanted} judged", one.id))
    return found


def most_useful(engine) -> str | None:
    """The newest campaign that somebody judged, or the newest."""
    ids = [one.id for one in campaign.list_campaigns(engine)]
    voted = (one for one in ids if campaign.progress(one, engine=engine).votes)
    return next(voted, ids[0] if ids else None)


def count(campaign_id: str | None) -> int:
    """How many comparisons of a campaign a model may learn from (its training part)."""
    return len(Preferences.load(campaign_id).train.pairs()) if campaign_id else 0
