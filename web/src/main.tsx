import { render } from "preact";
import { App } from "./components/App";
import { NoProject } from "./components/NoProject";
import { loadConfig } from "./config";
import { openFirebase } from "./firebase/app";
import { followAddress, route } from "./state/route";
import { Store, StoreProvider } from "./state/store";
import { showTheme } from "./state/theme";
import { showLanguage } from "./words/language";
import "./styles.css";

async function start(page: HTMLElement): Promise<void> {
  try {
    const asked = loadConfig();
    followAddress();
    // A screen that is a chunk of its own comes meanwhile.
    if (route.value.screen === "gallery") import("./components/GalleryScreen").catch(() => {});
    const store = new Store(openFirebase(await asked));
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

showTheme();
showLanguage();
const page = document.getElementById("page");
if (page) void start(page);
