import { render } from "preact";
import type { Beginning } from "./beginning";
import { App } from "./components/App";
import { NoProject } from "./components/NoProject";
import { openFirebase } from "./firebase/app";
import { followAddress } from "./state/route";
import { Store, StoreProvider } from "./state/store";
import { showLanguage } from "./words/language";

/** Puts the page into the place of its opening. */
export async function start(beginning: Promise<Beginning>): Promise<void> {
  const page = document.getElementById("page");
  if (!page) return;
  showLanguage();
  try {
    const { config, wall } = await beginning;
    followAddress();
    const store = new Store(openFirebase(config, wall));
    store.start();
    page.replaceChildren(); // the opening
    render(
      <StoreProvider value={store}>
        <App />
      </StoreProvider>,
      page,
    );
  } catch (error) {
    page.replaceChildren();
    render(<NoProject reason={error} />, page);
  }
}
