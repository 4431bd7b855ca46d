import type { Progress } from "../contract";
import { shortened } from "../words";
import { words } from "../words/task";

interface Props {
  prompt: string;
  progress: Progress | null;
}

/** How far a picture is; without a step to tell, a bar that only says that something is going on. */
export function ProgressBar({ prompt, progress }: Props) {
  const label = words().progressOf(shortened(prompt));
  if (!progress || progress.steps <= 0) {
    return <div class="bar bar-unknown" role="progressbar" aria-label={label} />;
  }
  const part = Math.min(1, Math.max(0, progress.step / progress.steps));
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={progress.steps}
      aria-valuenow={progress.step}
      aria-valuetext={words().step(progress.step, progress.steps)}
    >
      <div class="bar-fill" style={{ transform: `scaleX(${part})` }} />
    </div>
  );
}
