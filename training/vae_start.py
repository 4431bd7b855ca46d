"""The VAE's encoder, which is not learned, and where its decoder begins.

Five numbers say what a block of 8 × 8 pixels looks like: its mean red, green and blue, and how much brighter
it is on the left than on the right, and above than below. They are written into the weights of an
`AutoencoderKL`. From random weights, an encoder and a decoder took thousands of steps only to let colours
pass through norms that divide a flat picture's own brightness out of it.
"""

import torch
from diffusers import AutoencoderKL
from torch import nn

LATENTS = 5
# The stream's channels: for each colour itself, its negative (silu(x) - silu(-x) is x) and two constants,
# which keep the deviation that a GroupNorm divides by from following the picture; then two slopes likewise.
LARGE = 4.0
COLOURS, SLOPES = 12, 4
LUMA = (0.30, 0.59, 0.11)
# The deviation of the encoder's last norm: 6 of its group's 16 channels are constants.
DIVIDED_BY = LARGE * (6 / 16) ** 0.5


@torch.no_grad()
def begin_plain(vae: AutoencoderKL) -> None:
    """Write the encoder's weights; begin the decoder with what enlarges the mean colours to plain squares."""
    for part in (vae.encoder, vae.decoder):
        for module in part.modules():
            if hasattr(module, "conv2"):
                nn.init.zeros_(module.conv2.weight)
                nn.init.zeros_(module.conv2.bias)
                if module.conv_shortcut is not None:
                    _carry(module.conv_shortcut, COLOURS + SLOPES)
        _take_in(part.conv_in)
    downs = [block.downsamplers[0].conv for block in vae.encoder.down_blocks if block.downsamplers]
    for conv in downs:
        _carry(conv, COLOURS, taps=(0, 1))
    _take_slopes(downs[-1])
    for block in vae.decoder.up_blocks:
        for up in block.upsamplers or ():
            _carry(up.conv, COLOURS)
    nn.init.zeros_(vae.encoder.conv_out.weight)
    for part, scale in ((vae.encoder, DIVIDED_BY), (vae.decoder, LARGE * 0.5**0.5)):
        _give_out(part.conv_out, scale)
    for slope in range(2):
        _difference(vae.encoder.conv_out, 3 + slope, COLOURS + 2 * slope, DIVIDED_BY)
    vae.encoder.conv_out.bias[LATENTS:] = -8.0
    for conv in (vae.quant_conv, vae.post_quant_conv):
        conv.weight.copy_(torch.eye(conv.out_channels)[:, :, None, None])
        conv.bias.zero_()


def _carry(conv: nn.Conv2d, channels: int, taps: tuple[int, ...] = (1,)) -> None:
    """Pass the first channels through, as the mean of the kernel's `taps` in both directions."""
    if conv.kernel_size == (1, 1):
        taps = (0,)
    assert conv.bias is not None
    conv.weight[:channels] = 0
    conv.bias[:channels] = 0
    for channel in range(channels):
        for y in taps:
            for x in taps:
                conv.weight[channel, channel, y, x] = 1 / len(taps) ** 2


def _take_in(conv: nn.Conv2d) -> None:
    """Lay the first three channels into the stream."""
    assert conv.bias is not None
    conv.weight[:COLOURS] = 0
    conv.bias[:COLOURS] = torch.tensor([0.0, 0.0, LARGE, -LARGE]).repeat(3)
    for colour in range(3):
        conv.weight[4 * colour, colour, 1, 1] = 1
        conv.weight[4 * colour + 1, colour, 1, 1] = -1


def _take_slopes(conv: nn.Conv2d) -> None:
    """Add left minus right and above minus below, of the colours' brightness, and the negatives of both."""
    assert conv.bias is not None
    conv.weight[COLOURS : COLOURS + SLOPES] = 0
    conv.bias[COLOURS : COLOURS + SLOPES] = 0
    for colour, share in enumerate(LUMA):
        for near, sign in ((0, 1.0), (1, -1.0)):
            for channel, turn in ((COLOURS, sign), (COLOURS + 1, -sign)):
                conv.weight[channel, 4 * colour, 0:2, near] = turn * share / 2
            for channel, turn in ((COLOURS + 2, sign), (COLOURS + 3, -sign)):
                conv.weight[channel, 4 * colour, near, 0:2] = turn * share / 2


def _give_out(conv: nn.Conv2d, scale: float) -> None:
    """Read the three colours off the normalised stream."""
    assert conv.bias is not None
    conv.weight[:3] = 0
    conv.bias.zero_()
    for colour in range(3):
        _difference(conv, colour, 4 * colour, scale)


def _difference(conv: nn.Conv2d, given: int, first: int, scale: float) -> None:
    conv.weight[given, first, 1, 1] = scale
    conv.weight[given, first + 1, 1, 1] = -scale
