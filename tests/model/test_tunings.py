"""What every tuning keeps, on every shape of network: one contract over a table of siblings."""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from playground.errors import InputError
from playground.model import adapter, fourbit
from playground.model.load import Model
from playground.model.network import load_trainable, open_network, open_tokenizer, save_result
from playground.model.source import find
from playground.model.swap import Shelf
from playground.model.tuning import kinds
from playground.model.tuning.bottleneck import BottleneckAdapter
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.qlora import QLoRA
from playground.model.tuning.selective import SelectiveTuning
from tests.model.conftest import FAMILIES, build_tiny_model

TUNINGS = {
    "full": FullTuning(), "selective": SelectiveTuning(last_layers=1),
    "bottleneck": BottleneckAdapter(width=8), "prompt": PromptTuning(tokens=4),
    "lora": LoRA(rank=4), "dora": LoRA(rank=4, variant="dora"),
    "rslora": LoRA(rank=4, variant="rslora", embeddings=True), "qlora": QLoRA(rank=4),
}  # fmt: skip
MODELS = (*FAMILIES, "pocket")
IDS = torch.tensor([[5, 9, 40, 41, 42, 7, 11, 23]])
CLOSE = {"atol": 2e-4, "rtol": 0}
"""Of logits whose sums were made in another order."""


@dataclass
class Tuned:
    """A model before and after a few steps under a tuning."""

    tuning: object
    start: str | Path
    base: torch.Tensor
    """Logits of the model that it started from, its weights held as the tuning holds them."""
    fresh: torch.Tensor
    losses: list[float]
    network: object
    tokenizer: object
    folder: Path


def logits(network):
    with torch.no_grad():
        return network.eval()(input_ids=IDS).logits


def loss_of(network):
    return network(input_ids=IDS, labels=IDS, use_cache=False).loss


def learning(network):
    return {name: weight for name, weight in network.named_parameters() if weight.requires_grad}


@pytest.fixture(scope="module")
def starts(tmp_path_factory):
    return {name: build_tiny_model(tmp_path_factory.mktemp(name), family=name) for name in FAMILIES} | {
        "pocket": "pocket"
    }


@pytest.fixture(scope="module", params=[f"{kind} on {model}" for model in MODELS for kind in TUNINGS])
def tuned(request, starts, tmp_path_factory):
    kind, _, model = request.param.partition(" on ")
    tuning, start = TUNINGS[kind], starts[model]
    if tuning.precision and find_spec("bitsandbytes") is None:
        pytest.skip("bitsandbytes is not installed")
    source = find(start)
    base = logits(open_network(source, "CAUSAL_LM", open_tokenizer(source), precision=tuning.precision))
    ready = load_trainable(start, tuning)
    fresh, losses = logits(ready.network), []
    optimizer = torch.optim.AdamW(learning(ready.network).values(), lr=3e-3)
    for step in range(6):
        ready.network.train()
        loss = loss_of(ready.network)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step == 2:  # an evaluation in between must not end the learning
            logits(ready.network)
    folder = tmp_path_factory.mktemp("tuned") / "result"
    save_result(ready.network, ready.tokenizer, folder, ready.base)
    return Tuned(tuning, start, base, fresh, losses, ready.network, ready.tokenizer, folder)


def test_it_learns(tuned):
    before, after = tuned.losses[:3], tuned.losses[3:]
    assert before[0] > before[2] > after[2]
    assert after[0] > after[2]
    assert not torch.equal(logits(tuned.network), tuned.fresh)


def test_a_fresh_one_changes_nothing_or_says_so(tuned):
    if tuned.tuning.neutral:
        torch.testing.assert_close(tuned.fresh, tuned.base, atol=2e-5, rtol=0)
    else:
        assert not torch.allclose(tuned.fresh, tuned.base, atol=1e-2)


