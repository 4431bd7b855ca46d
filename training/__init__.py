"""How the bundled starter weights are made: scenes are drawn and described from a seed, a CLIP learns."""
