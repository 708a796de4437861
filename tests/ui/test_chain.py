"""All four steps of RLHF at one press: what is begun, in which order, and what is told if it ends early."""

import json

import pytest

from playground.errors import ConflictError
from playground.model.source import find
from playground.preference.campaign import list_campaigns
from playground.run import events
from playground.run.job import RESULT, Run
from playground.ui import chain
from playground.ui.jobs import follow
from playground.ui.studio import BASE


def give_result(run):
    """The base's files as what a run has made, under the name of a reward model where it is to be one."""
    result = run.folder / RESULT
    result.mkdir(exist_ok=True)
    for path in find(BASE).folder.iterdir():
        if path.name != "config.json":
            (result / path.name).symlink_to(path)
    kind = "SequenceClassification" if run.spec.stage == "reward" else "CausalLM"
    config = find(BASE).config | {"architectures": [f"LlamaFor{kind}"]}
    (result / "config.json").write_text(json.dumps(config))


@pytest.fixture
def tuned(make_run):
    """A run that has a model, which is the base itself."""
    run = make_run()
    give_result(run)
    return run


@pytest.fixture
def pressed(client, monkeypatch):
    """Run the chain on stand-ins: a run ends in `state` at once, a policy with the curves of two updates."""

    def launch(run, state):
        log = events.EventLog(run.folder)
        if run.spec.stage == "ppo":
            log.metrics(1, {"kl": 0.0, "reward": -0.5, "gold": 0.9})
            log.metrics(2, {"kl": 1.5, "reward": 2.0, "gold": 1.75})
        events.write_status(run.folder, events.Status(state=state, message="It was told to", step=2, total=2))
        if state == "completed":
            give_result(run)

    def replies(model, prompts, **how):
        return [f"{'Thank you for asking! ' * (place % 2)}It is {place}." for place, _ in enumerate(prompts)]

    def press(model=BASE, stops=None, answers=replies):
        def begun(run):
            launch(run, "stopped" if run.spec.stage == stops else "completed")

        monkeypatch.setattr(client.studio, "launch", begun)
        monkeypatch.setattr(client.studio.host, "replies", answers)
        job = chain.start(client.studio, model)
        return job, list(follow(job, every=0.01))

    return press


def test_the_base_is_tuned_judged_rewarded_and_moved(client, pressed, monkeypatch):
    monkeypatch.setattr(chain, "PAIRS", 60)
    job, lines = pressed()
    sft, reward, policy = (Run.load(f"{stage}-0001") for stage in ("sft", "reward", "ppo"))
    assert job.result == policy.id
    assert (sft.spec.model, reward.spec.model, policy.spec.model) == (BASE, sft.id, sft.id)
    (campaign,) = list_campaigns(client.studio.engine)
    told = chain.ballots.progress(client.studio.engine, campaign.id)
    assert (told["people"], told["simulated"]) == (0, 60)
    # Judging teaches the reward model, and never the prompts that measure it.
    learned, held = ({row["prompt"] for row in reward.rows(part)} for part in ("train", "validation"))
    assert learned and held and not learned & held
    assert job.note.startswith("Done in ") and "ppo-0001 from sft-0001" in job.note
    assert "reward -0.5 → 2, gold 0.9 → 1.8" in job.note
    assert any("simulated: courteous" in line for line in lines)


def test_a_tuned_model_is_not_tuned_again(pressed, tuned, monkeypatch):
    monkeypatch.setattr(chain, "PAIRS", 40)
    pressed(tuned.id)
    assert {run.spec.stage for run in Run.all()} == {"sft", "reward", "ppo"}
    assert [run.id for run in Run.all() if run.spec.stage == "sft"] == [tuned.id]


def test_a_step_that_does_not_complete_ends_the_chain(pressed, monkeypatch):
    monkeypatch.setattr(chain, "PAIRS", 40)
    with pytest.raises(ConflictError, match="reward-0001 stopped: It was told to"):
        pressed(stops="reward")
    assert {run.spec.stage for run in Run.all()} == {"sft", "reward"}


def test_answers_that_hardly_differ_are_told_before_anything_is_learned_from_them(
    pressed, tuned, monkeypatch
):
    monkeypatch.setattr(chain, "PAIRS", 8)
    with pytest.raises(ConflictError, match="pairs had a better answer"):
        pressed(tuned.id)
    assert [run.id for run in Run.all()] == [tuned.id]
