import { labelOf } from "../options/fields";
import { offered } from "../options/renderers";
import { useStore } from "../state/store";
import { words } from "../words/form";
import { summaryOf } from "../words/options";
import { described, Hint } from "./Field";
import { RendererPicture } from "./RendererPicture";

/** The renderers that there are side by side, and a line about the chosen one. */
export function RendererField() {
  const { draft, catalog } = useStore();
  const chosen = draft.rendererIn(catalog.value);
  const mistake = draft.mistakes.value.renderer;
  const summary = (name: string) => summaryOf(name, catalog.value[name]?.summary);
  return (
    <fieldset class="picker">
      <legend>{words().renderer}</legend>
      <div class="renderers">
        {offered(catalog.value).map((name) => (
          <label key={name} title={summary(name)}>
            <input
              {...(name === chosen && described("renderer", summary(name), mistake))}
              type="radio"
              name="renderer"
              value={name}
              checked={name === chosen}
              onChange={() => draft.choose(name)}
            />
            <span>
              <RendererPicture renderer={name} />
              {labelOf(name)}
            </span>
          </label>
        ))}
      </div>
      <Hint id="renderer" help={summary(chosen)} mistake={mistake} />
    </fieldset>
  );
}
