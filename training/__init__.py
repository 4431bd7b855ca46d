"""How the bundled starter weights are made, from a seed: scenes are drawn, described, and a small CLIP learns them."""
