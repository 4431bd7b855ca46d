import { expect, test } from "vitest";
import { modelsFor, namesModel } from "../src/options/models";
import { Models } from "../src/state/models";

const HERE = [
  "openai-clip-vit-b-32",
  "sd-15",
  "starter-clip",
  "starter-diffusion",
  "starter-lora-cells",
  "starter-vqgan",
];

test("each option is offered the models of its kind", () => {
  expect(modelsFor("clip", HERE)).toEqual(["openai-clip-vit-b-32", "starter-clip"]);
  expect(modelsFor("vqgan", HERE)).toEqual(["starter-vqgan"]);
  expect(modelsFor("loras", HERE)).toEqual(["starter-lora-cells"]);
  expect(modelsFor("model", HERE)).toEqual(["sd-15", "starter-diffusion"]);
  expect(namesModel("constructor")).toBe(false);
});

test("which models are here is asked once, and again some minutes later or after a failure", async () => {
  let asked = 0;
  let fails = false;
  const modelsHere = () => {
    asked++;
    return fails ? Promise.reject(new Error("offline")) : Promise.resolve(HERE);
  };
  const models = new Models({ modelsHere }, { signIn: () => Promise.resolve("me") });
  expect(await Promise.all([models.ask(1e6), models.ask(1e6)])).toEqual([true, true]);
  expect([asked, models.here.value]).toEqual([1, HERE]);
  fails = true;
  expect(await models.ask(2e6)).toBe(false);
  fails = false;
  expect(await models.ask(2e6)).toBe(true);
  expect(asked).toBe(3);
});
