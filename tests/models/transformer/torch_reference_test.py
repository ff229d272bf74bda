#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Transformers in float32 against PyTorch on the same checkpoint: hidden states, sentence
embeddings and scores of the next token differ by at most 1e-4.

usage: torch_reference_test.py PROGRAM WORK_DIR [MODEL_DIR]

PROGRAM is compare_with_reference. With MODEL_DIR (config.json, model.safetensors) that model is
compared, else small random ones of every family. Exit 77: no PyTorch, no model."""
import json
import pathlib
import shutil
import subprocess
import sys

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"SKIPPED (no PyTorch: {error})")
    sys.exit(77)

import safetensors_file
import torch_models

SEED = 20260109

BERT = {"model_type": "bert", "hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 100, "vocab_size": 211, "max_position_embeddings": 37,
        "type_vocab_size": 2, "pad_token_id": 0, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}
MPNET = {**BERT, "model_type": "mpnet", "pad_token_id": 1, "layer_norm_eps": 1e-5,
         "max_position_embeddings": 302, "relative_attention_num_buckets": 32}
GPT2 = {"model_type": "gpt2", "n_embd": 40, "n_layer": 2, "n_head": 5, "vocab_size": 97,
        "n_positions": 31, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}
LLAMA = {"model_type": "llama", "hidden_size": 48, "num_hidden_layers": 2,
         "num_attention_heads": 6, "num_key_value_heads": 2, "intermediate_size": 72,
         "vocab_size": 101, "max_position_embeddings": 257, "rms_norm_eps": 1e-6,
         "rope_theta": 10000.0, "hidden_act": "silu"}
# A name, what config.json says, and whether tensors carry the family's prefix.
CASES = [("bert", BERT, False),
         ("bert_one_head", {**BERT, "num_attention_heads": 1, "num_hidden_layers": 1}, True),
         ("mpnet", MPNET, True),
         ("mpnet_few_buckets", {**MPNET, "relative_attention_num_buckets": 8}, False),
         ("gpt2", GPT2, True),
         ("gpt2_wide", {**GPT2, "n_inner": 50}, False),
         ("llama", LLAMA, True),
         ("llama_tied", {**LLAMA, "num_key_value_heads": 6, "tie_word_embeddings": True,
                         "rope_theta": 5e5}, False)]


def both(name, *shape):
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def encoder_shapes(config):
    hidden, ffn = config["hidden_size"], config["intermediate_size"]
    is_mpnet = config["model_type"] == "mpnet"
    names = {part: f"attention.attn.{part[0]}" if is_mpnet else f"attention.self.{part}"
             for part in ("query", "key", "value")}
    names["output"] = "attention.attn.o" if is_mpnet else "attention.output.dense"
    yield "embeddings.word_embeddings.weight", (config["vocab_size"], hidden)
    yield "embeddings.position_embeddings.weight", (config["max_position_embeddings"], hidden)
    if is_mpnet:
        yield ("encoder.relative_attention_bias.weight",
               (config["relative_attention_num_buckets"], config["num_attention_heads"]))
    else:
        yield "embeddings.token_type_embeddings.weight", (config["type_vocab_size"], hidden)
    yield from both("embeddings.LayerNorm", hidden).items()
    for i in range(config["num_hidden_layers"]):
        stem = f"encoder.layer.{i}."
        for name in names.values():
            yield from both(stem + name, hidden, hidden).items()
        norm = "attention.LayerNorm" if is_mpnet else "attention.output.LayerNorm"
        yield from both(stem + norm, hidden).items()
        yield from both(stem + "intermediate.dense", ffn, hidden).items()
        yield from both(stem + "output.dense", hidden, ffn).items()
        yield from both(stem + "output.LayerNorm", hidden).items()


def gpt2_shapes(config):
    hidden = config["n_embd"]
    ffn = config.get("n_inner") or 4 * hidden
    yield "wte.weight", (config["vocab_size"], hidden)
    yield "wpe.weight", (config["n_positions"], hidden)
    for i in range(config["n_layer"]):
        for name, k, n in (("attn.c_attn", hidden, 3 * hidden), ("attn.c_proj", hidden, hidden),
                           ("mlp.c_fc", hidden, ffn), ("mlp.c_proj", ffn, hidden)):
            yield f"h.{i}.{name}.weight", (k, n)
            yield f"h.{i}.{name}.bias", (n,)
        yield from both(f"h.{i}.ln_1", hidden).items()
        yield from both(f"h.{i}.ln_2", hidden).items()
    yield from both("ln_f", hidden).items()


def llama_shapes(config):
    hidden, ffn = config["hidden_size"], config["intermediate_size"]
    grouped = hidden // config["num_attention_heads"] * config["num_key_value_heads"]
    yield "embed_tokens.weight", (config["vocab_size"], hidden)
    for i in range(config["num_hidden_layers"]):
        for name, n, k in (("self_attn.q_proj", hidden, hidden),
                           ("self_attn.k_proj", grouped, hidden),
                           ("self_attn.v_proj", grouped, hidden),
                           ("self_attn.o_proj", hidden, hidden), ("mlp.gate_proj", ffn, hidden),
                           ("mlp.up_proj", ffn, hidden), ("mlp.down_proj", hidden, ffn)):
            yield f"layers.{i}.{name}.weight", (n, k)
        yield f"layers.{i}.input_layernorm.weight", (hidden,)
        yield f"layers.{i}.post_attention_layernorm.weight", (hidden,)
    yield "norm.weight", (hidden,)
    if not config.get("tie_word_embeddings", False):
        yield "lm_head.weight", (config["vocab_size"], hidden)


SHAPES = {"bert": encoder_shapes, "mpnet": encoder_shapes, "gpt2": gpt2_shapes,
          "llama": llama_shapes}


def random_tensors(config, rng):
    """Of the size that trained ones have; norms around 1, so that none hides a mistake."""
    tensors = {}
    for name, shape in SHAPES[config["model_type"]](config):
        is_norm = len(shape) == 1 and name.endswith(".weight")
        tensors[name] = rng.normal(float(is_norm), 0.2, shape).astype(np.float32)
    return tensors


def without_prefix(tensors, config):
    prefix = torch_models.PREFIXES[config["model_type"]]
    return {name.removeprefix(prefix): torch.from_numpy(np.array(values, np.float32))
            for name, values in tensors.items()}


def max_tokens(config):
    if config["model_type"] == "mpnet":
        return config["max_position_embeddings"] - config["pad_token_id"] - 1
    return config.get("max_position_embeddings") or config["n_positions"]


def write_batch(path, config, tensors, sequences):
    """One batch and what PyTorch makes of it, padded; the padding is cut off again."""
    longest = max(map(len, sequences))
    ids = torch.zeros(len(sequences), longest, dtype=torch.long)
    padding = torch.ones(len(sequences), longest, dtype=torch.bool)
    for row, sequence in enumerate(sequences):
        ids[row, :len(sequence)] = torch.from_numpy(sequence)
        padding[row, :len(sequence)] = False
    with torch.no_grad():
        hidden = torch_models.FAMILIES[config["model_type"]](config, tensors, ids, padding)
        found = {"hidden": hidden[~padding], "pooled": torch_models.pooled(hidden, padding)}
        scores = torch_models.logits(config, tensors, found["hidden"])
    if scores is not None:
        found["logits"] = scores
    safetensors_file.write(path, {
        "tokens": np.concatenate(sequences), "lengths": np.array([len(s) for s in sequences]),
        **{name: values.numpy() for name, values in found.items()}})


def write_reference(folder, config, tensors, rng):
    """One token, two, a prime number, as many as there are positions; and several sequences, of
    which a large model gets no long one: Debian's PyTorch takes its time."""
    longest = max_tokens(config)
    long = longest if config["vocab_size"] < 1000 else 61
    batches = [[1], [2], [13], [longest], [7, 1, long, 2, 17]]
    for i, lengths in enumerate(batches):
        sequences = [rng.integers(0, config["vocab_size"], length) for length in lengths]
        write_batch(folder / f"batch{i}.safetensors", config, without_prefix(tensors, config),
                    sequences)


def main(program, work_dir, model_dir=None):
    rng, work = np.random.default_rng(SEED), pathlib.Path(work_dir)
    print(f"seed {SEED}, PyTorch {torch.__version__}")
    shutil.rmtree(work, ignore_errors=True)
    pairs = []
    if model_dir is not None:
        model = pathlib.Path(model_dir)
        if not (model / "model.safetensors").exists():
            print(f"SKIPPED (no model at {model})")
            return 77
        work.mkdir(parents=True)
        config = json.loads((model / "config.json").read_text())
        write_reference(work, config, safetensors_file.read(model / "model.safetensors"), rng)
        pairs.append((model, work))
    for name, config, has_prefix in CASES if model_dir is None else []:
        folder = work / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(config))
        tensors = random_tensors(config, rng)
        prefix = torch_models.PREFIXES[config["model_type"]] if has_prefix else ""
        safetensors_file.write(folder / "model.safetensors", {
            name if name == "lm_head.weight" else prefix + name: values
            for name, values in tensors.items()})
        write_reference(folder, config, tensors, rng)
        pairs.append((folder, folder))
    return max(subprocess.run([program, *pair], check=False).returncode for pair in pairs)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
