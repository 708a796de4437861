"""The pieces of ejected scripts that tune in another way than LoRA on whole numbers."""

from playground.run.script import Piece

LAST_LAYERS = Piece(
    """
# The last blocks, and the norm behind them, learn as copies beside the frozen originals.
lists = [one for one in model.named_modules() if isinstance(one[1], torch.nn.ModuleList)]
body, blocks = max(lists, key=lambda one: sum(weight.numel() for weight in one[1].parameters()))
owners = list(dict.fromkeys(name.rpartition(".")[0] for name, _ in model.named_parameters()))
start = next(n for n, name in enumerate(owners) if name.startswith(f"{body}.{len(blocks) - $layers}."))
learn = [name for name in owners[start:] if name.startswith(body.rpartition(".")[0])]
model = get_peft_model(model, LNTuningConfig(task_type="$task", target_modules=learn))
""",
    "torch", "peft:LNTuningConfig", "peft:get_peft_model",
)

PACKED = Piece(
    """
# The frozen weights are held in four bits each.
packed = BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="nf4",
    bnb_4bit_compute_dtype=torch.bfloat16 if torch.cuda.is_available() else torch.float32,
)
""",
    "torch", "transformers:BitsAndBytesConfig",
)

KEEPS_LEARNING = Piece(
    """
for layer in model.modules():
    if isinstance(layer, Linear4bit):
        layer.support_avx512bf16_for_cpu = False  # else an evaluation repacks it, and no gradient flows
""",
    "bitsandbytes.nn:Linear4bit",
)

UNPACKED = Piece(
    """
# All of it learns: a network of whole numbers takes over what the four bits stand for.
held = model
$opened
for path, layer in held.named_modules():
    if isinstance(layer, Linear4bit):
        part = model.get_submodule(path)
        numbers = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
        part.weight.data.copy_(numbers.T if isinstance(part, Conv1D) else numbers)
""",
    "bitsandbytes.functional:dequantize_4bit", "bitsandbytes.nn:Linear4bit",
    "transformers.pytorch_utils:Conv1D",
)

ADAPTER_WHOLE = Piece(
    "model.get_base_model().is_loaded_in_4bit = False  # else the trainer rounds the adapter to bfloat16"
)
