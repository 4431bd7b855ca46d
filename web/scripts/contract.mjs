// Writes src/contract.ts from `python -m contract.schema`; with --check it only says whether that is needed.
//
// PYTHON names the interpreter; without it, the project's .venv or python3 is taken.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));
const target = fileURLToPath(new URL("../src/contract.ts", import.meta.url));

const banner = `// Generated from contract/ by \`npm run contract\`. Do not edit.

import type { Timestamp } from "firebase/firestore";
`;

function readSchema() {
  const venv = `${root}.venv/bin/python`;
  const python = process.env.PYTHON ?? (existsSync(venv) ? venv : "python3");
  return JSON.parse(execFileSync(python, ["-m", "contract.schema"], { cwd: root, encoding: "utf8" }));
}

/**
 * A model without what would each become a type of its own: the titles of its fields, and the defaults
 * beside its references to other models.
 */
function plainFields(model) {
  if (!model.properties) return model;
  const properties = Object.entries(model.properties).map(([name, { title: _, ...field }]) => [
    name,
    field.$ref ? { $ref: field.$ref } : field,
  ]);
  return { ...model, properties: Object.fromEntries(properties) };
}

async function types(schema) {
  const models = Object.entries(schema.$defs).map(([name, model]) => [name, plainFields(model)]);
  const source = await compile({ type: "object", $defs: Object.fromEntries(models) }, "Unused", {
    additionalProperties: false,
    bannerComment: banner,
    style: { printWidth: 110, bracketSpacing: true },
    unreachableDefinitions: true,
  });
  return source
    .replace("export interface Unused {}\n", "")
    .replaceAll(/ \*\n \* This interface was referenced by .*\n \* via .*\n/g, "");
}

/** A renderer's options together with the models that they refer to, as a listener writes them. */
function withModels(model, models) {
  const named = [...JSON.stringify(model).matchAll(/"#\/\$defs\/(\w+)"/g)].map(([, name]) => name);
  return named.length === 0
    ? model
    : { ...model, $defs: Object.fromEntries(named.map((name) => [name, models[name]])) };
}

/** The catalog as it is before any worker has written one: what the renderers of this version take. */
function knownRenderers(schema) {
  const entries = Object.entries(schema.renderers).map(([name, { $ref }]) => {
    const model = schema.$defs[$ref.split("/").at(-1)];
    return [name, { summary: model.description, options: withModels(model, schema.$defs) }];
  });
  return `/** What the renderers of this version take, for as long as \`catalog/\` is empty. */
export const KNOWN_RENDERERS: Record<string, CatalogEntry> = ${JSON.stringify(Object.fromEntries(entries), null, 2)};
`;
}

const schema = readSchema();
const source = `${await types(schema)}\n${knownRenderers(schema)}`;
if (!process.argv.includes("--check")) {
  writeFileSync(target, source);
} else if (!existsSync(target) || readFileSync(target, "utf8") !== source) {
  console.error("web/src/contract.ts is not what contract/ says: run `npm run contract` in web/");
  process.exitCode = 1;
}
