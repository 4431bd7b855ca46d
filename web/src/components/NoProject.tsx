import { CONFIG_PATH, NoFirebase } from "../config";
import { Header } from "./Header";

/** Shown instead of everything else when there is no Firebase to talk to. */
export function NoProject({ reason }: { reason: unknown }) {
  const message = reason instanceof Error ? reason.message : String(reason);
  return (
    <>
      <Header />
      <main class="lone">
        <h1>
          {reason instanceof NoFirebase ? "This page has no Firebase" : "Firebase could not be started"}
        </h1>
        <p role="alert">{message}.</p>
        <p>
          The page asks its own address for <code>{CONFIG_PATH}</code>, which Firebase Hosting serves and the
          local Firebase too. Start one with <code>brushfire up</code>, or put the page online with{" "}
          <code>firebase deploy</code>.
        </p>
        <button type="button" onClick={() => location.reload()}>
          Try again
        </button>
      </main>
    </>
  );
}
