import pytest

from playground.errors import InputError, NotFoundError
from playground.records import Comparison, Example, Message
from playground.training import inputs
from playground.training.dpo import DPO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.sft import SFT

EXAMPLE = {"prompt": [{"role": "user", "content": "Hello"}], "completion": "Good day", "tags": []}


def test_examples_come_from_rows_records_and_anything_with_rows():
    class Table:
        def rows(self):
            return [EXAMPLE]

    record = Example((Message("user", "Hello"),), "Good day")
    for data in ([{"prompt": "Hello", "completion": "Good day"}], [EXAMPLE], [record], Table()):
        assert inputs.examples(data) == [EXAMPLE]


def test_pairs_leave_out_what_prefers_nothing():
    judged = [
        Comparison("Hello", "A", "B", "first"), Comparison("Hello", "A", "B", "second"),
        Comparison("Hello", "A", "B", "tie"), Comparison("Hello", "A", "B", "skip"),
    ]
    assert inputs.pairs(judged) == [
        {"prompt": "Hello", "chosen": "A", "rejected": "B"},
        {"prompt": "Hello", "chosen": "B", "rejected": "A"},
    ]


def test_columns_that_no_stage_reads_are_left_out():
    pair = {"prompt": "Hello", "chosen": "A", "rejected": "B"}
    assert inputs.pairs([pair | {"when": float("nan"), "vote": "v"}] * 2) == [pair | {"vote": "v"}] * 2
    thumb = {"prompt": "Hello", "completion": "A", "label": True}
    assert inputs.thumbs([thumb | {"when": float("nan")}], both=False) == [thumb]


def test_prompts_come_from_texts_rows_and_examples():
    record = Example((Message("user", "Hello"), Message("assistant", "Yes?"), Message("user", "Bye")), "")
    assert inputs.prompts(["Hello", {"prompt": "Hi"}, record]) == [
        {"prompt": "Hello"}, {"prompt": "Hi"}, {"prompt": "Bye"},
    ]


@pytest.mark.parametrize(
    "data",
    [
        [], None, [{"prompt": "Hello"}], [{"prompt": "Hi", "completion": " "}], "larkspur",
        [{"prompt": ["Hi"], "completion": "x"}],
        [{"prompt": [{"role": "user", "text": "Hi"}], "completion": "x"}],
        [{"prompt": [{"role": "user", "content": None}], "completion": "x"}],
    ],
)
def test_nothing_to_learn_from_is_refused_before_a_run_exists(data, tiny, home):
    with pytest.raises(InputError):
        SFT().prepare(tiny, data)
    assert not (home / "runs").exists()


@pytest.mark.parametrize("stage", [DPO, RewardModeling])
def test_ties_alone_teach_no_preference(stage, tiny, home):
    ties = [Comparison("Hello", "A", "B", "tie")] * 50
    with pytest.raises(InputError, match="ties and skipped items teach no preference"):
        stage().prepare(tiny, ties)
    with pytest.raises(InputError, match="Judgements that prefer one completion: 1"):
        stage().prepare(tiny, [Comparison("Hello", "A", "B", "first"), *ties])


def test_fewer_prompts_than_a_rollout_are_refused(lora_run, reward_run):
    with pytest.raises(InputError, match=r"There are 8 prompts\. One update uses 16 different prompts"):
        PPO(rollout=16).prepare(lora_run.model, [f"Hello {n}" for n in range(8)], reward=reward_run.model)


def test_a_model_that_does_not_exist_is_named(home):
    with pytest.raises(NotFoundError, match="no model called 'pokcet'"):
        SFT().prepare("pokcet", [EXAMPLE])


def test_a_reward_model_writes_no_text_and_a_language_model_gives_no_score(tiny, lora_run, reward_run):
    with pytest.raises(InputError, match="is a reward model"):
        SFT().prepare(reward_run.model, [EXAMPLE])
    with pytest.raises(InputError, match="is a language model"):
        PPO(rollout=4).prepare(lora_run.model, ["a", "b", "c", "d"], reward=tiny)


def test_examples_that_do_not_fit_are_counted_not_dropped_in_silence(tiny, home):
    long = {"prompt": "word " * 60, "completion": "Good day"}
    with pytest.raises(InputError, match="1 of 3 rows are longer than 64 tokens"):
        SFT(max_length=64).fit(tiny, [EXAMPLE, EXAMPLE, long])


def test_pairs_that_do_not_fit_are_counted_too(tiny, home):
    pairs = [{"prompt": word * 90, "chosen": "Good day", "rejected": "No"} for word in ("word ", "a ")]
    pairs.append({"prompt": "Hello", "chosen": "Good day", "rejected": "No"})
    for settings in (DPO(max_length=64), RewardModeling(max_length=64)):
        with pytest.raises(InputError, match="2 of 3 rows are longer than 64 tokens"):
            settings.fit(tiny, pairs)


def test_bare_texts_are_no_examples_and_no_pairs():
    with pytest.raises(InputError, match=r"Example 1 is 'hello'.*Give rows such as"):
        inputs.examples(["hello"])
    for data in (["hello"], "hello"):
        with pytest.raises(InputError, match="hello"):
            inputs.pairs(data)


@pytest.mark.parametrize("stage, tuning", [(SFT, "lora"), (SFT, None), (SFT, {"kind": "full"}), (DPO, "x")])
def test_a_tuning_is_a_tuning(stage, tuning):
    with pytest.raises(InputError, match=r"Tuning is .*FullTuning\(\) or LoRA\(\)"):
        stage(tuning=tuning)
    assert DPO(tuning=None).tuning is None
