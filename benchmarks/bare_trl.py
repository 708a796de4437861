"""A contestant of `benchmarks.speed`: TRL's SFTTrainer as its documentation shows it.

    python bare_trl.py FOLDER BATCH RANK [float32]

`float32` leaves out TRL's 16-bit arithmetic and gradient checkpointing, which not every processor gains by.
"""

import sys
import tempfile
import time

from datasets import load_dataset
from peft import LoraConfig
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

folder, batch, rank, *plain = sys.argv[1:]


class Clock(TrainerCallback):
    def on_train_begin(self, *_given, **_more):
        self.began = time.monotonic()

    def on_train_end(self, *_given, **_more):
        self.seconds = time.monotonic() - self.began


clock = Clock()
with tempfile.TemporaryDirectory() as out:
    choices = {"bf16": False, "activation_checkpointing": False} if plain else {}
    trainer = SFTTrainer(
        model=folder,
        args=SFTConfig(
            output_dir=out, use_cpu=True, num_train_epochs=1, per_device_train_batch_size=int(batch),
            report_to="none", disable_tqdm=True, **choices,
        ),
        train_dataset=load_dataset("json", data_files=f"{folder}/chats.jsonl", split="train", cache_dir=out),
        peft_config=LoraConfig(r=int(rank), target_modules="all-linear", task_type="CAUSAL_LM"),
        callbacks=[clock],
    )
    trainer.train()
    trainer.save_model(out)
print(clock.seconds)
