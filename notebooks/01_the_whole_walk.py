# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The whole walk
#
# A base model completes text. In this notebook you turn it into an assistant that people prefer:
# instruction tuning, preferences, a reward model, then DPO and PPO. Every number is computed here,
# on your machine, in about five minutes on two CPU cores.

# %%
import plotly.io as pio

import playground as pg

pio.renderers.default = "notebook_connected"
pg.builtin()

# %% [markdown]
# ## 1. The base model only completes
#
# `pocket` has about four million parameters and has read a small world of plain English. Ask it to
# teach, and it goes on writing the sentence.

# %%
base = pg.Model.load("pocket")
for prompt in ["Teach me how to make a resume", "The capital of France is", "One morning, Clara"]:
    print(f"{prompt!r} → {base.complete(prompt)!r}")

# %% [markdown]
# ## 2. Instruction tuning
#
# `larkspur` holds questions and ideal answers of a fictional investment firm, mixed with a replay
# of general instructions. LoRA trains a small adapter beside the frozen weights.

# %%
data = pg.Dataset.load("larkspur").clean()
parts = data.split(seed=0)
print({name: len(part) for name, part in parts._asdict().items()}, data.findings[:3])
parts.train.to_pandas().head()

# %%
sft = pg.SFT().fit(base, parts.train, parts.validation)
print(sft.id, sft.state, f"{sft.seconds:.0f} s")
sft.plot("loss")

# %%
for prompt in ["Teach me how to make a resume.", "What does the Cedar Fund cost?", "fee for cedar fund pls"]:
    print(f"{prompt!r}\n  base: {base.reply(prompt)!r}\n  tuned: {sft.model.reply(prompt)!r}")

# %% [markdown]
# ## 3. Preferences
#
# The tuned model answers each prompt four times; of two answers, an annotator says which is better.
# Here a *simulated* annotator judges, so that the notebook runs alone; in the app, people do.

# %%
prompts = pg.Dataset.load("larkspur-prompts").prompts()
drafts = pg.sample_completions(sft.model, prompts, per_prompt=4)
prefs = drafts.collect(pg.SimulatedAnnotator("courteous"))
print(len(prompts), "prompts,", len(prefs), "judgements")
prefs.to_pandas().head()

# %% [markdown]
# ## 4. Reward model
#
# It learns to score an answer as the annotator would; held-out pairs tell how well.

# %%
reward = pg.RewardModeling().fit(sft.model, prefs.train, prefs.validation)
print(f"{reward.seconds:.0f} s")
reward.metrics.query("name == 'eval_accuracy'").tail(1)

# %%
question = "What does the Cedar Fund cost?"
for answer in ["Thank you for asking. The Cedar Fund costs 0.1 percent a year.", "0.1 percent. Go away."]:
    print(f"{reward.model.score(question, answer):+.2f}  {answer}")

# %% [markdown]
# Is it good enough to optimise against? It is asked beside judges that understand nothing, and its answers
# are edited in ways that should not matter.

# %%
asked = pg.question(reward)
print(asked.verdict.answer, "-", asked.verdict.reason)
asked.rules.head()

# %%
asked.table.round(2)

# %%
asked.plot("calibration")

# %%
asked.bias_table[["change", "relative", "gold"]].round(2)

# %%
# What each token added to the score: together, the whole score less that of an empty answer.
reward.model.contributions(question, "Thank you. It is 0.1 percent.").to_pandas().round(2)

# %% [markdown]
# ## 5. DPO and PPO
#
# DPO learns from the pairs directly. PPO lets the policy write, asks the reward model, and moves the
# policy towards what scores well, held back by the KL divergence from the reference model.

# %%
dpo = pg.DPO().fit(sft.model, prefs.train)
print(f"{dpo.seconds:.0f} s")
dpo.plot("margin")

# %%
ppo = pg.PPO().fit(sft.model, prompts, reward=reward.model)
print(f"{ppo.seconds:.0f} s")
ppo.plot("reward")

# %%
ppo.plot("kl")

# %% [markdown]
# ## 6. Compare
#
# Held-out questions (`domain`), general knowledge kept (`retention`), the hidden gold rule and the
# reward model, each with a 95 % interval.

# %%
suite = pg.Suite.load("larkspur")
report = pg.compare(suite, reward=reward.model, base=base, sft=sft.model, dpo=dpo.model, ppo=ppo.model)
report.table.round(2)

# %%
report.plot()

# %%
for prompt in suite.prompts[:3]:
    print(prompt)
    for name, model in {"base": base, "sft": sft.model, "dpo": dpo.model, "ppo": ppo.model}.items():
        print(f"  {name:>4}: {model.reply(prompt)}")

# %% [markdown]
# ## 7. Did people like it better?
#
# A blind trial against the model before: votes are counted until it is known which is preferred. In the app,
# people judge it on a page of its own; here a simulated annotator does.

# %%
trial = pg.blind_trial(ppo, annotator=pg.SimulatedAnnotator("courteous"))
print(trial.result)
