"""CLIP's image tower, frozen, for those who want its gradient by the picture at every step.

The same function as `transformers`' (Radford et al., 2021, arXiv 2103.00020), with less work: patches are
read by a matrix product, as a convolution's way back is seven times slower on a CPU; queries, keys and
values come of one product; the last layer is computed for the one token that is read; QuickGELU is SiLU with
its factor in the weights beside it; and on a CPU the weights are laid out for its kernels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention, silu

from renderers.frozen_linear import Layer, frozen_linear

# QuickGELU: x · sigmoid(1.702 x).
QUICK = 1.702
# Of which attention is kept whole: those of ViT-B/32 and B/16 at 224², not of ViT-L/14.
FEW_TOKENS = 200


@dataclass(frozen=True)
class _Block:
    """One layer of the transformer. `split` gives queries, keys and values of what is seen."""

    before_attention: Layer
    split: Callable[[Tensor], Sequence[Tensor]]
    output: Layer
    before_mlp: Layer
    widen: Layer
    activation: Layer
    narrow: Layer


class ImageTower:
    """Pictures, normalised as the CLIP wants them (n × 3 × size × size), to features (n × d)."""

    def __init__(self, vision_model: Any, projection: Any, precision: torch.dtype) -> None:
        """Takes over the float32 weights of `CLIPModel.vision_model` and `visual_projection`."""
        layers = list(vision_model.encoder.layers)
        self._blocks = [_block(layer, precision, last=layer is layers[-1]) for layer in layers]
        self._projection = _joined(precision, projection)
        self._heads: int = vision_model.config.num_attention_heads
        self._embeddings = _Embeddings(vision_model.embeddings, precision)
        self._first_norm = vision_model.pre_layrnorm.to(precision)
        self._last_norm = vision_model.post_layernorm.to(precision)

    def __call__(self, pixels: Tensor) -> Tensor:
        tokens = self._first_norm(self._embeddings(pixels))
        for block in self._blocks:
            queries, keys, values = block.split(block.before_attention(tokens))
            # As many as there are queries: in the last layer, the class token alone.
            tokens = tokens[:, : queries.shape[1]]
            tokens = tokens + block.output(self._attend(queries, keys, values))
            tokens = tokens + block.narrow(block.activation(block.widen(block.before_mlp(tokens))))
        features: Tensor = self._projection(self._last_norm(tokens[:, 0]))
        return features

    def _attend(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Multi-head attention of n × tokens × width each."""

        def by_head(all_heads: Tensor) -> Tensor:
            return all_heads.view(*all_heads.shape[:2], self._heads, -1).transpose(1, 2)

        few = queries.dtype == torch.bfloat16 and keys.shape[1] <= FEW_TOKENS
        attention = _two_products if few and queries.device.type == "cpu" else scaled_dot_product_attention
        found = attention(by_head(queries), by_head(keys), by_head(values))
        return found.transpose(1, 2).flatten(2)


def _two_products(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """`scaled_dot_product_attention` as it is defined; all are n × heads × tokens × width.

    On a CPU torch's own takes two to four times as long in bfloat16, but keeps no tokens × tokens for the way
    back.
    """
    fit = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(2, 3)
    found: Tensor = fit.softmax(-1) @ values
    return found


class _Embeddings:
    """Pictures to their tokens: what stands for the class, and one a patch, each with its place added."""

    def __init__(self, embeddings: Any, precision: torch.dtype) -> None:
        kernels = embeddings.patch_embedding.weight
        places = embeddings.position_embedding.weight
        self._side: int = kernels.shape[-1]
        self._patches = frozen_linear(kernels.flatten(1).to(precision), None)
        self._class: Tensor = (embeddings.class_embedding + places[0]).to(precision)
        self._places: Tensor = places[1:].to(precision)

    def __call__(self, pixels: Tensor) -> Tensor:
        count, across = len(pixels), pixels.shape[-1] // self._side
        cut = pixels.reshape(count, 3, across, self._side, across, self._side).permute(0, 2, 4, 1, 3, 5)
        patches = self._patches(cut.reshape(count, across * across, -1)) + self._places
        return torch.cat([self._class.expand(count, 1, -1), patches], 1)


def _block(layer: Any, precision: torch.dtype, *, last: bool) -> _Block:
    attention, mlp = layer.self_attn, layer.mlp
    quick = mlp.config.hidden_act == "quick_gelu"
    factor = QUICK if quick else 1.0
    return _Block(
        before_attention=layer.layer_norm1.to(precision),
        split=_of_the_first(attention, precision) if last else _of_all(attention, precision),
        output=_joined(precision, attention.out_proj),
        before_mlp=layer.layer_norm2.to(precision),
        widen=frozen_linear((mlp.fc1.weight * factor).to(precision), (mlp.fc1.bias * factor).to(precision)),
        activation=silu if quick else mlp.activation_fn,
        narrow=frozen_linear((mlp.fc2.weight / factor).to(precision), mlp.fc2.bias.to(precision)),
    )


def _of_all(attention: Any, precision: torch.dtype) -> Callable[[Tensor], Sequence[Tensor]]:
    layer = _joined(precision, attention.q_proj, attention.k_proj, attention.v_proj)
    return lambda seen: layer(seen).chunk(3, -1)


def _of_the_first(attention: Any, precision: torch.dtype) -> Callable[[Tensor], Sequence[Tensor]]:
    """The query of the class token, which comes first, and the keys and values of all."""
    query = _joined(precision, attention.q_proj)
    both = _joined(precision, attention.k_proj, attention.v_proj)
    return lambda seen: (query(seen[:, :1]), *both(seen).chunk(2, -1))


def _joined(precision: torch.dtype, *layers: Any) -> Layer:
    """Several linear layers as one, their outputs beside each other."""
    weight = torch.cat([layer.weight for layer in layers]).to(precision)
    biases = [layer.bias for layer in layers if layer.bias is not None]
    return frozen_linear(weight, torch.cat(biases).to(precision) if biases else None)
