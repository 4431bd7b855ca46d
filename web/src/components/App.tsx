import { route } from "../state/route";
import { useStore } from "../state/store";
import { Banner } from "./Banner";
import { Gallery } from "./Gallery";
import { Header } from "./Header";
import { TaskForm } from "./TaskForm";
import { TaskScreen } from "./TaskScreen";

export function App() {
  const { news } = useStore();
  const here = route.value;
  return (
    <>
      <Header />
      <Banner />
      <main class="layout" data-screen={here.screen}>
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
