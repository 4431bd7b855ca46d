"""From what the decoder gives to what the task gets: checked, enlarged, its surroundings put back."""

from typing import Any

import numpy as np
import torch
from PIL import Image as Pictures
from PIL import ImageFilter
from torch import Tensor

from contract.errors import RenderFailed
from contract.params import DiffusionParams
from renderers.base import Image, Job
from renderers.diffusion_models import DiffusionModel
from renderers.diffusion_plan import Plan
from renderers.fitting import cropped, resized

# A picture whose brightest level is below this is black; one whose levels differ by less than `FLAT` is
# blank.
DARK, FLAT = 4, 2
LONGEST_PREVIEW = 512
# The mask's edge is blended over this share of the picture's longer side.
SOFT = 0.006


def insist_on_a_picture(picture: Tensor, model: DiffusionModel) -> None:
    """Raise `RenderFailed` for a decoded picture [3, H, W] that is black, blank, blocked or no numbers."""
    if not torch.isfinite(picture).all():
        raise RenderFailed(
            "the decoder gave nan: its precision is too low for this model, or its weights are bad"
        )
    levels = (picture.clamp(0, 1) * 255).round()
    if float(levels.max()) < DARK:
        raise RenderFailed("the picture came out black; ask for another seed, scheduler or guidance")
    if float((levels.amax((1, 2)) - levels.amin((1, 2))).max()) < FLAT:
        raise RenderFailed(
            "the picture came out blank, of one colour; ask for another seed, scheduler or guidance"
        )
    checker = getattr(model.pipe, "safety_checker", None)
    if checker is not None and _blocked(picture, model, checker):
        raise RenderFailed(
            "the picture was blocked by the model's safety checker; ask for another prompt or seed"
        )


def finished(picture: Tensor, plan: Plan, job: Job[DiffusionParams]) -> Image:
    """A decoded picture as the task gets it: of its size, and outside the mask as it was."""
    image = resized(_levels(picture), plan.given)
    if job.mask is None or job.init_image is None:
        return image
    around = resized(cropped(job.init_image, plan.given), plan.given)
    mask = resized(cropped(job.mask[..., None].repeat(3, axis=2), plan.given), plan.given)[..., 0]
    edge = ImageFilter.GaussianBlur(max(plan.given) * SOFT)
    share = np.asarray(Pictures.fromarray(mask).filter(edge), np.float32)[..., None] / 255
    # Softened inwards alone: what is black in the mask stays as it was to the last level.
    share = np.where(mask[..., None] == 0, 0, share)
    return (around + share * (image.astype(np.float32) - around)).round().astype(np.uint8)


def preview_of(image: Image) -> Image:
    """A picture made small enough for a preview."""
    longest = max(image.shape[:2])
    if longest <= LONGEST_PREVIEW:
        return image
    height, width = (max(1, round(side * LONGEST_PREVIEW / longest)) for side in image.shape[:2])
    return resized(image, (height, width))


def _levels(picture: Tensor) -> Image:
    levels: Image = (picture.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return levels


def _blocked(picture: Tensor, model: DiffusionModel, checker: Any) -> bool:
    features = model.pipe.feature_extractor(Pictures.fromarray(_levels(picture)), return_tensors="pt")
    pixels = features.pixel_values.to(model.device, model.dtype)
    _, found = checker(images=[_levels(picture) / 255.0], clip_input=pixels)
    return bool(found[0])
