import { useState } from "preact/hooks";
import type { Failure, Progress, Result } from "../contract";
import type { Task } from "../firebase/queue";
import { useCurve, useNow, usePlace } from "../state/hooks";
import { duration, failureForVisitors, isFinished, statusInWords } from "../words";
import { words as taskWords } from "../words/task";
import { words } from "../words/watching";
import { ProgressBar } from "./ProgressBar";
import { ScoreCurve } from "./ScoreCurve";

interface Props {
  task: Task;
  progress: Progress | null;
}

/** How a task stands: its status in a word, its progress, and what went wrong. */
export function TaskState({ task, progress }: Props) {
  const place = usePlace(task);
  const pause = usePause(task);
  const curve = useCurve(task, progress);
  // What was seen to be under way keeps its room when it is done: nothing below it jumps.
  const [underWay] = useState(() => !isFinished(task.status));
  const cancelling = task.cancel_requested && !isFinished(task.status);
  return (
    <div class="state">
      <p class="state-line">
        <span class="badge" data-status={task.status} data-testid="status">
          {cancelling ? taskWords().cancelling : statusInWords(task.status)}
        </span>
        <span class="state-detail">{place || pause || detail(task, progress)}</span>
      </p>
      {underWay && (task.status === "done" || !isFinished(task.status)) && (
        <div class="state-progress">
          {task.status === "running" && <ProgressBar prompt={task.prompt} progress={progress} />}
          <ScoreCurve points={curve} />
        </div>
      )}
      {task.error && task.status !== "done" && <WhatWentWrong error={task.error} />}
    </div>
  );
}

function WhatWentWrong({ error }: { error: Failure }) {
  const advice = (words().advice as Readonly<Record<string, string>>)[error.code];
  return (
    <div class="wrong">
      <p class="mistake">{failureForVisitors(error)}</p>
      {advice && <p class="help">{advice}</p>}
    </div>
  );
}

/** When a task that waits to be tried again will be; empty for any other. */
function usePause({ status, not_before, attempt = 0, max_attempts = 3 }: Task): string {
  const waits = status === "scheduled";
  const now = useNow(waits);
  if (!waits) return "";
  const left = ((not_before?.toMillis() ?? now) - now) / 1000;
  const when = left > 1 ? words().againIn(duration(left)) : words().againSoon;
  return `${when} · ${words().attempt(attempt + 1, max_attempts)}`;
}

function detail(task: Task, progress: Progress | null): string {
  switch (task.status) {
    case "running":
      return progress ? stepsInWords(progress) : taskWords().gettingReady;
    case "done":
      return task.result ? resultInWords(task.result) : "";
    default:
      return "";
  }
}

function resultInWords({ images, seconds }: Result): string {
  return taskWords().drawnIn(images.length, duration(seconds));
}

function stepsInWords({ step, steps, eta }: Progress): string {
  const left = typeof eta === "number" ? ` · ${taskWords().left(duration(eta))}` : "";
  return taskWords().step(step, steps) + left;
}
