import type { Task } from "../firebase/queue";
import { labelOf } from "../options/fields";
import { duration } from "../words";

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
  const facts: [string, string][] = [["Renderer", labelOf(renderer)], ...asked];
  if (result) {
    facts.push(["Seed", String(result.seed)], ["Time", duration(result.seconds)]);
    facts.push(["Pixels", `${result.width} × ${result.height}`]);
    if (typeof result.score === "number") facts.push(["Score", result.score.toFixed(3)]);
    if (result.model) facts.push(["Model", result.model]);
  }
  if (created_at)
    facts.push([
      "Asked",
      created_at.toDate().toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }),
    ]);
  return facts;
}

function valueInWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueInWords).join(" | ");
  return typeof value === "object" && value !== null
    ? Object.values(value).map(String).join(", ")
    : String(value);
}
