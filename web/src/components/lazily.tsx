import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words } from "../words/shell";

/** A component that is loaded when it is first shown. What can't be loaded says so, with a way to try again. */
export function lazily<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Lazily(props: Props) {
    const [Shown, setShown] = useState(() => loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          setShown(() => component);
        },
        () => setFailed(true),
      );
    }, []);
    if (Shown) return <Shown {...props} />;
    return failed ? <NotLoaded /> : <p class="loading">{words().loading}</p>;
  };
}

function NotLoaded() {
  return (
    <div class="lone" role="alert">
      <p>{words().notLoaded}</p>
      <button type="button" onClick={() => location.reload()}>
        {words().loadAgain}
      </button>
    </div>
  );
}
