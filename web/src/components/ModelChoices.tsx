import { useEffect, useState } from "preact/hooks";
import { modelsFor } from "../options/models";
import { useStore } from "../state/store";
import { words } from "../words/create";

/** The models that listeners have here and now, for an option that names one. */
export function ModelChoices({ option }: { option: string }) {
  const { draft, models } = useStore();
  const [asked, setAsked] = useState<"asking" | "unknown" | "known">("asking");
  useEffect(() => {
    void models.ask().then((well) => setAsked(well ? "known" : "unknown"));
  }, [models]);
  const here = modelsFor(option, models.here.value);
  if (asked === "asking") return null;
  if (asked === "unknown") return <p class="help">{words().modelsUnknown}</p>;
  if (here.length === 0) return <p class="help">{words().modelsNone}</p>;
  const typed = draft.typed.value[option] ?? "";
  return (
    <div class="chips model-choices" role="group" aria-label={words().modelsHere}>
      <span class="help">{words().modelsHere}</span>
      {here.map((key) => (
        <button
          key={key}
          type="button"
          class="chip"
          aria-pressed={typed === key}
          onClick={() => draft.type(option, typed === key ? "" : key)}
        >
          {key}
        </button>
      ))}
    </div>
  );
}
