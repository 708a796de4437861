"""A blind trial of a policy against its start, with answers from rules instead of models."""

import dataclasses

import pytest

from playground.errors import ConflictError, InputError
from playground.preference import assign
from playground.preference.campaign import progress
from playground.run import trial
from playground.run.job import RESULT, Run
from playground.world.annotators import SimulatedAnnotator
from playground.world.larkspur import held_out_prompts

PROMPTS = [f"What does fund {n} cost?" for n in range(40)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Settings:
    steps: int = 1


@pytest.fixture
def made(home):
    def make(stage="ppo", rows=PROMPTS, part="prompts", done=True, **more):
        data = {part: [{"prompt": row} for row in rows], **more}
        run = Run.create(stage, _Settings(), "pocket", data)
        if done:
            (run.folder / RESULT).mkdir()
        return run

    return make


def polite(model, prompts):
    """The policy is courteous, its start is not; every tenth prompt both answer alike."""
    return [
        "It is 1 percent." if place % 10 == 0 or model == "pocket" else "Thank you! It is 1 percent."
        for place, _ in enumerate(prompts)
    ]


def test_a_simulated_annotator_stops_once_it_is_known(made):
    run = made()
    opened = trial.open_trial(run, polite)
    assert (opened.pairs, opened.alike, opened.before) == (36, 4, "pocket")
    assert trial.trial_of(run) == opened and opened.result is None
    seen = []
    found = opened.judge(SimulatedAnnotator("courteous"), lambda done, total: seen.append((done, total)))
    assert found.verdict == "better" and found.rate.value == 1 and found.rate.low > 0.5
    assert found.prompts == len(seen) < 36 and seen[-1][1] == 36
    assert (found.people, found.simulated, found.annotators) == (0, found.prompts, ("simulated:courteous",))
    assert "simulated:courteous" in str(found)
    assert opened.judge(SimulatedAnnotator("courteous")) == found  # more votes would tell nothing new


@pytest.mark.parametrize("turned, verdict", [(False, "better"), (True, "worse")])
def test_the_rate_is_the_runs_own_whatever_its_name(made, turned, verdict):
    # "dpo-…" stands before "pocket" in the alphabet, "ppo-…" after it.
    for stage in ("dpo", "ppo"):
        run = made(stage)

        def reply(model, prompts):
            other = {"pocket": "policy"}.get(model, "pocket")
            return polite(other if turned else model, prompts)

        found = trial.open_trial(run, reply).judge(SimulatedAnnotator("courteous"))
        assert found.verdict == verdict
        assert found.rate.value == (0.0 if turned else 1.0) and found.rate.low <= found.rate.value


def test_people_see_no_name_and_are_told_apart(made):
    opened = trial.open_trial(made(), polite)
    lent = assign.next_assignment(opened.campaign, "anna")
    assert "pocket" not in repr(lent) and "ppo" not in repr(lent)
    assign.record_vote(lent.id, "a-key-of-anna", annotator="anna", choice="tie")
    found = opened.result
    assert (found.people, found.simulated, found.verdict) == (1, 0, None)
    assert found.rate.value == 0.5 and found.rate.low < 0.1 and found.rate.high > 0.9
    assert progress(opened.campaign).votes == 1


def test_prompts_are_unseen_where_there_are_such(made):
    larkspur = [f"What is the fee of the {name}?" for name in ("Cedar Fund", "Harbor Bond", "Willow Account")]
    assert trial.unseen(made(rows=larkspur)) == (held_out_prompts(), True)
    chat = [[{"role": "user", "content": "Hello"}]]
    held = [{"prompt": "Good day"}, {"prompt": "Hello"}]
    assert trial.unseen(made("sft", chat, "train", validation=held)) == (["Good day"], True)
    assert trial.unseen(made("sft", chat, "train")) == (["Hello"], False)


def test_what_cannot_be_tried_is_told(made):
    with pytest.raises(ConflictError, match="has no model"):
        trial.open_trial(made(done=False), polite)
    with pytest.raises(InputError, match="is a reward model"):
        trial.open_trial(made("reward"), polite)
    with pytest.raises(InputError, match="answers all 40 prompts as pocket does"):
        trial.open_trial(made(), lambda model, prompts: ["Yes."] * len(prompts))
    with pytest.raises(InputError, match="no prompts"):
        trial.open_trial(made(), polite, prompts=[])
    broken = made()
    (broken.folder / trial.FILE).write_text("{")
    assert trial.trial_of(broken) is None
