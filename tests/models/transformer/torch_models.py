# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The four families in PyTorch, from its own modules where it has them: encoder layers of
torch.nn for BERT and GPT-2 (norm first, causal mask), its functions for MPNet's biases and Llama.
Each takes config.json and tensors without the family's prefix, and one sequence of token ids or a
padded batch, and returns hidden states behind the last norm."""
import functools
import math

import torch
from torch.nn import functional


def stacked(tensors, names, part):
    return torch.cat([tensors[f"{name}.{part}"] for name in names])


def fill_layer(layer, weights):
    """Weights of a TransformerEncoderLayer, by the names it has for them; none may be left."""
    assert set(weights) == set(layer.state_dict())
    layer.load_state_dict(weights)
    # Training mode without dropout: the modules' plain arithmetic, not their fused path.
    return layer.train()


def pair(target, tensors, source):
    return {f"{target}.{part}": tensors[f"{source}.{part}"] for part in ("weight", "bias")}


def norm(x, tensors, name, epsilon):
    return functional.layer_norm(x, x.shape[-1:], tensors[f"{name}.weight"],
                                 tensors[f"{name}.bias"], epsilon)


def bert_layer(config, tensors, i):
    layer = torch.nn.TransformerEncoderLayer(
        config["hidden_size"], config["num_attention_heads"], config["intermediate_size"],
        dropout=0.0, activation="gelu", layer_norm_eps=config["layer_norm_eps"], batch_first=True)
    stem = f"encoder.layer.{i}"
    attention = [f"{stem}.attention.self.{part}" for part in ("query", "key", "value")]
    return fill_layer(layer, {
        "self_attn.in_proj_weight": stacked(tensors, attention, "weight"),
        "self_attn.in_proj_bias": stacked(tensors, attention, "bias"),
        **pair("self_attn.out_proj", tensors, f"{stem}.attention.output.dense"),
        **pair("norm1", tensors, f"{stem}.attention.output.LayerNorm"),
        **pair("linear1", tensors, f"{stem}.intermediate.dense"),
        **pair("linear2", tensors, f"{stem}.output.dense"),
        **pair("norm2", tensors, f"{stem}.output.LayerNorm")})


def bert(config, tensors, ids, padding):
    x = (tensors["embeddings.word_embeddings.weight"][ids] +
         tensors["embeddings.position_embeddings.weight"][:ids.shape[1]] +
         tensors["embeddings.token_type_embeddings.weight"][0])
    x = norm(x, tensors, "embeddings.LayerNorm", config["layer_norm_eps"])
    for i in range(config["num_hidden_layers"]):
        x = bert_layer(config, tensors, i)(x, src_key_padding_mask=padding)
    return x


def gpt2_layer(config, tensors, i):
    hidden = config["n_embd"]
    layer = torch.nn.TransformerEncoderLayer(
        hidden, config["n_head"], config.get("n_inner") or 4 * hidden, dropout=0.0,
        activation=functools.partial(functional.gelu, approximate="tanh"),
        layer_norm_eps=config["layer_norm_epsilon"], batch_first=True, norm_first=True)
    stem = f"h.{i}"

    def turned(target, source):
        return {f"{target}.weight": tensors[f"{source}.weight"].T,
                f"{target}.bias": tensors[f"{source}.bias"]}

    return fill_layer(layer, {
        "self_attn.in_proj_weight": tensors[f"{stem}.attn.c_attn.weight"].T,
        "self_attn.in_proj_bias": tensors[f"{stem}.attn.c_attn.bias"],
        **turned("self_attn.out_proj", f"{stem}.attn.c_proj"),
        **turned("linear1", f"{stem}.mlp.c_fc"), **turned("linear2", f"{stem}.mlp.c_proj"),
        **pair("norm1", tensors, f"{stem}.ln_1"), **pair("norm2", tensors, f"{stem}.ln_2")})


def gpt2(config, tensors, ids, padding):
    x = tensors["wte.weight"][ids] + tensors["wpe.weight"][:ids.shape[1]]
    later = torch.nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
    for i in range(config["n_layer"]):
        x = gpt2_layer(config, tensors, i)(x, src_mask=later, src_key_padding_mask=padding)
    return norm(x, tensors, "ln_f", config["layer_norm_epsilon"])


def split_heads(x, heads):
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def attend(query, key, value, added):
    """Heads of batch x heads x length x width; `added` to the scores; heads side by side again."""
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1]) + added
    out = torch.softmax(scores, -1) @ value
    return out.transpose(1, 2).flatten(2)


def mpnet_buckets(length, count):
    """As T5: sign in the upper half, distance exact below count / 4, then by logarithm to 128."""
    positions = torch.arange(length)
    distance = positions[None, :] - positions[:, None]
    half, exact = count // 2, count // 4
    far = distance.abs()
    growth = torch.log(far.clamp(min=1).double() / exact) / math.log(128 / exact)
    large = exact + (growth * (half - exact) + 1e-9).long()
    near = torch.where(far < exact, far, large.clamp(max=half - 1))
    return near + half * (distance > 0)


def mpnet(config, tensors, ids, padding):
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    length, first = ids.shape[1], config["pad_token_id"] + 1
    x = (tensors["embeddings.word_embeddings.weight"][ids] +
         tensors["embeddings.position_embeddings.weight"][first:first + length])
    x = norm(x, tensors, "embeddings.LayerNorm", epsilon)
    buckets = mpnet_buckets(length, config["relative_attention_num_buckets"])
    added = tensors["encoder.relative_attention_bias.weight"][buckets].permute(2, 0, 1)
    added = added + torch.zeros(padding.shape).masked_fill(padding, -math.inf)[:, None, None]

    def linear(value, name):
        return functional.linear(value, tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    for i in range(config["num_hidden_layers"]):
        stem = f"encoder.layer.{i}"
        q, k, v = (split_heads(linear(x, f"{stem}.attention.attn.{part}"), heads) for part in "qkv")
        attended = linear(attend(q, k, v, added), f"{stem}.attention.attn.o")
        x = norm(x + attended, tensors, f"{stem}.attention.LayerNorm", epsilon)
        up = functional.gelu(linear(x, f"{stem}.intermediate.dense"))
        x = norm(x + linear(up, f"{stem}.output.dense"), tensors, f"{stem}.output.LayerNorm",
                 epsilon)
    return x


def rms_norm(x, weight, epsilon):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * weight


def rotated(x, theta):
    """Pairs (i, i + width / 2) as complex numbers, turned by position * theta^(-2 i / width)."""
    low, high = x.double().chunk(2, -1)
    exponents = torch.arange(low.shape[-1]).double() / low.shape[-1]
    angles = torch.arange(x.shape[-2]).double()[:, None] * theta ** -exponents
    turned = torch.complex(low, high) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([turned.real, turned.imag], -1).float()


def llama(config, tensors, ids, padding):
    heads, theta = config["num_attention_heads"], config.get("rope_theta", 10000.0)
    groups, epsilon = config.get("num_key_value_heads", heads), config["rms_norm_eps"]
    x = tensors["embed_tokens.weight"][ids]
    later = torch.full((ids.shape[1],) * 2, -math.inf).triu(1)
    added = later + torch.zeros(padding.shape).masked_fill(padding, -math.inf)[:, None, None]
    for i in range(config["num_hidden_layers"]):
        stem = f"layers.{i}"

        def linear(value, name, stem=stem):
            return functional.linear(value, tensors[f"{stem}.{name}_proj.weight"])

        y = rms_norm(x, tensors[f"{stem}.input_layernorm.weight"], epsilon)
        q = rotated(split_heads(linear(y, "self_attn.q"), heads), theta)
        k = rotated(split_heads(linear(y, "self_attn.k"), groups), theta)
        v = split_heads(linear(y, "self_attn.v"), groups)
        k, v = (part.repeat_interleave(heads // groups, 1) for part in (k, v))
        x = x + linear(attend(q, k, v, added), "self_attn.o")
        y = rms_norm(x, tensors[f"{stem}.post_attention_layernorm.weight"], epsilon)
        x = x + linear(functional.silu(linear(y, "mlp.gate")) * linear(y, "mlp.up"), "mlp.down")
    return rms_norm(x, tensors["norm.weight"], epsilon)


FAMILIES = {"bert": bert, "mpnet": mpnet, "gpt2": gpt2, "llama": llama}
PREFIXES = {"bert": "bert.", "mpnet": "mpnet.", "gpt2": "transformer.", "llama": "model."}


def logits(config, tensors, hidden):
    """Scores of the next token; None of an encoder."""
    if config["model_type"] == "gpt2":
        return hidden @ tensors["wte.weight"].T
    if config["model_type"] == "llama":
        is_tied = config.get("tie_word_embeddings", False)
        return hidden @ tensors["embed_tokens.weight" if is_tied else "lm_head.weight"].T
    return None


def pooled(hidden, padding):
    """Mean over the tokens that are none of the padding, scaled to length 1."""
    kept = (~padding).float()[:, :, None]
    return functional.normalize((hidden * kept).sum(1) / kept.sum(1))
