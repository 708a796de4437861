"""Stand-ins for what needs torch: a supervisor that starts nothing, a chat process without a model."""


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

    def likelihoods(self, model, pairs):
        """Who has seen more is surer: by the number that ends a run's name."""
        return [-1.0 / int(model.rpartition("-")[2]) for _ in pairs]

    def score(self, reward, pairs):
        return [float(len(text)) for _, text in pairs]

    def render(self, model, row):
        return [("<question>", False), ("answer", True)]

    def close(self):
        pass