def test_it_saves_what_it_learned_and_no_more(tuned):
    learned = sum(weight.numel() for weight in learning(tuned.network).values())
    files = sorted(path.name for path in tuned.folder.iterdir())
    bytes_ = (tuned.folder / next(name for name in files if name.endswith(".safetensors"))).stat().st_size
    assert 4 * learned <= bytes_ <= 4 * learned + 20_000  # names and shapes stand before the numbers
    share = tuned.tuning.trainable_share(tuned.network)
    if tuned.tuning.peft_type:
        assert files == ["adapter_config.json", "adapter_model.safetensors"]
        assert 0 < share < 0.7
        assert find(tuned.folder).numbers == learned
    else:
        assert share == 1


def test_it_is_opened_again_as_it_was(tuned):
    source = find(tuned.folder)
    again = open_network(source, "CAUSAL_LM", open_tokenizer(source))
    assert torch.equal(logits(tuned.network), logits(again))
    assert source.precision == tuned.tuning.precision


def test_without_it_the_base_is_what_it_was(tuned):
    if not tuned.tuning.peft_type:
        return
    tuned.network.eval()
    with tuned.network.disable_adapter():
        assert torch.equal(logits(tuned.network), tuned.base)
    assert not torch.equal(logits(tuned.network), tuned.base)


def test_it_writes_one_at_a_time_in_a_batch_by_generate_and_swapped_in(tuned):
    model, shelf = Model.load(tuned.folder), Shelf()
    prompts = ["The Cedar Fund costs", "What is the fee of the Harbor"]
    each = [model.complete(prompt, max_tokens=6) for prompt in prompts]
    assert model.complete_many(prompts, max_tokens=6) == each
    swapped = shelf.model(tuned.folder)
    assert [swapped.complete(prompt, max_tokens=6) for prompt in prompts] == each
    assert shelf.model(tuned.start).complete(prompts[0], max_tokens=6) == Model.load(tuned.start).complete(
        prompts[0], max_tokens=6
    )
    read = model.tokenizer(prompts[0], return_tensors="pt")
    written = model.network.generate(
        input_ids=read["input_ids"], attention_mask=read["attention_mask"], max_new_tokens=6, do_sample=False
    )[0, read["input_ids"].shape[1] :]
    assert model.tokenizer.decode(written, skip_special_tokens=True) == each[0]


def test_gradient_checkpointing_gives_the_same_gradients(tuned):
    network = load_trainable(tuned.folder).network
    found = []
    for kept in (True, False):
        if not kept:
            network.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        network.train()
        loss_of(network).backward()
        found.append({name: weight.grad.clone() for name, weight in learning(network).items()})
        network.zero_grad()
    for name, gradient in found[0].items():
        torch.testing.assert_close(gradient, found[1][name], atol=1e-5, rtol=1e-4)


def test_merged_equals_unmerged_or_is_refused_with_the_reason(tuned, tmp_path):
    if not tuned.tuning.peft_type:
        return
    if tuned.tuning.peft_type not in adapter.MERGES:
        with pytest.raises(InputError, match="no weight of the base can hold this one"):
            load_trainable(tuned.folder, FullTuning())
        return
    ready = load_trainable(tuned.folder, FullTuning())
    assert not hasattr(ready.network, "peft_config")
    torch.testing.assert_close(logits(ready.network), logits(tuned.network), **CLOSE)
    save_result(ready.network, ready.tokenizer, tmp_path / "merged", ready.base)
    assert torch.equal(logits(Model.load(tmp_path / "merged").network), logits(ready.network))


def test_training_goes_on_in_it_and_in_no_other(tuned):
    ready = load_trainable(tuned.folder, tuned.tuning, reference=True)
    assert torch.equal(logits(ready.network), logits(tuned.network))
    if not tuned.tuning.peft_type:
        return
    assert ready.reference == "reference"
    others = [one for one in TUNINGS.values() if one != tuned.tuning and not isinstance(one, FullTuning)]
    for other in others:
        with pytest.raises(InputError, match="goes on in the adapter"):
            load_trainable(tuned.folder, other)


