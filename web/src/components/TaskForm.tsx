import { useEffect, useRef, useState } from "preact/hooks";
import type { OptionField } from "../options/fields";
import { needing } from "../options/renderers";
import { go } from "../state/route";
import { useStore } from "../state/store";
import { words } from "../words/form";
import { AspectSign } from "./AspectSign";
import { BeginFrom } from "./BeginFrom";
import { ChoicePicker } from "./ChoicePicker";
import { CountField } from "./CountField";
import { EmailField } from "./EmailField";
import { Expectation } from "./Expectation";
import { IncomingHint } from "./IncomingHint";
import { MoreOptions } from "./MoreOptions";
import { PromptField } from "./PromptField";
import { RendererField } from "./RendererField";
import { SeedField } from "./SeedField";
import { showPictures } from "./sight";

// These have a place and a shape of their own; every other option is drawn from its schema alone.
const BEGINNING = "init_image";
const OWN_PLACE = ["quality", "aspect", "images", "seed", BEGINNING, ...needing(BEGINNING)];

export function TaskForm() {
  const store = useStore();
  const form = useRef<HTMLFormElement>(null);
  // Whoever only looks costs nothing.
  const [touched, setTouched] = useState(false);
  const fields = store.draft.fields(store.catalog.value);
  const named = (name: string) => fields.find((field) => field.name === name);
  useFocusOnMistake(form);

  async function submit(event: Event) {
    event.preventDefault();
    if ((await store.submit()) === null) {
      showMistake(form.current); // it may have been there before, and out of sight
      return;
    }
    go("/");
    showPictures();
  }

  return (
    <form
      class="form"
      ref={form}
      onSubmit={submit}
      onFocusIn={() => {
        setTouched(true);
        store.expectTask();
      }}
      noValidate
      aria-label={words().newPicture}
    >
      <IncomingHint />
      <PromptField />
      <RendererField />
      <Picker field={named("quality")} />
      <Picker field={named("aspect")} />
      <Beginning fields={fields} />
      <CountField field={named("images")} />
      <Seed field={named("seed")} />
      <MoreOptions fields={fields.filter((field) => !OWN_PLACE.includes(field.name))} />
      {touched && <EmailField />}
      <div class="submit">
        {touched && <Expectation />}
        <button type="submit" class="primary" disabled={store.sending.value}>
          {store.sending.value ? words().sending : words().draw}
        </button>
      </div>
    </form>
  );
}

function Picker({ field }: { field: OptionField | undefined }) {
  if (field?.kind !== "choice") return null;
  const sign = field.name === "aspect" ? (choice: string) => <AspectSign aspect={choice} /> : undefined;
  return <ChoicePicker field={field} {...(sign && { sign })} />;
}

function Beginning({ fields }: { fields: readonly OptionField[] }) {
  const field = fields.find(({ name }) => name === BEGINNING);
  if (field?.kind !== "upload") return null;
  return <BeginFrom field={field} beside={fields.filter(({ name }) => needing(BEGINNING).includes(name))} />;
}

function Seed({ field }: { field: OptionField | undefined }) {
  return field?.kind === "text" ? <SeedField field={field} /> : null;
}

function showMistake(form: HTMLFormElement | null): void {
  const wrong = form?.querySelector<HTMLElement>("[aria-invalid=true]");
  wrong?.focus();
  wrong?.scrollIntoView({ block: "center" }); // the button below covers what is merely in sight
}

/** Takes the visitor to the first field that is wrong, when something new is. */
function useFocusOnMistake(form: { current: HTMLFormElement | null }) {
  const { draft } = useStore();
  const wrong = Object.keys(draft.mistakes.value).join(" ");
  const before = useRef("");
  useEffect(() => {
    if (wrong.length > before.current.length) {
      showMistake(form.current);
    }
    before.current = wrong;
  }, [wrong]);
}
