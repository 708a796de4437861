"""Between the app and the desk of judgements: campaigns sampled, pairs lent, votes taken."""

import uuid

from playground.dataset.table import Dataset
from playground.errors import ConflictError, InputError, NotFoundError
from playground.preference import assign, campaign
from playground.preference.collect import Preferences
from playground.preference.design import LEAST
from playground.preference.imported import NOBODY
from playground.preference.sample import ROUNDS
from playground.preference.simulate import answer, is_simulated
from playground.records import Completion, Example, Message
from playground.ui import shelf
from playground.ui.jobs import Job
from playground.ui.plan import Plan
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
        "annotator": annotator,
        "task": lent.task,
        "prompt": lent.prompt,
        "completions": list(lent.completions),
        "question": lent.criterion.question(lent.task),
        "criterion": lent.criterion.name,
        "guidelines": lent.criterion.guidelines,
        "scale": lent.scale,
        "strength": lent.strength,
        "remaining": lent.remaining,
        "done": lent.done,
    }


def sample(
    studio: Studio, model: str, source: str, count: int, temperature: float, plan: Plan = Plan()
) -> Job:
    """Let a model answer prompts as often as the plan asks, in the background; the new campaign's id comes.

    Its note tells where there are fewer items than were asked for, and why. The campaign's name does not
    tell the model: those who judge may come to see it.
    """
    prompts = shelf.cleaned(source).prompts()[:count]
    if not prompts:
        raise InputError(f"The data {source} holds no prompts", remedy="Choose larkspur-prompts")
    settings = plan.settings()

    def work(job: Job) -> str:
        groups = []
        for start in range(0, len(prompts), CHUNK):
            job.step(start, len(prompts))
            asked = prompts[start : start + CHUNK]
            groups += _answers(studio, model, asked, plan.answers, temperature, start)
        number = sum(len(_different(group)) >= LEAST[plan.task] for group in groups)
        job.note = _shortfall(source, count, len(prompts), number, plan)
        drafts = [draft for group in groups for draft in group]
        name = f"{plan.counted(number)} on {source}"
        return campaign.create_campaign(name, drafts, engine=studio.engine, **settings)

    asked = f"sample {model} {source} {count} {temperature} {plan}"
    return studio.jobs.start(asked, f"Prompts answered by {model}", work)


def _answers(
    studio: Studio, model: str, prompts: list[str], answers: int, temperature: float, seed: int
) -> list[list[Completion]]:
    """Several answers to each prompt; one that repeats another is drawn again a few times."""

    def draw(asked: list[str], seed: int) -> list[Completion]:
        texts = studio.host.replies(model, asked, temperature=temperature, seed=seed, max_tokens=MAX_TOKENS)
        return [
            Completion(prompt, text, model, seed, temperature)
            for prompt, text in zip(asked, texts, strict=True)
        ]

    drafts = draw([prompt for prompt in prompts for _ in range(answers)], seed)
    groups = [drafts[at : at + answers] for at in range(0, len(drafts), answers)]
    for attempt in range(1, ROUNDS):
        repeated = [(group, place) for group in groups for place in _repeats(group)]
        if not repeated:
            break
        again = draw([group[0].prompt for group, _ in repeated], seed + attempt * 1_000_003)
        for (group, place), draft in zip(repeated, again, strict=True):
            group[place] = draft
    return groups


def _different(group: list[Completion]) -> set[str]:
    """What is not the same to an annotator."""
    return {draft.text.strip() for draft in group}


def _repeats(group: list[Completion]) -> list[int]:
    texts = [draft.text.strip() for draft in group]
    return [place for place, text in enumerate(texts) if text in texts[:place]]


def _shortfall(source: str, wanted: int, asked: int, number: int, plan: Plan) -> str:
    reasons = []
    if asked > number:
        same = "answered twice the same" if plan.answers == 2 else "not answered in different ways"
        reasons.append(f"{_prompts(asked - number)} {same}")
    if wanted > asked:
        reasons.append(f"{source} has only {asked} prompts")
    return "; ".join([plan.counted(number), *reasons]) + "." if reasons else ""


def _prompts(number: int) -> str:
    return "1 prompt was" if number == 1 else f"{number} prompts were"


def simulate(studio: Studio, campaign_id: str | None, persona: str) -> Job:
    """Let a simulated annotator judge what is left of a campaign, under its own name."""
    if not campaign_id:
        raise ConflictError("There is nothing to judge yet", remedy="Sample pairs first")
    annotator = SimulatedAnnotator(persona)

    def work(job: Job) -> str:
        done, total = 0, None
        while lent := assign.next_assignment(campaign_id, annotator.name, engine=studio.engine):
            total = total or lent.remaining
            said = answer(annotator, lent)
            assign.record_vote(
                lent.id, str(uuid.uuid4()), annotator=annotator.name, engine=studio.engine, **said
            )
            done += 1
            job.step(done, total)
        if not done:
            raise ConflictError(
                "This annotator has nothing left to judge here",
                remedy="Ask another persona where votes are wanted, or sample a new campaign",
            )
        return campaign_id

    return studio.jobs.start(f"simulate {campaign_id} {persona}", f"Judged by {annotator.name}", work)


def progress(engine, campaign_id: str) -> dict:
    """How far a campaign has come, people and simulated annotators told apart."""
    state = campaign.progress(campaign_id, engine=engine)
    simulated = sum(n for name, n in state.annotators.items() if is_simulated(name))
    return {
        "items": state.items,
        "wanted": state.wanted,
        "votes": state.votes,
        "simulated": simulated,
        "people": state.votes - simulated,
    }


def exists(engine, campaign_id: str) -> bool:
    """Whether there is such a campaign."""
    try:
        return bool(campaign.load_campaign(campaign_id, engine))
    except NotFoundError:
        return False


def named(engine) -> list[tuple[str, str]]:
    """(its votes and its name, id) of every campaign, newest first."""
    found = []
    for one in campaign.list_campaigns(engine):
        state = campaign.progress(one.id, engine=engine)
        whose = [name for name in campaign.models(one.id, engine) if name not in one.name and name != NOBODY]
        told = f"{one.name}, {', '.join(whose[:3])}" if whose else one.name
        found.append((f"{state.votes} of {state.wanted} judged: {told}", one.id))
    return found


def most_useful(engine) -> str | None:
    """The newest campaign that somebody judged, or the newest."""
    ids = [one.id for one in campaign.list_campaigns(engine)]
    voted = (one for one in ids if campaign.progress(one, engine=engine).votes)
    return next(voted, ids[0] if ids else None)


def count(campaign_id: str | None) -> int:
    """How many comparisons of a campaign a model may learn from (its training part)."""
    return len(Preferences.load(campaign_id).train.pairs()) if campaign_id else 0


def prompts_of(engine, campaign_id: str | None) -> Dataset:
    """The prompts of a campaign, judged or not, under its name; none without a campaign."""
    if not campaign_id:
        return Dataset([], name="no campaign", format="prompt-only")
    name = campaign.load_campaign(campaign_id, engine).name
    examples = (Example((Message("user", text),), "") for text in campaign.prompts(campaign_id, engine))
    return Dataset(examples, name=name, format="prompt-only")


def to_answer(engine, campaign_id: str | None, least: int) -> Dataset:
    """What a policy is to answer: the campaign's prompts where there are enough, else the built-in ones."""
    own = prompts_of(engine, campaign_id)
    return own if len(own) >= least else shelf.cleaned(shelf.PROMPTS)
