"""Stand-ins for what needs torch: a supervisor that starts nothing, a chat process without a model."""

from playground.model.delta import Change


class StillSupervisor:
    """Notes what was started and starts nothing."""

    def __init__(self):
        self.started = []

    def open(self):
        return self

    def close(self):
        pass

    def start(self, folder):
        self.started.append(folder)


class CannedHost:
    """A chat process that needs no model."""

    def stream(self, model, conversation, raw=False, **generation):
        yield from (f"{model} ", "says ", "hello")

    def replies(self, model, prompts, raw=False, **generation):
        return [f"{model} answers {number} to {prompt}" for number, prompt in enumerate(prompts)]

    def switch(self, model):
        return {"name": model, "seconds": 0.004, "loaded": 2}

    def together(self, requests, raw=False, **generation):
        return [f"{model} says {text}" for model, text in requests]

    def changes(self, model, base=""):
        shape = ((8, 2.5, 2, (2.0, 1.0, 0.5)), (8, 1.0, 1, (1.0,)))
        return [
            Change(f"model.layers.{at}.{name}.weight", at, name, 1.0 + at, 0.1, *shape[at % 2])
            for at in range(3)
            for name in ("self_attn.q_proj", "mlp.up_proj")
        ]

    def likelihoods(self, model, pairs):
        """Who has seen more is surer: by the number that ends a run's name."""
        return [-1.0 / int(model.rpartition("-")[2]) for _ in pairs]

    def score(self, reward, pairs):
        return [float(len(text)) for _, text in pairs]

    def render(self, model, row):
        return [("<question>", False), ("answer", True)]

    def close(self):
        pass
