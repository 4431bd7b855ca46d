import { useEffect, useRef } from "preact/hooks";
import { type Route, route } from "../state/route";
import { useStore } from "../state/store";
import { Banner } from "./Banner";
import { Gallery } from "./Gallery";
import { Header } from "./Header";
import { TaskForm } from "./TaskForm";
import { TaskScreen } from "./TaskScreen";

export function App() {
  const { news } = useStore();
  const here = route.value;
  const main = useFocusOnMove<HTMLElement>(here);
  return (
    <>
      <Header />
      <Banner />
      <main class="layout" data-screen={here.screen} ref={main} tabIndex={-1}>
        {here.screen === "task" ? (
          <TaskScreen key={here.id} id={here.id} />
        ) : (
          <>
            <TaskForm />
            <Gallery />
          </>
        )}
      </main>
      <p class="unseen" aria-live="polite">
        {news}
      </p>
    </>
  );
}

/** Whoever moves to another screen by keyboard goes on from its beginning, not from the page's. */
function useFocusOnMove<Place extends HTMLElement>(here: Route) {
  const place = useRef<Place>(null);
  const before = useRef(here);
  useEffect(() => {
    const inside = place.current?.contains(document.activeElement);
    if (before.current !== here && !inside) place.current?.focus({ preventScroll: true });
    before.current = here;
  }, [here]);
  return place;
}
