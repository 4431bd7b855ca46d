"""A VQGAN from taming-transformers' layout: its yaml and a state dict under taming's own names.

Encoder and decoder are taming's. The codebooks are ours: taming's package draws in lightning for whole models
and has no Gumbel codebook, and here codes are gathered by index where taming multiplies by one-hot rows.
Esser, Rombach and Ommer, "Taming Transformers", 2021 (arXiv 2012.09841).
"""

import contextlib
import io
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import silu

from contract.errors import DamagedWeights
from renderers.base import Located
from renderers.clip import best_precision
from renderers.vqgan_config import VqganConfig, read_config

CONFIG_FILE, WEIGHTS_FILE = "model.yaml", "model.safetensors"
# What a state dict may hold that drawing doesn't need: losses, and the averages that some trainings keep.
NOT_NEEDED = ("loss.", "model_ema.", "quantize.used", "quantize.cluster_size", "quantize.embed_avg")


class Codebook(nn.Module):
    """Vectors, of which a code is the nearest one. Names as in taming's `VectorQuantizer`."""

    def __init__(self, config: VqganConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.n_embed, config.embed_dim)

    @property
    def vectors(self) -> Tensor:
        """codes × d"""
        return self.embedding.weight

    def codes(self, h: Tensor) -> Tensor:
        """The code of each place of the encoder's output (n × d × rows × columns): n × rows × columns."""
        return nearest(h, self.vectors)


class GumbelCodebook(nn.Module):
    """Vectors, of which a 1 × 1 convolution chooses. Names as in taming's `GumbelQuantize`."""

    def __init__(self, config: VqganConfig) -> None:
        super().__init__()
        self.proj = nn.Conv2d(config.ddconfig.z_channels, config.n_embed, 1)
        self.embed = nn.Embedding(config.n_embed, config.embed_dim)

    @property
    def vectors(self) -> Tensor:
        """codes × d"""
        return self.embed.weight

    def codes(self, h: Tensor) -> Tensor:
        """As `Codebook.codes`; the sampling that trained it is left out, as taming does when it only runs."""
        chosen: Tensor = self.proj(h).argmax(1)
        return chosen


class Vqgan(nn.Module):
    """Pictures to latents and back; `state_dict` has taming's names."""

    # Set by `load`.
    located: Located

    def __init__(self, config: VqganConfig) -> None:
        super().__init__()
        # Imported here, as renderers are listed on machines that lack taming; and it prints as it builds.
        from taming.modules.diffusionmodules import model as taming

        # x · sigmoid(x) in one operation instead of two: a tenth of the decoder's time.
        taming.nonlinearity = silu
        self.config = config
        towers = config.ddconfig.model_dump()
        with contextlib.redirect_stdout(io.StringIO()):
            self.encoder = taming.Encoder(**towers)
            self.decoder = taming.Decoder(**towers)
        self.quantize = GumbelCodebook(config) if config.gumbel else Codebook(config)
        self.quant_conv = nn.Conv2d(config.ddconfig.z_channels, config.embed_dim, 1)
        self.post_quant_conv = nn.Conv2d(config.embed_dim, config.ddconfig.z_channels, 1)

    @classmethod
    def load(cls, located: Located, device: str, precision: torch.dtype | None = None) -> "Vqgan":
        """Read a folder's checked `model.yaml` and `model.safetensors`, frozen, onto a device.

        The towers compute in `precision`, by default what is fastest there; the codebook stays float32, as
        the choice of a code must not depend on rounding. Raises `DamagedWeights`.
        """
        folder = Path(located.path)
        try:
            config = read_config(folder / CONFIG_FILE)
            model = cls(config)
            _fill(model, load_file(folder / WEIGHTS_FILE))
            model.located = located
        # safetensors and torch raise many kinds for a broken file, all of which mean the same here.
        except Exception as error:
            raise DamagedWeights(f"{located.key}: {folder} can't be loaded: {error}") from error
        model.eval().requires_grad_(False).to(device)
        precision = precision or best_precision(device)
        for tower in (model.encoder, model.decoder, model.quant_conv, model.post_quant_conv):
            tower.to(precision)
        if device != "cpu":
            model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return model

    @property
    def draws_small(self) -> bool:
        """Whether it knows whole scenes at its own size alone, as the table's trait `scenes` says."""
        return "scenes" in self.located.traits

    @property
    def native_size(self) -> int:
        """The side of the square pictures that suit it, in pixels."""
        return self.located.native_size or self.config.ddconfig.resolution

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures (n × 3 × H × W in [0, 1], sides a multiple of `config.factor`) to the encoder's output."""
        h: Tensor = self.quant_conv(self.encoder((2 * pictures - 1).to(self._precision)))
        return h.float()

    def codes(self, pictures: Tensor) -> Tensor:
        """The codes of pictures: n × rows × columns."""
        return self.quantize.codes(self.encode(pictures))

    def decode(self, z: Tensor) -> Tensor:
        """Latents (n × d × rows × columns) to pictures in about [0, 1], not clamped, float32."""
        made: Tensor = self.decoder(self.post_quant_conv(z.to(self._precision)))
        return (made.float() + 1) / 2

    @property
    def _precision(self) -> torch.dtype:
        dtype: torch.dtype = self.quant_conv.weight.dtype
        return dtype


def nearest(z: Tensor, vectors: Tensor) -> Tensor:
    """The index of the vector (codes × d) nearest to each place of z (n × d × rows × columns).

    |z − e|² without |z|², which is the same for every e: one matrix product.
    """
    flat = z.detach().movedim(1, -1)
    fit = vectors.square().sum(1) - 2 * flat.flatten(0, -2) @ vectors.T
    return fit.argmin(-1).view(flat.shape[:-1])


def gather(codes: Tensor, vectors: Tensor) -> Tensor:
    """The vectors of codes (n × rows × columns): n × d × rows × columns."""
    return vectors[codes].movedim(-1, 1).contiguous()


def _fill(model: Vqgan, tensors: dict[str, Tensor]) -> None:
    """Put tensors where taming's names say. Raises `ValueError` naming the first that is missing or off."""
    prefix = "first_stage_model."
    if any(name.startswith(prefix) for name in tensors):
        tensors = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    wanted = model.state_dict()
    found = {name: tensor for name, tensor in tensors.items() if not name.startswith(NOT_NEEDED)}
    for name, tensor in wanted.items():
        if name not in found:
            raise ValueError(f"{name} is missing")
        if found[name].shape != tensor.shape:
            raise ValueError(
                f"{name} is {tuple(found[name].shape)}, but {CONFIG_FILE} says {tuple(tensor.shape)}"
            )
    if unknown := sorted(found.keys() - wanted.keys()):
        raise ValueError(f"{unknown[0]} has no place in the model that {CONFIG_FILE} describes")
    model.load_state_dict({name: found[name].float() for name in wanted})
