"""The families of diffusion models behind one face: texts in, a step's prediction and pictures out.

Stable Diffusion 1 and 2, SDXL and FLUX differ in their text towers, in what the denoiser is told beside the
text, and in how latents are laid out; here, and nowhere else, that is known.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from contract.errors import InvalidTask
from renderers.base import Located
from renderers.latent_preview import Approximation


@dataclass(frozen=True)
class Text:
    """A prompt as the denoiser takes it: `hidden` [tokens, width] and, in some families, `pooled` [width]."""

    hidden: Tensor
    pooled: Tensor | None = None


@dataclass
class DiffusionModel(ABC):
    """A pipeline of diffusers on a device, taken apart."""

    pipe: Any
    located: Located
    device: str
    dtype: torch.dtype
    # LoRAs in it, by key and hash, the least recently used first; see `renderers.lora`.
    adapters: dict[str, str] = field(default_factory=dict)
    texts: dict[tuple[Any, ...], Text] = field(default_factory=dict)
    # Whether its blocks were compiled; see `renderers.compiling`.
    compiled: bool = False
    _approximation: Approximation | None = None

    family: ClassVar[str]
    flow: ClassVar[bool] = False

    @property
    @abstractmethod
    def denoiser(self) -> Any:
        """The UNet or transformer."""

    @abstractmethod
    def chunks(self, text: str) -> int:
        """How many lengths of the text towers a text takes."""

    @abstractmethod
    def read(self, text: str, chunks: int) -> Text:
        """A text in so many lengths of the towers, those that it doesn't need empty."""

    @abstractmethod
    def predict(
        self, latents: Tensor, time: Tensor, texts: Mapping[str, Tensor], size: tuple[int, int]
    ) -> Tensor:
        """The denoiser's output for n latents at one time; `texts` is of `stack`, `size` in pixels (h, w)."""

    @property
    def factor(self) -> int:
        """Pixels a latent, along one side."""
        return int(self.pipe.vae_scale_factor)

    @property
    def multiple(self) -> int:
        """What the sides of a picture must be multiples of, in pixels."""
        return self.factor

    @property
    def channels(self) -> int:
        """Channels of a latent."""
        return int(self.pipe.vae.config.latent_channels)

    @property
    def takes_mask(self) -> bool:
        """Whether the denoiser was trained to paint into masks, and is told mask and surroundings."""
        return int(self.denoiser.config.in_channels) > self.channels

    def stack(self, texts: Sequence[Text]) -> dict[str, Tensor]:
        """Texts of equal length as one batch."""
        stacked = {"hidden": torch.stack([text.hidden for text in texts])}
        if texts[0].pooled is not None:
            stacked["pooled"] = torch.stack([text.pooled for text in texts if text.pooled is not None])
        return stacked

    def nothing(self, chunks: int) -> Text:
        """What stands for no negative prompt."""
        return self.read("", chunks)

    def check(self, guidance: float, negative: bool) -> None:  # noqa: B027
        """Raises `InvalidTask` for what this family can't do; most can do all."""

    @torch.no_grad()
    def decode(self, latents: Tensor) -> Tensor:
        """n latents as n × 3 × H × W in about [0, 1], float32."""
        vae, config = self.pipe.vae, self.pipe.vae.config
        if vae.dtype == torch.float16 and config.get("force_upcast"):
            vae.to(torch.float32)
        latents = latents / config.scaling_factor + (config.get("shift_factor") or 0.0)
        return vae.decode(latents.to(vae.dtype), return_dict=False)[0].float() / 2 + 0.5  # type: ignore[no-any-return]

    @torch.no_grad()
    def encode(self, images: Tensor) -> Tensor:
        """n × 3 × H × W in [0, 1] as latents, float32; the most likely ones, so that no noise is drawn."""
        vae, config = self.pipe.vae, self.pipe.vae.config
        coded = vae.encode((images * 2 - 1).to(self.device, vae.dtype))
        latents = coded.latent_dist.mode() if hasattr(coded, "latent_dist") else coded.latents
        return (latents.float() - (config.get("shift_factor") or 0.0)) * config.scaling_factor  # type: ignore[no-any-return]

    @property
    def approximation(self) -> Approximation:
        """From latents to small pictures without the decoder; made when first asked for."""
        if self._approximation is None:
            self._approximation = Approximation.of(self.encode, self.factor, self.device)
        return self._approximation


class StableDiffusion(DiffusionModel):
    """Stable Diffusion 1 and 2, and the starter."""

    family = "sd15"

    @property
    def denoiser(self) -> Any:
        return self.pipe.unet

    def chunks(self, text: str) -> int:
        return len(token_chunks(self.pipe.tokenizer, self.pipe.text_encoder, text))

    @torch.no_grad()
    def read(self, text: str, chunks: int) -> Text:
        ids = token_chunks(self.pipe.tokenizer, self.pipe.text_encoder, text, chunks).to(self.device)
        return Text(self.pipe.text_encoder(ids)[0].flatten(0, 1))

    @torch.no_grad()
    def predict(
        self, latents: Tensor, time: Tensor, texts: Mapping[str, Tensor], size: tuple[int, int]
    ) -> Tensor:
        return self.pipe.unet(  # type: ignore[no-any-return]
            latents.to(self.dtype), time, encoder_hidden_states=texts["hidden"], return_dict=False
        )[0].float()


