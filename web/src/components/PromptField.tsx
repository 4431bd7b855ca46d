import { useEffect, useRef } from "preact/hooks";
import { MAX_PROMPT_CHARACTERS } from "../options/values";
import { useStore } from "../state/store";
import { words } from "../words/form";
import { words as picturesWords } from "../words/pictures";
import { described, Field } from "./Field";
import { FileButton } from "./FileButton";
import { useStyleWords } from "./useStyleWords";

const EXAMPLES = [
  "a red circle on a blue background",
  "a yellow star on a black background",
  "a house on grass at sunset",
  "a boat on the sea at night",
];

export function PromptField() {
  const { draft, incoming } = useStore();
  const mistake = draft.mistakes.value.prompt;
  const style = useStyleWords();
  const area = useRef<HTMLTextAreaElement>(null);
  const wanted = draft.wanted.value;
  useEffect(() => {
    if (!wanted) return;
    area.current?.focus();
    draft.wanted.value = false;
  }, [draft, wanted]);
  return (
    <div class="prompt">
      <Field id="prompt" label={words().prompt} mistake={mistake}>
        <textarea
          ref={area}
          {...described("prompt", undefined, mistake)}
          rows={3}
          maxLength={MAX_PROMPT_CHARACTERS}
          placeholder={words().promptPlaceholder}
          value={draft.prompt.value}
          onInput={(event) => draft.typePrompt(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
              event.currentTarget.form?.requestSubmit();
          }}
        />
      </Field>
      <ul class="chips" aria-label={words().examples}>
        {EXAMPLES.map((example) => (
          <li key={example}>
            <button type="button" class="chip" onClick={() => draft.typePrompt(example)}>
              {example}
            </button>
          </li>
        ))}
      </ul>
      <div class="chips">
        {style.button}
        <FileButton id="recipe" class="chip" accept="image/png" take={(file) => void incoming.take(file)}>
          <span title={picturesWords().recipeHelp}>{picturesWords().recipe}</span>
        </FileButton>
      </div>
      {style.list}
    </div>
  );
}
