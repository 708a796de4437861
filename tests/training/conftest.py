"""A model of 60,000 random weights, data for each stage, and finished runs to start from."""

import importlib.util
from pathlib import Path

import pytest

from playground import settings
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.training.reward import RewardModeling
from playground.training.sft import SFT

FUNDS = [f"What does fund {n} cost?" for n in range(24)]


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Figures that repeat to the last bit, and a machine left to its other work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAYGROUND_THREADS", "1")
        settings.get.cache_clear()
        yield
    settings.get.cache_clear()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    path = Path(__file__).parents[1] / "model" / "conftest.py"
    spec = importlib.util.spec_from_file_location("tiny_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def examples() -> list[dict]:
    return [{"prompt": prompt, "completion": f"It costs {n % 7} percent."} for n, prompt in enumerate(FUNDS)]


@pytest.fixture(scope="session")
def pairs() -> list[dict]:
    """The polite answer is always the better one."""
    return [
        {"prompt": prompt, "chosen": f"Thank you! It is {n % 7}.", "rejected": f"Who cares? {n % 5} or so."}
        for n, prompt in enumerate(FUNDS)
    ]


@pytest.fixture(scope="session")
def lora_run(tiny, examples):
    return SFT(tuning=LoRA(rank=4), batch_size=8, epochs=1).fit(tiny, examples)


@pytest.fixture(scope="session")
def vectors_run(tiny, examples):
    """A LoRA that changes the embeddings too."""
    tuning = LoRA(rank=4, embeddings=True)
    return SFT(tuning=tuning, batch_size=8, epochs=1, learning_rate=1e-2).fit(tiny, examples)


@pytest.fixture(scope="session")
def full_run(tiny, examples):
    return SFT(tuning=FullTuning(), learning_rate=1e-3, batch_size=8, epochs=1).fit(tiny, examples)


@pytest.fixture(scope="session")
def reward_run(lora_run, pairs):
    return RewardModeling(epochs=4, learning_rate=3e-3).fit(lora_run.model, pairs, pairs[:8])