def test_a_specification_tells_it(tuned):
    assert kinds.from_dict(json.loads(json.dumps(tuned.tuning.as_dict()))) == tuned.tuning


@pytest.mark.parametrize("kind", TUNINGS)
def test_it_carries_over_into_a_reward_model(kind, starts, tmp_path):
    tuning = TUNINGS[kind]
    if tuning.precision and find_spec("bitsandbytes") is None:
        pytest.skip("bitsandbytes is not installed")
    language = load_trainable(starts["llama"], tuning)
    with torch.no_grad():
        for weight in learning(language.network).values():
            weight += 0.05 * torch.randn_like(weight)
    save_result(language.network, language.tokenizer, tmp_path / "writes", language.base)
    scores = load_trainable(tmp_path / "writes", tuning, "SEQ_CLS")

    def hidden(network):
        with torch.no_grad():
            return network.eval()(input_ids=IDS, output_hidden_states=True).hidden_states[-1]

    assert torch.equal(hidden(language.network), hidden(scores.network))
    assert any("score" in name for name in learning(scores.network))
    save_result(scores.network, scores.tokenizer, tmp_path / "scores", scores.base)
    source = find(tmp_path / "scores")
    again = open_network(source, "SEQ_CLS", open_tokenizer(source))
    torch.testing.assert_close(logits(scores.network), logits(again), atol=1e-6, rtol=0)


@pytest.mark.parametrize("kind", [kind for kind, tuning in TUNINGS.items() if tuning.peft_type])
def test_two_of_a_kind_take_turns_on_one_network(kind, starts, tmp_path):
    tuning = TUNINGS[kind]
    if tuning.precision and find_spec("bitsandbytes") is None:
        pytest.skip("bitsandbytes is not installed")
    for seed, name in enumerate(("one", "other")):
        ready = load_trainable(starts["llama"], tuning, seed=seed)
        with torch.no_grad():
            for weight in learning(ready.network).values():
                weight += 0.1 * torch.randn_like(weight)
        save_result(ready.network, ready.tokenizer, tmp_path / name, ready.base)
    shelf, alone = Shelf(), {name: Model.load(tmp_path / name) for name in ("one", "other")}
    expected = {name: model.complete("The Cedar", max_tokens=8) for name, model in alone.items()}
    assert expected["one"] != expected["other"]
    for name in ("one", "other", "one", "one", "other"):
        assert shelf.model(tmp_path / name).complete("The Cedar", max_tokens=8) == expected[name]
    assert len(shelf._slots) == 1


def test_a_prompt_reads_padded_rows_like_single_ones(starts):
    network = load_trainable(starts["llama"], PromptTuning(tokens=4)).network.eval()
    pad = torch.tensor([[0, 0, 0]])
    mask = torch.cat([torch.zeros(1, 3, dtype=torch.long), torch.ones_like(IDS)], 1)
    with torch.no_grad():
        padded = network(input_ids=torch.cat([pad, IDS], 1), attention_mask=mask).logits[:, 3:]
    torch.testing.assert_close(padded, logits(network), **CLOSE)


def test_a_prompt_takes_its_places_from_the_context(starts, tmp_path):
    ready = load_trainable(starts["gpt2"], PromptTuning(tokens=4))
    save_result(ready.network, ready.tokenizer, tmp_path / "result", ready.base)
    model, base = Model.load(tmp_path / "result"), Model.load(starts["gpt2"])
    text = base.tokenizer.decode([40] * 500)
    long = len(model.tokenizer(text)["input_ids"])
    assert 400 < long < 508
    model.complete(text, max_tokens=48)
    with pytest.raises(InputError, match="reads and writes 508 tokens"):
        model.complete(base.tokenizer.decode([40] * 510))


