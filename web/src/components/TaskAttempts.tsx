import type { Task } from "../firebase/queue";
import { words } from "../words/watching";

/** What was tried before and came to nothing, for whoever wants to know. */
export function TaskAttempts({ task: { attempts = [] } }: { task: Task }) {
  if (attempts.length === 0) return null;
  return (
    <details class="attempts">
      <summary>{words().attempts(attempts.length)}</summary>
      <ol>
        {attempts.map(({ worker, epoch, ended_at, message }) => (
          <li key={epoch}>
            <span>{message}</span>
            <span class="help">
              {worker} · {ended_at.toDate().toLocaleTimeString()}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
