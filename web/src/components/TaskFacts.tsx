import type { Task } from "../firebase/queue";
import { labelOf } from "../options/fields";
import { duration } from "../words";
import { language } from "../words/language";
import { words } from "../words/task";

/** What was asked for and what came of it, for whoever wants to make it again. */
export function TaskFacts({ task }: { task: Task }) {
  return (
    <dl class="facts">
      {factsOf(task).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf({ renderer, params, result, created_at }: Task): [string, string][] {
  const asked = Object.entries(params)
    .filter(([name]) => name !== "seed" || !result)
    .map(([name, value]): [string, string] => [labelOf(name), valueInWords(value)]);
  const facts: [string, string][] = [[words().facts.renderer, labelOf(renderer)], ...asked];
  if (result) {
    facts.push([words().facts.seed, String(result.seed)], [words().facts.time, duration(result.seconds)]);
    facts.push([words().facts.pixels, `${result.width} × ${result.height}`]);
    if (typeof result.score === "number") facts.push([words().facts.score, result.score.toFixed(3)]);
    if (result.model) facts.push([words().facts.model, result.model]);
  }
  if (created_at)
    facts.push([
      words().facts.asked,
      created_at.toDate().toLocaleString(language.value, { dateStyle: "medium", timeStyle: "short" }),
    ]);
  return facts;
}

function valueInWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueInWords).join(" | ");
  return typeof value === "object" && value !== null
    ? Object.values(value).map(String).join(", ")
    : String(value);
}
