import { labelOf } from "../options/fields";
import { offered } from "../options/renderers";
import { useStore } from "../state/store";
import { described, Hint } from "./Field";
import { RendererSign } from "./RendererSign";

/** The renderers that there are side by side, and a line about the chosen one. */
export function RendererField() {
  const { draft, catalog } = useStore();
  const chosen = draft.rendererIn(catalog.value);
  const mistake = draft.mistakes.value.renderer;
  return (
    <fieldset class="picker">
      <legend>Renderer</legend>
      <div class="renderers">
        {offered(catalog.value).map((name) => (
          <label key={name} title={catalog.value[name]?.summary}>
            <input
              {...(name === chosen && described("renderer", catalog.value[name]?.summary, mistake))}
              type="radio"
              name="renderer"
              value={name}
              checked={name === chosen}
              onChange={() => draft.choose(name)}
            />
            <span>
              <RendererSign renderer={name} />
              {labelOf(name)}
            </span>
          </label>
        ))}
      </div>
      <Hint id="renderer" help={catalog.value[chosen]?.summary} mistake={mistake} />
    </fieldset>
  );
}
