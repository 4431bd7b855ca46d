"""Pictures of any size brought to the size that a model draws, and masks to that of its latents."""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as Pictures
from torch import Tensor

from renderers.base import Image

Size = tuple[int, int]


def fitted_image(image: Image, size: Size) -> Tensor:
    """1 × 3 × H × W in [0, 1]: the middle of a picture that has the shape of `size` (h, w), brought to it."""
    fitted = resized(cropped(image, size), size)
    return torch.from_numpy(fitted.astype(np.float32) / 255).permute(2, 0, 1)[None].contiguous()


def fitted_mask(mask: NDArray[np.uint8], size: Size, latents: Size) -> Tensor:
    """1 × h × w of 0 and 1 for latents: 1 where any pixel of a latent is to be drawn anew."""
    at_size = resized(cropped(mask[..., None].repeat(3, axis=2), size), size)[..., 0] >= 128
    rows, columns = size[0] // latents[0], size[1] // latents[1]
    blocks = at_size[: latents[0] * rows, : latents[1] * columns].reshape(
        latents[0], rows, latents[1], columns
    )
    return torch.from_numpy(blocks.any(axis=(1, 3)).astype(np.float32))[None]


def cropped(image: Image, size: Size) -> Image:
    """The largest middle part of a picture that has the shape of `size` (h, w)."""
    height, width = image.shape[:2]
    scale = min(height / size[0], width / size[1])
    rows, columns = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    top, left = (height - rows) // 2, (width - columns) // 2
    return image[top : top + rows, left : left + columns]


def resized(image: Image, size: Size) -> Image:
    """A picture in another size (h, w), by Lanczos."""
    if image.shape[:2] == size:
        return image
    small = Pictures.fromarray(np.ascontiguousarray(image))
    return np.asarray(small.resize((size[1], size[0]), Pictures.Resampling.LANCZOS))
