import type { ComponentChildren } from "preact";
import { route } from "../state/route";
import { type Theme, THEMES } from "../state/ground";
import { chooseTheme, theme } from "../state/theme";
import { type Language, LANGUAGES, language, speak } from "../words/language";
import { words } from "../words/shell";
import { Link } from "./Link";
import { Mark } from "./Mark";

interface Props {
  /** Links to screens that not everyone has. */
  children?: ComponentChildren;
}

export function Header({ children }: Props) {
  return (
    <header class="header">
      <Link to="/" class="brand">
        <Mark />
        <span>Brushfire</span>
      </Link>
      <nav class="screens" aria-label={words().screens}>
        <ScreenLink to="/" screen="home" name={words().create} />
        <ScreenLink to="/gallery" screen="gallery" name={words().gallery} />
        <ScreenLink to="/account" screen="account" name={words().account} />
        {children}
      </nav>
      <div class="settings">
        <LanguageChoice />
        <ThemeChoice />
      </div>
    </header>
  );
}

interface ScreenLinkProps {
  to: string;
  screen: string;
  name: string;
}

export function ScreenLink({ to, screen, name }: ScreenLinkProps) {
  return (
    <Link to={to} current={route.value.screen === screen}>
      {name}
    </Link>
  );
}

function LanguageChoice() {
  return (
    <select
      aria-label={words().language}
      title={words().language}
      value={language.value}
      onChange={(event) => speak(event.currentTarget.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}

function ThemeChoice() {
  return (
    <select
      aria-label={words().theme}
      title={words().theme}
      value={theme.value}
      onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
    >
      {THEMES.map((name) => (
        <option key={name} value={name}>
          {words().themes[name]}
        </option>
      ))}
    </select>
  );
}
