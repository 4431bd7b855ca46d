"""Models of full size with random weights: as much work as the real ones, and nothing to fetch."""

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoTokenizer, CLIPConfig, CLIPModel

from renderers.base import Located
from renderers.clip import Clip, ImageStatistics
from renderers.vqgan import Vqgan
from renderers.vqgan_config import Towers, VqganConfig
from renderers.weights import ModelTable

STATISTICS = ImageStatistics((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


class PlainClip(Clip):
    """A CLIP whose image tower is transformers' own, as the peers have it."""

    def __init__(self, model: Any, *rest: Any) -> None:
        self._plain = copy.deepcopy(model).eval().requires_grad_(False)
        super().__init__(model, *rest)
        self._plain.to(self.device)

    def encode_images(self, cuts: Tensor) -> Tensor:
        pixels = (cuts - self._mean) / self._deviation
        return normalize(self._plain.get_image_features(pixel_values=pixels).pooler_output, dim=-1)


def clip_vit_b_32(device: str, precision: torch.dtype, kind: type[Clip] = Clip) -> Clip:
    """CLIP ViT-B/32, whose shape is transformers' default; the starter's tokenizer."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(ModelTable().folder("clip", "starter-clip").path)
    located = Located("random-vit-b-32", "", "0" * 64)
    return kind(CLIPModel(CLIPConfig()), tokenizer, STATISTICS, located, device, precision)


def vqgan_f16_16384(device: str, precision: torch.dtype) -> Vqgan:
    """The VQGAN of ImageNet with 16,384 codes, as taming's yaml has it, set up as `Vqgan.load` does."""
    torch.manual_seed(0)
    towers = Towers(
        z_channels=256,
        resolution=256,
        ch=128,
        ch_mult=(1, 1, 2, 2, 4),
        num_res_blocks=2,
        attn_resolutions=(16,),
    )
    model = Vqgan(VqganConfig(embed_dim=256, n_embed=16384, ddconfig=towers))
    model.located = Located("random-f16-16384", "", "0" * 64)
    model.eval().requires_grad_(False).to(device)
    for tower in (model.encoder, model.decoder, model.quant_conv, model.post_quant_conv):
        tower.to(precision)
    if device != "cpu":
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model
