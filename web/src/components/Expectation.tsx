import { drawingSeconds, expectedWait } from "../firebase/line";
import { useNow } from "../state/hooks";
import { useStore } from "../state/store";
import { aboutDuration } from "../words";
import { words } from "../words/create";

/** How long a picture would take if it were asked for now; watched only while somebody is at the form. */
export function Expectation() {
  const { draft, catalog, line } = useStore();
  const now = useNow(true);
  const quality = draft.typed.value.quality ?? "normal";
  const told = line.value;
  const wait = told && expectedWait(told, now);
  if (wait === null) return <p class="expectation">{words().waitUnknown}</p>;
  const drawing = told && drawingSeconds(told, draft.rendererIn(catalog.value), quality);
  return <p class="expectation">{sentence(wait, drawing)}</p>;
}

function sentence(wait: number, drawing: number | null): string {
  const say = words();
  if (wait < 2) return drawing === null ? say.waitSoonAlone : say.waitSoon(aboutDuration(drawing));
  const waits = aboutDuration(wait);
  return drawing === null ? say.waitLineAlone(waits) : say.waitLine(waits, aboutDuration(drawing));
}
