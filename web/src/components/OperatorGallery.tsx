import { useEffect, useMemo, useState } from "preact/hooks";
import { openGallery } from "../firebase/gallery";
import type { Report } from "../firebase/operator";
import type { Task } from "../firebase/queue";
import { useAct, useOperations, useWatched } from "../state/operations";
import { useStore } from "../state/store";
import { words } from "../words/operator";
import { OperatorTask } from "./OperatorTask";

/** What visitors reported, and what was taken out of the gallery. */
export function OperatorGallery() {
  const operations = useOperations();
  const { firebase } = useStore();
  const gallery = useMemo(() => openGallery(firebase.app), [firebase]);
  const reports = useWatched<Report[]>((onReports, onError) => operations.watchReports(onReports, onError));
  const [hidden, setHidden] = useState<Task[] | null>(null);
  const { act } = useAct();
  const look = () => act(async () => setHidden(await operations.hidden()));
  useEffect(look, [operations]);

  const hide = async (task: string, out: boolean) => {
    await gallery.hide(task, out);
    look();
  };
  return (
    <>
      <section class="panel" aria-labelledby="operator-reports" data-testid="reports">
        <h2 id="operator-reports">{words().reports}</h2>
        {reports?.length === 0 && <p>{words().noReports}</p>}
        <ul class="rows">
          {reports?.map((report) => (
            <Reported key={report.id} report={report} hide={hide} />
          ))}
        </ul>
      </section>
      <section class="panel" aria-labelledby="operator-hidden" data-testid="hidden">
        <h2 id="operator-hidden">{words().hiddenTitle}</h2>
        {hidden?.length === 0 && <p>{words().noneHidden}</p>}
        <ul class="rows">
          {hidden?.map((task) => (
            <OperatorTask
              key={task.id}
              task={task}
              actions={
                <button type="button" onClick={() => act(() => hide(task.id, false))}>
                  {words().showAgain}
                </button>
              }
            />
          ))}
        </ul>
      </section>
    </>
  );
}

interface Props {
  report: Report;
  hide: (task: string, hidden: boolean) => Promise<void>;
}

function Reported({ report, hide }: Props) {
  const operations = useOperations();
  const { busy, act } = useAct();
  const [task, setTask] = useState<Task | null | undefined>(undefined);
  useEffect(() => act(async () => setTask(await operations.task(report.task))), [operations, report.task]);
  const hideIt = () =>
    act(async () => {
      await hide(report.task, true);
      setTask(await operations.task(report.task));
    });
  const dismiss = (
    <button
      type="button"
      class="quiet"
      disabled={busy}
      onClick={() => act(() => operations.dismiss(report.id))}
    >
      {words().dismiss}
    </button>
  );
  if (task === undefined) return null;
  if (task === null) {
    return (
      <li>
        <div class="row-words">
          <p>“{report.reason}”</p>
          <p class="help">{words().goneAlready}</p>
        </div>
        <div class="buttons">{dismiss}</div>
      </li>
    );
  }
  return (
    <OperatorTask
      task={task}
      actions={
        <>
          <button type="button" disabled={busy || task.hidden === true} onClick={hideIt}>
            {task.hidden ? words().isHidden : words().hide}
          </button>
          {dismiss}
        </>
      }
    >
      <p>“{report.reason}”</p>
    </OperatorTask>
  );
}
