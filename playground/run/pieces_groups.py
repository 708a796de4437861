"""The pieces of ejected scripts that judge a policy's answers to one prompt against each other."""

from playground.run.script import Piece

QUESTIONS = Piece(
    """
with open(RUN / "inputs" / "prompts.jsonl", encoding="utf-8") as file:
    questions = [[{"role": "user", "content": json.loads(line)["prompt"]}] for line in file]
""",
    "json",
)

SCORED = Piece(
    '''
reward_model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


def scored(prompts, answers):
    """The reward model's score of every answer, read as that model reads."""
    texts = [
        judge.apply_chat_template(
            [*asked, {"role": "assistant", "content": answer}], tokenize=False
        )
        for asked, answer in zip(prompts, answers, strict=True)
    ]
    read = judge(
        texts, padding=True, padding_side="right", add_special_tokens=False, return_tensors="pt"
    ).to(reward_model.device)
    with torch.no_grad():
        scores = reward_model(read["input_ids"], attention_mask=read["attention_mask"]).logits[:, 0]
    return scores.tolist()
''',
    "torch",
)

RULED = Piece(
    '''
def ruled(prompts, answers):
    """The rule's points for every answer."""
    return [
        $weight * $rule(asked[-1]["content"], answer)
        for asked, answer in zip(prompts, answers, strict=True)
    ]
'''
)

REWARD = Piece(
    '''
def reward(prompts, completions, completion_ids, **_):
    """The points of every answer, less a penalty where it was cut off."""
    answers = [turns[0]["content"].strip() for turns in completions]
    cut = [-$penalty * (tokenizer.eos_token_id not in ids) for ids in completion_ids]
    points = [$points, cut]
    return [sum(each) for each in zip(*points, strict=True)]


class Trainer($base):
    """TRL's, with an order of prompts that depends on the seed and the epoch alone."""

    def _get_train_sampler(self, dataset=None):
        self.order = super()._get_train_sampler(dataset)
        return self.order

    def _run_epoch(self, **settings):
        seed = numpy.random.SeedSequence([SEED, settings["epoch"]])
        self.order.generator.manual_seed(int(seed.generate_state(1)[0]))
        super()._run_epoch(**settings)
''',
    "numpy",
)

TRAINER = Piece(
    """
trainer = Trainer(
    model=model,
    reward_funcs=reward,
    args=arguments,
    train_dataset=Dataset.from_list([{"prompt": asked} for asked in questions]),
    processing_class=tokenizer,
)
""",
    "datasets:Dataset",
)

FROZEN_START = Piece(
    """
# The trainer would read a full model's reference from the disk: it is given the model as it starts.
trainer.beta = $price
trainer.ref_model = copy.deepcopy(model).requires_grad_(False).eval()
""",
    "copy",
)
