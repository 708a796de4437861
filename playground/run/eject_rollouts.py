"""The scripts of stages that learn from the policy's own answers: PPO, GRPO and RLOO."""

import inspect

from playground.errors import InputError
from playground.model import source
from playground.model.source import Source
from playground.run import pieces, pieces_groups
from playground.run.eject_parts import (
    adapted,
    check_told,
    configured,
    continued,
    learner,
    opened,
    read_tokenizer,
    reference_copied,
)
from playground.run.script import Piece, together
from playground.world import rules

LEAST_KL = 1e-9
"""As in `training.group_trainer`."""

GRPO_DEFAULTS = {
    "num_iterations": 1, "max_completion_length": 512, "temperature": 1.0, "beta": 0.0, "epsilon": 0.2,
    "loss_type": "dapo", "disable_dropout": False, "num_generations": 8,
}
"""What GRPOTrainer does where nothing is said; some names mean other numbers to other trainers."""
RLOO_DEFAULTS = {name: value for name, value in GRPO_DEFAULTS.items() if name != "loss_type"} | {
    "beta": 0.05, "num_generations": 2, "normalize_advantages": False,
}
"""The same of RLOOTrainer."""


def ppo(run, start: Source) -> list[Piece]:
    settings = run.spec.settings
    model = learner(run, start)
    if continued(run, start):
        frozen = Piece('model.load_adapter(ADAPTER, "reference")  # frozen\nmodel.set_adapter("default")')
        model = together(model, frozen)
    stream = pieces.STREAM.fill(
        clip=settings["gradient_clip"], rate=settings["learning_rate"], updates=settings["updates"],
        value_rate=settings["value_learning_rate"],
    )
    values = together(_reward_model("value_model", run), pieces.VALUES)
    arguments = configured("PPOConfig", _ppo_given(run, start), module="trl.experimental.ppo")
    ppo = together(*filter(None, (_unguarded(run), pieces.PPO)))
    return [read_tokenizer(start, left=True), model, values, stream, arguments, ppo, pieces.END]


def _ppo_given(run, start: Source) -> dict:
    settings, goes_on = run.spec.settings, continued(run, start)
    return {
        "learning_rate": settings["learning_rate"],
        "per_device_train_batch_size": settings["rollout"],
        "local_rollout_forward_batch_size": settings["rollout"],
        "num_mini_batches": settings["minibatches"],
        "total_episodes": settings["rollout"] * settings["updates"],
        "num_ppo_epochs": settings["epochs"],
        "num_sample_generations": 0,
        "response_length": settings["response_tokens"],
        "stop_token": "eos",
        "missing_eos_penalty": settings["unended_penalty"] or None,
        "temperature": settings["temperature"],
        "kl_coef": settings["kl_coefficient"],
        "cliprange": settings["clip"],
        "vf_coef": settings["value_coefficient"],
        "model_adapter_name": "default" if goes_on else None,
        "ref_adapter_name": "reference" if goes_on else None,
    }


def grpo(run, start: Source) -> list[Piece]:
    given = _group_given(run, start) | {"loss_type": run.spec.settings["loss"]}
    return _groups(run, start, "GRPO", given, GRPO_DEFAULTS)


def rloo(run, start: Source) -> list[Piece]:
    given = _group_given(run, start) | {"normalize_advantages": run.spec.settings["normalize"]}
    return _groups(run, start, "RLOO", given, RLOO_DEFAULTS)


def _group_given(run, start: Source) -> dict:
    settings = run.spec.settings
    return {
        "learning_rate": settings["learning_rate"],
        "max_steps": settings["updates"] * settings["passes"],
        "per_device_train_batch_size": settings["rollout"],
        "num_generations": settings["group"],
        "num_iterations": settings["passes"],
        "steps_per_generation": 1,
        "max_completion_length": settings["response_tokens"],
        "temperature": settings["temperature"],
        "beta": _price(run) if adapted(run, start) else 0.0,
        "epsilon": settings["clip"],
        "disable_dropout": True,
    }


def _price(run) -> float:
    return max(run.spec.settings["kl_coefficient"], LEAST_KL)


def _groups(run, start: Source, name: str, given: dict, defaults: dict) -> list[Piece]:
    mended = reference_copied(run, start)
    if not adapted(run, start):
        mended = pieces_groups.FROZEN_START.fill(price=_price(run))
    return [
        read_tokenizer(start, left=True), learner(run, start), *_judge(run, f"{name}Trainer"),
        configured(f"{name}Config", given, defaults=defaults, start=start),
        together(*filter(None, (_unguarded(run), pieces_groups.TRAINER, mended))), pieces.END,
    ]


def _unguarded(run) -> Piece | None:
    """A word where the run was to end on an alarm."""
    return pieces.UNGUARDED if run.spec.settings.get("on_alarm") == "stop" else None


def _judge(run, trainer: str) -> list[Piece]:
    """The reward of answers: a model's score, a rule's points, or both. Raises InputError for our own."""
    spec, found, points = run.spec, [pieces_groups.QUESTIONS], []
    if spec.functions:
        raise InputError(
            f"The reward of {run.id} is {spec.functions[0]}(), a function of yours",
            rule="A script holds what the run's folder holds, and that holds no code",
            remedy="Tell a run with a reward model or a rule, and put your function into its script",
        )
    if spec.reward:
        judge = read_tokenizer(source.find(spec.reward), name="judge", place="REWARD")
        found = [judge, _reward_model("reward_model", run, "judge"), *found, pieces_groups.SCORED]
        points.append("scored(prompts, answers)")
    if (name := spec.settings.get("rule", rules.NONE)) != rules.NONE:
        rule = rules.RULES[name]
        if rule.known:
            raise InputError(
                f"The rule {name!r} knows the facts of Larkspur", rule="A script knows the run's data alone",
                remedy="Run it with python -m playground run, or choose another rule",
            )
        weight = spec.settings["rule_weight"]
        ruled = pieces_groups.RULED.fill(rule=rule.reward.__name__, weight=weight)
        found += [Piece(inspect.getsource(rule.reward)), ruled]
        points.append("ruled(prompts, answers)")
    penalty = spec.settings["unended_penalty"]
    judged = pieces_groups.REWARD.fill(penalty=penalty, points=", ".join(points), base=trainer)
    return [*found, Piece(judged.text, *judged.imports, f"trl:{trainer}")]


def _reward_model(name: str, run, tokenizer: str = "tokenizer") -> Piece:
    found = source.find(run.spec.reward)
    check_told(found)
    if found.members:
        raise InputError(
            f"{found.name} is an ensemble",
            rule="One reward model can be told as code",
            remedy="Run it with python -m playground run",
        )
    scores = opened(name, "REWARD", scores=True, tokenizer=tokenizer)
    if found.base is None:
        return scores
    if found.precision:
        raise InputError(
            f"{found.name} is a reward model on a base in four bits",
            rule="Reward models on whole numbers can be told as code",
            remedy="Run it with python -m playground run",
        )
    return together(scores, pieces.MERGED_REWARD.fill(name=name))
