import { useEffect, useRef } from "preact/hooks";
import { type Route, route } from "../state/route";
import { useStore } from "../state/store";
import { words } from "../words/shell";
import { Banner } from "./Banner";
import { DropCatcher } from "./DropCatcher";
import { GalleryScreen } from "./GalleryScreen";
import { Header } from "./Header";
import { lazily } from "./lazily";
import { MyPictures } from "./MyPictures";
import { OperatorLink } from "./OperatorLink";
import { TaskForm } from "./TaskForm";

const TaskScreen = lazily(() => import("./TaskScreen").then((module) => module.TaskScreen));
const AccountScreen = lazily(() => import("./AccountScreen").then((module) => module.AccountScreen));
const OperatorScreen = lazily(() => import("./OperatorScreen").then((module) => module.OperatorScreen));

export function App() {
  const { news } = useStore();
  const here = route.value;
  const main = useFocusOnMove<HTMLElement>(here);
  return (
    <>
      <a class="skip" href="#main">
        {words().skip}
      </a>
      <Header>
        <OperatorLink />
      </Header>
      <Banner />
      <DropCatcher />
      <main class="layout" id="main" data-screen={here.screen} ref={main} tabIndex={-1}>
        <Screen here={here} />
      </main>
      <p class="unseen" aria-live="polite">
        {news}
      </p>
    </>
  );
}

function Screen({ here }: { here: Route }) {
  switch (here.screen) {
    case "home":
      return (
        <>
          <TaskForm />
          <MyPictures />
        </>
      );
    case "task":
      return <TaskScreen key={here.id} id={here.id} />;
    case "gallery":
      return <GalleryScreen />;
    case "account":
      return <AccountScreen />;
    case "operator":
      return <OperatorScreen />;
  }
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
