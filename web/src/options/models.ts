/** Which models an option can name. The kinds are told by their keys, as `models.toml` names them. */

type Kind = "clip" | "vqgan" | "lora" | "diffusion";

/** The options that name models, and of which kind. */
const KINDS: Readonly<Record<string, Kind>> = {
  clip: "clip",
  late_clip: "clip",
  vqgan: "vqgan",
  loras: "lora",
  model: "diffusion",
};

export function namesModel(option: string): boolean {
  return Object.hasOwn(KINDS, option);
}

/** Those of the models that suit the option; what an operator named otherwise can still be typed. */
export function modelsFor(option: string, models: readonly string[]): string[] {
  return models.filter((key) => kindOf(key) === KINDS[option]);
}

function kindOf(key: string): Kind {
  const named = (["vqgan", "lora", "clip"] as const).find((kind) => key.split("-").includes(kind));
  return named ?? "diffusion";
}
