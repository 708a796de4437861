"""Best of n as a run: what a reward picks from n answers, for every n up to the most; nothing is trained."""

from dataclasses import dataclass
from typing import ClassVar

from playground.evaluation import best_of
from playground.fields import setting
from playground.model.load import Model
from playground.run import functions, judging
from playground.run.job import RESULT, Run
from playground.store import files
from playground.training import inputs
from playground.training.session import StopRequested
from playground.training.stage import Stage
from playground.world import rules
from playground.world.gold import gold_of

SAMPLES = 4
"""Prompts whose best answers are kept as they change."""


@dataclass(frozen=True, kw_only=True)
class BestOfN(Stage):
    """Draw n answers to each prompt and keep the one with the highest reward (arXiv:2009.01325).

    The baseline of all methods that move a policy: it needs no training, and costs n answers each time.
    Its curve over n, against the root of KL, shows whether the reward can be trusted when it is pushed
    (arXiv:2210.10760). A step of this run is one more answer to every prompt.
    """

    stage: ClassVar[str] = "best"
    writes: ClassVar[bool] = False
    parallel: ClassVar[bool] = False

    answers: int = setting(16, "Answers a prompt", low=1, high=4096)
    """Up to how many answers the best one is chosen from."""

    temperature: float = setting(1.0, "Temperature", low=0.05, high=5.0)
    """How freely answers are drawn. 1 is what the model believes."""

    rule: str = setting(rules.NONE, "Rule", choices=(rules.NONE, *rules.RULES), advanced=True)
    """A reward by plain code, beside the reward model's or, where there is none, instead of it."""

    rule_weight: float = setting(1.0, "Weight of the rule", low=0.0, high=1000.0, advanced=True)
    """What the rule's points count beside the reward model's."""

    response_tokens: int = setting(48, "Longest answer", low=4, high=4096, advanced=True)
    """Tokens after which an answer is cut off."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes what is drawn."""

    tuning: ClassVar[None] = None

    prompts_an_update: ClassVar[int] = 1

    def prepare(self, model, prompts, reward=None) -> Run:
        """Write the run's folder without executing it; `reward` as for GRPO.

        Raises InputError where there are no prompts, or nothing judges.
        """
        data = {"prompts": inputs.prompts(prompts)}
        judge, own = functions.parted(reward)
        judging.check(self.rule, judge, own, [row["prompt"] for row in data["prompts"]])
        names = functions.names(own)
        run = self._create(model, data, {"prompts": prompts}, reward=judge, functions=names)
        functions.keep(run.folder, own)
        return run

    def fit(self, model, prompts, reward=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Its `model` answers best of n."""
        return self._execute(self.prepare(model, prompts, reward))

    def train(self, session) -> None:
        questions = list(dict.fromkeys(row["prompt"] for row in session.rows("prompts")))
        points = judging.Points(session.spec, session.folder, questions)
        model = Model.load(session.spec.model)
        hook = model.network.register_forward_pre_hook(session.check_stop)
        try:
            with session.training():
                self._draw(session, model, points, questions)
        finally:
            hook.remove()

    def _draw(self, session, model, points, questions: list[str]) -> None:
        """A round is one answer to every question; each is kept as it is done, for a run that goes on."""
        parts = sorted((session.checkpoints).glob("round-*.jsonl"))
        rounds = [files.read_jsonl(part) for part in parts]
        session.begin(len(rounds), self.answers)
        try:
            self._rounds(session, model, points, questions, rounds)
        except StopRequested:
            if rounds:
                self._write(session, questions, rounds)
            raise
        self._write(session, questions, rounds)

    def _rounds(self, session, model, points, questions: list[str], rounds: list) -> None:
        """Add to `rounds` until there are enough of them."""
        from playground.training import swift

        while len(rounds) < self.answers:
            seed = self.seed + best_of.SEEDS * len(rounds)
            with swift.writing(len(questions)):
                texts = model.reply_many(
                    questions, temperature=self.temperature, seed=seed, max_tokens=self.response_tokens
                )
            rewards = points(list(zip(questions, texts, strict=True)))
            for reward in rewards:
                session.check_finite("reward", reward)
            rounds.append([list(row) for row in zip(texts, rewards, strict=True)])
            self._tell(session, questions, rounds)
            path = session.checkpoints / f"round-{len(rounds):04d}.jsonl"
            path.parent.mkdir(exist_ok=True)
            files.write_jsonl(path, rounds[-1])
        for size in range(1, self.answers):  # once more from all answers, which is less noisy
            session.log.metrics(size, self._worth(questions, rounds, size))

    @staticmethod
    def _write(session, questions: list[str], rounds: list) -> None:
        """What `run.model` chooses from: every answer with its reward."""
        rows = [
            {"prompt": asked, "text": text, "reward": reward}
            for each in rounds
            for asked, (text, reward) in zip(questions, each, strict=True)
        ]
        (session.folder / RESULT).mkdir(exist_ok=True)
        files.write_jsonl(session.folder / RESULT / "answers.jsonl", rows)

    def _tell(self, session, questions: list[str], rounds: list) -> None:
        """Log what the best of all answers so far is worth, and at 1, 2, 4, … a few of them."""
        size = len(rounds)
        session.step(size, self._worth(questions, rounds, size))
        if size & (size - 1) and size < self.answers:
            return
        for place in range(0, len(questions), -(-len(questions) // SAMPLES)):
            best = max((each[place] for each in rounds), key=lambda one: one[1])
            session.log.sample(size, questions[place], best[0])

    @staticmethod
    def _worth(questions: list[str], rounds: list, size: int) -> dict[str, float]:
        """KL, reward, gold score and words of the best of `size` answers, expected from all drawn."""
        gold, found = gold_of(questions), {}
        for place, asked in enumerate(questions):
            drawn = [each[place] for each in rounds]
            rewards = [reward for _, reward in drawn]
            values = {"reward": rewards, "words": [len(text.split()) for text, _ in drawn]}
            if gold is not None:
                values["gold"] = [gold(asked, text) for text, _ in drawn]
            for name, each in values.items():
                found.setdefault(name, []).append(best_of.expected(rewards, each, size))
        return {"kl": best_of.kl(size)} | {name: sum(each) / len(each) for name, each in found.items()}