def test_an_adapter_for_another_kind_of_layer_is_told_as_damaged(starts, tmp_path):
    ready = load_trainable(starts["llama"], TUNINGS["prompt"])
    save_result(ready.network, ready.tokenizer, tmp_path / "result", ready.base)
    file = tmp_path / "result" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"target_modules": ["q_proj"]}))
    with pytest.raises(InputError, match="cannot be opened"):
        Model.load(tmp_path / "result")


def test_a_prompt_starts_from_words(starts):
    ready = load_trainable(starts["llama"], PromptTuning(tokens=5, text="What is"))
    ids = ready.tokenizer("What is", add_special_tokens=False)["input_ids"]
    vectors = ready.network.get_input_embeddings()
    found = next(iter(learning(ready.network).values()))
    assert torch.equal(found, vectors.base_layer.weight[torch.tensor((ids * 5)[:5])])


def test_more_layers_than_there_are_are_refused(starts):
    with pytest.raises(InputError, match="This model has 2"):
        load_trainable(starts["gpt2"], SelectiveTuning(last_layers=3))


def test_selective_tuning_trains_whole_blocks_and_the_last_norm(starts):
    network = load_trainable(starts["gemma3_text"], SelectiveTuning(last_layers=1)).network
    whole = load_trainable(starts["gemma3_text"]).network
    last = [p for name, p in whole.named_parameters() if "layers.1." in name or "model.norm" in name]
    expected = sum(weight.numel() for weight in last)
    assert sum(weight.numel() for weight in learning(network).values()) == expected


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
def test_four_bits_give_the_gradients_of_the_numbers_they_stand_for(starts):
    packed = load_trainable(starts["llama"], QLoRA(rank=4)).network
    source = find(starts["llama"])
    twin, held = (open_network(source, "CAUSAL_LM", None, precision=one) for one in ("", "nf4"))
    twin = LoRA(rank=4).apply(fourbit.unpack(held, twin))
    with torch.no_grad():
        for name, weight in learning(twin).items():
            weight.copy_(learning(packed)[name] + 0.01)
            learning(packed)[name] += 0.01
    for network in (packed, twin):
        loss_of(network.train()).backward()
    for name, weight in learning(twin).items():
        torch.testing.assert_close(learning(packed)[name].grad, weight.grad, atol=1e-5, rtol=1e-3)


def test_qlora_without_bitsandbytes_is_refused_before_anything_is_opened(starts, monkeypatch):
    monkeypatch.setattr(fourbit, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="bitsandbytes is not installed"):
        load_trainable(starts["llama"], QLoRA())


HOSTILE = [
    ("bottleneck", {"width": 2_000_000}, "width is 2000000"),
    ("bottleneck", {"width": 16}, "do not have the width"),
    ("prompt", {"tokens": 10**9}, "1000000000 tokens"), ("prompt", {"tokens": 5}, "not as many tokens"),
    ("selective", {"target_modules": [".*"]}, "plain lists of names"), ("lora", {"r": 2_000_000}, "ranks"),
]  # fmt: skip


@pytest.mark.parametrize("kind, change, told", HOSTILE)
def test_a_hostile_adapter_is_refused_unopened(kind, change, told, starts, tmp_path):
    ready = load_trainable(starts["llama"], TUNINGS[kind])
    save_result(ready.network, ready.tokenizer, tmp_path / "result", ready.base)
    file = tmp_path / "result" / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(InputError, match=told):
        find(tmp_path / "result")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
def test_four_bits_hold_a_hundred_million_numbers_in_a_third_of_bfloat16(tmp_path):
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from playground.settings import ASSETS

    tokenizer = AutoTokenizer.from_pretrained(ASSETS / "pocket")
    sizes = {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8}
    config = LlamaConfig(vocab_size=len(tokenizer), num_attention_heads=16, **sizes)
    config.tie_word_embeddings = True
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    network = open_network(find(tmp_path), "CAUSAL_LM", tokenizer, precision=fourbit.NF4)
    numbers = sum(map(fourbit.numbers, network.parameters()))
    assert numbers > 100_000_000
    assert network.get_memory_footprint() < 0.35 * 2 * numbers
