"""The starter CLIP: its size, its tokenizer, and how it is saved as a folder that `transformers` loads."""

import hashlib
import itertools
import json
import os
import tempfile
from collections import Counter
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from torch import Tensor
from torch.nn import functional
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTokenizer, CLIPVisionConfig

from training.captions import every_word

IMAGE_SIZE = 64
MEAN = STD = (0.5, 0.5, 0.5)
LONGEST_TEXT = 32
START, END = "<|startoftext|>", "<|endoftext|>"


def make_tokenizer() -> CLIPTokenizer:
    """Byte-level BPE: every word of the captions is one token, any other text falls to its bytes."""
    words = Counter(word for text in every_word() for word in text.replace(",", " ").lower().split())
    alphabet = sorted(ByteLevel.alphabet())
    merges = _merges(words)
    tokens = [
        *alphabet,
        *(letter + "</w>" for letter in alphabet),
        *dict.fromkeys(a + b for a, b in merges),
        START,
        END,
    ]
    return CLIPTokenizer(
        vocab={token: index for index, token in enumerate(tokens)},
        merges=merges,
        bos_token=START,
        eos_token=END,
        unk_token=END,
        pad_token=END,
        model_max_length=LONGEST_TEXT,
    )


def make_model(tokenizer: CLIPTokenizer, width: int, layers: int, patch: int) -> CLIPModel:
    """A CLIPModel with fresh weights from torch's generator: a ViT for 64 × 64 pixels, a small text tower."""
    heads = max(1, width // 64)
    vision = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        image_size=IMAGE_SIZE,
        patch_size=patch,
        hidden_act="quick_gelu",
    )
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=512,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=LONGEST_TEXT,
        hidden_act="quick_gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    config = CLIPConfig(
        text_config=text.to_dict(),
        vision_config=vision.to_dict(),
        projection_dim=128,
        logit_scale_init_value=2.3,
    )
    model = CLIPModel(config)
    embeddings = model.vision_model.embeddings
    with torch.no_grad():
        embeddings.position_embedding.weight[1:] = _waves(IMAGE_SIZE // patch, width)
        torch.nn.init.xavier_uniform_(embeddings.patch_embedding.weight.view(width, -1))
    return model


def tokenize(tokenizer: CLIPTokenizer, texts: list[str]) -> dict[str, Tensor]:
    """`input_ids` and `attention_mask` [len(texts), longest], cut at `LONGEST_TEXT` tokens."""
    return dict(tokenizer(texts, padding=True, truncation=True, max_length=LONGEST_TEXT, return_tensors="pt"))


def image_features(model: CLIPModel, images: Tensor) -> tuple[Tensor, Tensor]:
    """Unit features [n, 128] of pictures [n, 3, 64, 64] in [0, 1], and the tower's own output [n, width]."""
    pixels = (images - MEAN[0]) / STD[0]
    pooled = model.vision_model(pixel_values=pixels).pooler_output
    return functional.normalize(model.visual_projection(pooled).float(), dim=-1), pooled.float()


def text_features(model: CLIPModel, tokens: dict[str, Tensor]) -> Tensor:
    """Unit features [n, 128] of tokenized texts."""
    return functional.normalize(model.get_text_features(**tokens).pooler_output.float(), dim=-1)


def save_folder(model: CLIPModel, tokenizer: CLIPTokenizer, folder: Path, facts: dict[str, object]) -> None:
    """Write a complete CLIP folder in half precision, replacing it at once.

    `made_by.json` in it holds `facts` and the SHA-256 of the weights.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".saving-") as staging:
        at = Path(staging) / "clip"
        at.mkdir(mode=0o755)
        tokenizer.save_pretrained(at)
        model.config.save_pretrained(at)
        weights = {name: value.detach().half().contiguous() for name, value in model.state_dict().items()}
        save_file(weights, at / "model.safetensors", metadata={"format": "pt"})
        digest = hashlib.sha256((at / "model.safetensors").read_bytes()).hexdigest()
        (at / "made_by.json").write_text(json.dumps({**facts, "sha256": digest}, indent=2) + "\n")
        (at / "preprocessor_config.json").write_text(json.dumps(_preprocessor(), indent=2) + "\n")
        (at / "model.safetensors").chmod(0o644)
        if folder.exists():
            os.rename(folder, Path(staging) / "replaced")
        os.rename(at, folder)


def load_folder(folder: Path) -> tuple[CLIPModel, CLIPTokenizer]:
    """The model (float32, frozen, for inference) and the tokenizer of a saved folder, offline."""
    model = CLIPModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    return model.eval().requires_grad_(False), CLIPTokenizer.from_pretrained(folder, local_files_only=True)


def _waves(side: int, width: int) -> Tensor:
    """[side², width] positions as waves along y and x, as strong as the patches themselves.

    With the usual faint noise, the tower sees a bag of patches for a long while: colours, but no shapes.
    """
    frequencies = torch.pi / 2 ** torch.linspace(0, 5, width // 4)
    angles = torch.arange(side)[:, None] * frequencies
    waves = torch.cat([angles.sin(), angles.cos()], dim=1)
    down, across = waves[:, None].expand(-1, side, -1), waves[None].expand(side, -1, -1)
    return 0.5 * torch.cat([down, across], dim=2).reshape(side * side, width)


def _preprocessor() -> dict[str, object]:
    return {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": IMAGE_SIZE},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": IMAGE_SIZE, "width": IMAGE_SIZE},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(MEAN),
        "image_std": list(STD),
        "do_convert_rgb": True,
    }


def _merges(words: Counter[str]) -> list[tuple[str, str]]:
    """Byte-pair merges that make each word one token: the commonest pair next, ties in alphabetical order."""
    spelt = {word: [*word[:-1], word[-1] + "</w>"] for word in words}
    merges: list[tuple[str, str]] = []
    while True:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, parts in spelt.items():
            for pair in itertools.pairwise(parts):
                pairs[pair] += words[word]
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for parts in spelt.values():
            for at in range(len(parts) - 2, -1, -1):
                if tuple(parts[at : at + 2]) == best:
                    parts[at : at + 2] = ["".join(best)]
