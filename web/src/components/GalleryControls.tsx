import { ORDERS, type Order, type View } from "../firebase/wall";
import { labelOf } from "../options/fields";
import { offered } from "../options/renderers";
import { useStore } from "../state/store";
import { words } from "../words/gallery";
import { nameOf } from "../words/options";

interface Props {
  view: View;
  choose: (view: View) => void;
}

/** In which order, and of which renderer. */
export function GalleryControls({ view, choose }: Props) {
  const renderers = offered(useStore().catalog.value);
  return (
    <div class="wall-controls">
      <fieldset class="segments">
        <legend class="unseen">{words().order}</legend>
        {ORDERS.map((order: Order) => (
          <label key={order}>
            <input
              type="radio"
              name="order"
              value={order}
              checked={order === view.order}
              onChange={() => choose({ ...view, order })}
            />
            <span>{words().orders[order]}</span>
          </label>
        ))}
      </fieldset>
      <select
        aria-label={words().renderer}
        value={view.renderer ?? ""}
        onChange={({ currentTarget }) => choose({ ...view, renderer: currentTarget.value || null })}
      >
        <option value="">{words().allRenderers}</option>
        {renderers.map((name) => (
          <option key={name} value={name}>
            {nameOf(name) ?? labelOf(name)}
          </option>
        ))}
      </select>
    </div>
  );
}
