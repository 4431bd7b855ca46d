"""The image tower says of a picture, and of its gradient, what transformers' own does."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear
from transformers import CLIPConfig, CLIPModel

from renderers.frozen_linear import frozen_linear
from renderers.image_tower import ImageTower


def clip_of(activation: str) -> Any:
    torch.manual_seed(0)
    text = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**text, "num_hidden_layers": 3, "image_size": 32, "patch_size": 8, "hidden_act": activation}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    model = CLIPModel(config).eval().requires_grad_(False)
    for name, weight in model.named_parameters():
        if name.endswith("bias"):  # which transformers begins with at nought
            weight.copy_(torch.randn_like(weight) / 10)
    return model


def with_gradient(features: Any, pixels: Tensor) -> tuple[Tensor, Tensor]:
    pixels = pixels.clone().requires_grad_()
    found = features(pixels)
    towards = torch.linspace(-1, 1, found.numel()).view_as(found)
    return found.detach(), torch.autograd.grad((found * towards).sum(), pixels)[0]


@pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
def test_features_and_their_gradient_are_those_of_transformers(activation: str) -> None:
    model = clip_of(activation)
    theirs = copy.deepcopy(model)
    tower = ImageTower(model.vision_model, model.visual_projection, torch.float32)
    pixels = torch.randn(5, 3, 32, 32)
    ours = with_gradient(tower, pixels)
    expected = with_gradient(lambda x: theirs.get_image_features(pixel_values=x).pooler_output, pixels)
    for one, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_in_bfloat16_it_points_the_same_way() -> None:
    model = clip_of("quick_gelu")
    exact = ImageTower(copy.deepcopy(model.vision_model), model.visual_projection, torch.float32)
    pixels = torch.randn(5, 3, 32, 32)
    features, gradient = with_gradient(exact, pixels)
    rough = ImageTower(model.vision_model, model.visual_projection, torch.bfloat16)
    ours, its_gradient = with_gradient(lambda x: rough(x.bfloat16()).float(), pixels)
    assert torch.cosine_similarity(features, ours).min() > 0.999
    assert torch.cosine_similarity(gradient.flatten(1), its_gradient.flatten(1)).min() > 0.99


@pytest.mark.parametrize("shape", [(7, 24), (2, 5, 24), (1, 1, 24)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_frozen_layer_is_a_linear_one(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    weight, bias = torch.randn(40, 24, dtype=dtype), torch.randn(40, dtype=dtype)
    x = torch.randn(shape, dtype=dtype)
    for chosen in (bias, None):
        ours = with_gradient(frozen_linear(weight, chosen), x)
        expected = with_gradient(lambda x, bias=chosen: linear(x, weight, bias), x)
        for one, other in zip(ours, expected, strict=True):
            torch.testing.assert_close(
                one,
                other,
                rtol=2e-2 if dtype == torch.bfloat16 else 1e-5,
                atol=1e-1 if dtype == torch.bfloat16 else 1e-4,
            )
