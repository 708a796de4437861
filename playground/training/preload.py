"""Everything a stage of training imports, imported once by the warm process that forks workers."""

import accelerate
import datasets
import peft
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
from trl import DPOTrainer, RewardTrainer, SFTTrainer
from trl.experimental.ppo import PPOTrainer

import playground.training.callbacks
import playground.training.checkpoints
import playground.training.dpo
import playground.training.group_trainer
import playground.training.kto_trainer
import playground.training.ppo
import playground.training.ppo_trainer
import playground.training.rates_trainer
import playground.training.reward
import playground.training.sft

__all__ = [
    "AutoModelForCausalLM", "AutoModelForSequenceClassification", "AutoTokenizer", "DPOTrainer", "PPOTrainer",
    "RewardTrainer", "SFTTrainer", "accelerate", "datasets", "peft", "playground", "torch", "transformers",
]