class StableDiffusionXl(DiffusionModel):
    """SDXL and SDXL-Turbo: two text towers, and the picture's size beside the text."""

    family = "sdxl"

    @property
    def denoiser(self) -> Any:
        return self.pipe.unet

    def chunks(self, text: str) -> int:
        return len(token_chunks(self.pipe.tokenizer, self.pipe.text_encoder, text))

    @torch.no_grad()
    def read(self, text: str, chunks: int) -> Text:
        hidden, pooled = [], None
        towers = (
            (self.pipe.tokenizer, self.pipe.text_encoder),
            (self.pipe.tokenizer_2, self.pipe.text_encoder_2),
        )
        for tokenizer, tower in towers:
            ids = token_chunks(tokenizer, tower, text, chunks).to(self.device)
            given = tower(ids, output_hidden_states=True)
            hidden.append(given.hidden_states[-2].flatten(0, 1))
            pooled = given[0][0]
        return Text(torch.cat(hidden, dim=-1), pooled)

    def nothing(self, chunks: int) -> Text:
        text = self.read("", chunks)
        if not self.pipe.config.force_zeros_for_empty_prompt or text.pooled is None:
            return text
        return Text(torch.zeros_like(text.hidden), torch.zeros_like(text.pooled))

    @torch.no_grad()
    def predict(
        self, latents: Tensor, time: Tensor, texts: Mapping[str, Tensor], size: tuple[int, int]
    ) -> Tensor:
        # What size it was, where it was cropped, what size it is: as if it had been made for this.
        sizes = torch.tensor([[*size, 0, 0, *size]], device=self.device, dtype=self.dtype)
        return self.pipe.unet(  # type: ignore[no-any-return]
            latents.to(self.dtype),
            time,
            encoder_hidden_states=texts["hidden"],
            added_cond_kwargs={"text_embeds": texts["pooled"], "time_ids": sizes.expand(len(latents), -1)},
            return_dict=False,
        )[0].float()


class Flux(DiffusionModel):
    """FLUX: a transformer on packed latents; guidance is told to it, and a negative prompt means nothing."""

    family = "flux"
    flow = True
    LONGEST: ClassVar[int] = 512
    # What the transformer is told, if it takes it; set for each render.
    guidance: float = 3.5

    @property
    def denoiser(self) -> Any:
        return self.pipe.transformer

    @property
    def multiple(self) -> int:
        return 2 * self.factor

    @property
    def takes_mask(self) -> bool:
        return int(self.pipe.transformer.config.in_channels) > 4 * self.channels

    def check(self, guidance: float, negative: bool) -> None:
        if negative:
            raise InvalidTask("params.negative_prompt", "given", "left out, and no part weighed below 0: "
                              "FLUX takes none")  # fmt: skip
        self.guidance = guidance

    def chunks(self, text: str) -> int:
        return 1  # Its T5 reads 512 tokens at once.

    @torch.no_grad()
    def read(self, text: str, chunks: int) -> Text:
        ids = token_chunks(self.pipe.tokenizer, self.pipe.text_encoder, text)[:1].to(self.device)
        long = self.pipe.tokenizer_2(
            [text], padding="max_length", max_length=self.LONGEST, truncation=True, return_tensors="pt"
        ).input_ids.to(self.device)
        return Text(self.pipe.text_encoder_2(long)[0][0], self.pipe.text_encoder(ids).pooler_output[0])

    @torch.no_grad()
    def predict(
        self, latents: Tensor, time: Tensor, texts: Mapping[str, Tensor], size: tuple[int, int]
    ) -> Tensor:
        count, channels, height, width = latents.shape
        pack, unpack, places = (
            getattr(self.pipe, f"_{name}")
            for name in ("pack_latents", "unpack_latents", "prepare_latent_image_ids")
        )
        told = None
        if self.pipe.transformer.config.guidance_embeds:
            told = torch.full([count], self.guidance, device=self.device, dtype=torch.float32)
        given = self.pipe.transformer(
            hidden_states=pack(latents.to(self.dtype), count, channels, height, width),
            timestep=time.expand(count).to(self.dtype) / 1000,
            guidance=told,
            pooled_projections=texts["pooled"],
            encoder_hidden_states=texts["hidden"],
            txt_ids=torch.zeros(texts["hidden"].shape[1], 3, device=self.device, dtype=self.dtype),
            img_ids=places(count, height // 2, width // 2, self.device, self.dtype),
            return_dict=False,
        )[0]
        return unpack(given, *size, self.factor).float()  # type: ignore[no-any-return]


def token_chunks(tokenizer: Any, tower: Any, text: str, chunks: int = 1) -> Tensor:
    """[n, longest] token ids: a text in as many lengths of a CLIP text tower as it takes, but `chunks` at
    least.

    Each has a start, an end and padding of its own, so that nothing of a long prompt is lost.
    """
    longest = min(tokenizer.model_max_length, tower.config.max_position_embeddings)
    ids = tokenizer(text, add_special_tokens=False, truncation=False, verbose=False).input_ids
    room = longest - 2
    parts = [ids[at : at + room] for at in range(0, len(ids), room)]
    parts += [[]] * (max(chunks, 1) - len(parts))
    start, end, padding = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id
    return torch.tensor([[start, *part, end] + [padding] * (room - len(part)) for part in parts])
