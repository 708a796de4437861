"""A contestant of `benchmarks.speed`: a training loop by hand, with transformers and PEFT alone.

    python plain_loop.py FOLDER BATCH RANK
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, batch, rank = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(0)
tokenizer = AutoTokenizer.from_pretrained(folder)
network = AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
network = get_peft_model(network, LoraConfig(r=rank, target_modules="all-linear", task_type="CAUSAL_LM"))


def ids(chat: dict) -> tuple[list[int], int]:
    """The tokens of a chat, and how many of them are the question."""
    asked = tokenizer.apply_chat_template(chat["prompt"], add_generation_prompt=True, return_dict=False)
    whole = tokenizer.apply_chat_template(chat["prompt"] + chat["completion"], return_dict=False)
    return whole, len(asked)


rows = [ids(json.loads(line)) for line in (folder / "chats.jsonl").read_text().splitlines()]
optimizer = torch.optim.AdamW((p for p in network.parameters() if p.requires_grad), lr=2e-5)
network.train()
order = torch.randperm(len(rows)).tolist()
began = time.monotonic()
for start in range(0, len(order), batch):
    chosen = [rows[place] for place in order[start : start + batch]]
    width = max(len(whole) for whole, _ in chosen)
    tokens = torch.full((len(chosen), width), tokenizer.pad_token_id)
    labels = torch.full((len(chosen), width), -100)
    mask = torch.zeros(len(chosen), width, dtype=torch.long)
    for i, (whole, asked) in enumerate(chosen):
        tokens[i, : len(whole)] = torch.tensor(whole)
        labels[i, asked : len(whole)] = torch.tensor(whole[asked:])
        mask[i, : len(whole)] = 1
    loss = network(input_ids=tokens, attention_mask=mask, labels=labels).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
seconds = time.monotonic() - began
with tempfile.TemporaryDirectory() as out:
    network.save_pretrained(out)
print(seconds)
