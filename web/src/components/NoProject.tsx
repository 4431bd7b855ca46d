import { CONFIG_PATH, NoFirebase } from "../config";
import { words } from "../words/shell";
import { Header } from "./Header";

/** Shown instead of everything else when there is no Firebase to talk to. */
export function NoProject({ reason }: { reason: unknown }) {
  const message = reason instanceof Error ? reason.message : String(reason);
  return (
    <>
      <Header />
      <main class="lone">
        <h1>{reason instanceof NoFirebase ? words().noFirebase : words().notStarted}</h1>
        <p role="alert">{message}.</p>
        <p>
          {words().asksFor(CONFIG_PATH)} {words().startOne}
        </p>
        <button type="button" onClick={() => location.reload()}>
          {words().tryAgain}
        </button>
      </main>
    </>
  );
}
