"""The quicker arithmetic of a run is the same arithmetic: outputs, gradients, and all put back afterwards."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.nn import functional
from transformers import GenerationMixin, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from playground.model import shapes
from playground.model.tuning.prompt import PromptTuning
from playground.training import head, lowrank, norms, products, swift

KIN = {"num_hidden_layers": 2, "hidden_size": 48, "intermediate_size": 64, "vocab_size": 90}


@pytest.fixture
def llama():
    torch.manual_seed(0)
    config = LlamaConfig(num_attention_heads=4, num_key_value_heads=2, attention_bias=True, **KIN)
    return LlamaForCausalLM(config)


@pytest.fixture
def batch():
    """Three texts of different lengths, padded on the right; the last tokens of each are learned."""
    lengths = torch.tensor([23, 17, 9])
    mask = (torch.arange(24) < lengths[:, None]).long()
    ids = torch.randint(0, 90, (3, 24), generator=torch.Generator().manual_seed(1)) * mask
    labels = ids.where((torch.arange(24) >= lengths[:, None] - 5) & mask.bool(), -100)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def learned(network, batch) -> tuple[torch.Tensor, dict]:
    """Loss, and the gradients of what learns."""
    network.zero_grad()
    loss = network(**batch).loss
    loss.backward()
    return loss.detach(), {n: w.grad.clone() for n, w in network.named_parameters() if w.requires_grad}


def alike(one, other) -> None:
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def adapted(network, **choices):
    torch.manual_seed(2)
    network = get_peft_model(network, LoraConfig(r=4, target_modules="all-linear", **choices))
    for name, weight in network.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return network


def test_a_step_learns_the_same(llama, batch):
    network = adapted(llama)
    plain = learned(network, batch)
    with swift.arithmetic():
        quick = learned(network, batch)
    assert plain[0] == pytest.approx(float(quick[0]), rel=1e-5)
    alike(quick[1], plain[1])


def test_every_weight_learns_the_same(llama, batch):
    plain = learned(llama, batch)
    with swift.arithmetic():
        alike(learned(llama, batch), plain)


def test_all_is_put_back_even_where_training_breaks_off():
    def seen():
        kinds = [kind.forward for kind in norms.ALIKE]
        return [lowrank.Linear.forward, GenerationMixin.generate, ALL_ATTENTION_FUNCTIONS["sdpa"], *kinds]

    before, setting = seen(), torch.backends.mkldnn.matmul.fp32_precision
    with pytest.raises(ZeroDivisionError), swift.arithmetic():
        assert all(now is not then for now, then in zip(seen()[:2], before[:2], strict=True))
        raise ZeroDivisionError
    assert seen() == before
    assert torch.backends.mkldnn.matmul.fp32_precision == setting


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize("masked", ["causal", "padded", "added", "none"])
def test_attention_by_its_formula_is_pytorch_s(groups, masked):
    chance = torch.Generator().manual_seed(3)
    query = torch.randn(2, 6, 11, 8, generator=chance, requires_grad=True)
    key, value = (torch.randn(2, groups, 11, 8, generator=chance, requires_grad=True) for _ in range(2))
    mask = torch.ones(2, 1, 11, 11, dtype=torch.bool).tril()
    mask[1, ..., :3] = False
    mask[..., 0] |= ~mask.any(-1)
    added = torch.randn(2, 6, 11, 11, generator=chance)
    given = {"causal": None, "padded": mask, "added": added, "none": None}[masked]
    causal = masked == "causal"
    theirs = functional.scaled_dot_product_attention(
        query, key, value, attn_mask=given, is_causal=causal, enable_gqa=True
    ).transpose(1, 2)
    ours = products.attended(query, key, value, products._bias(query, key, given, causal))
    alike(ours, theirs)
    weight = torch.randn(ours.shape, generator=chance)
    ways = [torch.autograd.grad((out * weight).sum(), (query, key, value)) for out in (ours, theirs)]
    alike(*ways)


def test_long_texts_keep_pytorch_s_attention_and_its_library(llama, batch, monkeypatch):
    """Attention asks MKL on the way there and back, everything else oneDNN."""
    used, setting = [], torch.backends.mkldnn.matmul
    attend = ALL_ATTENTION_FUNCTIONS["sdpa"]

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            used.append(setting.fp32_precision)
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            used.append(setting.fp32_precision)
            return gradient

    def looking(module, query, *more, **options):
        return attend(module, Look.apply(query), *more, **options)

    monkeypatch.setitem(ALL_ATTENTION_FUNCTIONS, "sdpa", looking)
    monkeypatch.setattr(products, "suits", lambda: True)
    monkeypatch.setattr(products, "SCORES", 0)
    before = setting.fp32_precision
    plain = learned(llama, batch)
    used.clear()
    with products.chosen():
        alike(learned(llama, batch), plain)
        assert setting.fp32_precision == products.PERMITTED
        with products.of_few(4):
            assert setting.fp32_precision == before
        with products.of_few(products.FEW):
            assert setting.fp32_precision == products.PERMITTED
    assert used == [before] * 4


def test_the_faster_library_is_as_exact_where_it_is_chosen():
    if not products.suits():
        pytest.skip("MKL does its best here, or oneDNN rounds")
    one, other = (torch.randn(300, 300, generator=torch.Generator().manual_seed(s)) for s in (0, 1))
    truth = one.double() @ other.double()
    with products.chosen():
        product = one @ other
    assert (product - truth).norm() < products.EXACT * truth.norm()


@pytest.mark.parametrize(
    "chip, exact, suited",
    [("AuthenticAMD", 1.0, True), ("GenuineIntel", 1.0, False), ("AuthenticAMD", 0.0, False)],
)
def test_another_processor_keeps_its_library(chip, exact, suited, monkeypatch):
    """One that MKL serves well, and one on which oneDNN would compute in bfloat16."""
    monkeypatch.setattr(products, "processor", lambda: chip)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr(products, "EXACT", exact)
    products.suits.cache_clear()
    try:
        assert products.suits() == suited
    finally:
        products.suits.cache_clear()


CHOICES = [
    {"use_dora": True}, {"lora_dropout": 0.5}, {"lora_bias": True}, {"use_rslora": True},
    {"bias": "lora_only"},
]


@pytest.mark.parametrize("choices", CHOICES, ids=lambda choices: next(iter(choices)))
def test_every_kind_of_adapter_learns_the_same(llama, batch, choices):
    network = adapted(llama, **choices)
    torch.manual_seed(5)
    plain = learned(network, batch)
    torch.manual_seed(5)
    with lowrank.fused():
        alike(learned(network, batch), plain)


def test_an_adapter_that_is_off_or_merged_or_another(llama, batch):
    network = adapted(llama)
    network.add_adapter("other", LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False))

    def outputs() -> list:
        with torch.no_grad():
            found = [network(**batch).logits]
            with network.disable_adapter():
                found.append(network(**batch).logits)
            network.set_adapter("other")
            found.append(network(**batch).logits)
            network.base_model.set_adapter(["default", "other"])
            found.append(network(**batch).logits)
            network.set_adapter("default")
            network.merge_adapter()
            found.append(network(**batch).logits)
            network.unmerge_adapter()
        return found

    plain = outputs()
    assert not torch.allclose(plain[0], plain[2])
    with lowrank.fused():
        alike(outputs(), plain)
        with lowrank.whole():
            alike(outputs(), plain)


def test_layers_made_whole_for_writing_are_forgotten_with_it(llama, batch, monkeypatch):
    network = adapted(llama)
    with lowrank.fused(), torch.no_grad():
        with lowrank.whole():
            before = network(**batch).logits
        for name, weight in network.named_parameters():
            if "lora_B" in name:
                weight.data.mul_(2)
        plain = network(**batch).logits
        with lowrank.whole():
            alike(network(**batch).logits, plain)
            monkeypatch.setattr(lowrank, "LARGEST", 5000)  # room for some layers, not for all
            with lowrank.whole():
                alike(network(**batch).logits, plain)
                assert 0 < len(lowrank._merged.found) < 14
    assert not torch.allclose(before, plain)


@pytest.mark.parametrize("kind", norms.ALIKE, ids=lambda kind: kind.__name__)
def test_norms_and_their_gradients(kind):
    chance = torch.Generator().manual_seed(4)
    layer = kind(16)
    layer.weight.data.normal_(generator=chance)
    states = torch.randn(3, 5, 16, generator=chance, requires_grad=True)
    weight = torch.randn(3, 5, 16, generator=chance)
    asked = (states, layer.weight)
    plain = torch.autograd.grad((layer(states) * weight).sum(), asked)
    with norms.fused():
        quick = torch.autograd.grad((layer(states) * weight).sum(), asked)
    alike(quick, plain)
    halves = states.detach().bfloat16()
    plain = layer(halves)
    with norms.fused():
        torch.testing.assert_close(layer(halves), plain, rtol=0, atol=0)


class Plain:
    """What stands behind our loss in the bases of a trainer."""

    num_virtual_tokens = 0
    accelerator = type("One", (), {"num_processes": 1})

    def __init__(self, model):
        self.model, self.args = model, type("Arguments", (), {"loss_type": "nll"})


class Loss(head.AnswerLossMixin, Plain):
    pass


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("tuned", ["full", "adapter", "prompt"])
def test_the_loss_where_answers_stand_is_the_whole_loss(family, tuned, llama, batch):
    network = llama
    if family == "gpt2":
        network = GPT2LMHeadModel(GPT2Config(n_embd=48, n_layer=2, n_head=4, vocab_size=90)).eval()
    if tuned == "adapter":
        network = adapted(network, **({"fan_in_fan_out": True} if family == "gpt2" else {}))
    if tuned == "prompt":
        network = PromptTuning(tokens=3).apply(network)
    plain = learned(network, batch)
    network.zero_grad()
    loss = Loss(network).compute_loss(network, batch)
    loss.backward()
    found = {n: w.grad for n, w in network.named_parameters() if w.requires_grad}
    alike((loss.detach(), found), plain)
    whole = network(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])
    assert whole.logits.shape == (3, 24, 90)  # what was hooked is free again


def test_a_batch_without_a_learned_token_has_no_loss(llama, batch):
    batch["labels"] = torch.full_like(batch["labels"], -100)
    network = adapted(llama)
    with swift.arithmetic():
        assert Loss(network).compute_loss(network, batch).item() == 0


def test_states_with_gaps_cost_no_copy_of_the_weights(monkeypatch):
    """PyTorch would expand the weights to as many as there are rows, and oneDNN copy them."""
    monkeypatch.setattr(products, "suits", lambda: True)
    layer = torch.nn.Linear(48, 90, bias=False).requires_grad_(False)
    states = torch.randn(5, 9, 48)[:, 2:]
    plain = layer(states)
    with products.chosen(), torch.profiler.profile(record_shapes=True) as profile:
        alike(layer(states), plain)
    names = {event.key for event in profile.key_averages()}
    assert "aten::bmm" not in names and names & {"aten::addmm", "aten::mm"}


@pytest.mark.parametrize(
    "tokens, context, width", [(13, 512, 16), (16, 512, 16), (510, 511, 511), (9, 8, 9)]
)
def test_the_width_of_a_batch(tokens, context, width):
    network = LlamaForCausalLM(LlamaConfig(num_attention_heads=4, max_position_embeddings=context, **KIN))
    assert swift.wide(tokens, network) == width


def test_only_models_that_turn_vectors_are_padded():
    assert shapes.rotary(LlamaConfig().to_dict())
    assert not shapes.rotary(GPT2Config().to_dict())
