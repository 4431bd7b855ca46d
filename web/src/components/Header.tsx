import { Link } from "./Link";
import { Mark } from "./Mark";

export function Header() {
  return (
    <header class="header">
      <Link to="/" class="brand">
        <Mark />
        <span>Brushfire</span>
      </Link>
      <p class="tagline">Say it, and watch it being painted.</p>
    </header>
  );
}
