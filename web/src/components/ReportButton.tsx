import type { FirebaseError } from "firebase/app";
import { useEffect, useRef, useState } from "preact/hooks";
import { LONGEST_REASON } from "../firebase/gallery";
import { usePublic } from "../state/public";
import { useStore } from "../state/store";
import { explained } from "../words";
import { words } from "../words/gallery";

/** Tells the operators that a picture should not be shown. */
export function ReportButton({ id, sign = false }: { id: string; sign?: boolean }) {
  const [open, setOpen] = useState(false);
  const name = words().report;
  return (
    <>
      <button
        type="button"
        class={sign ? "report-sign" : "quiet"}
        aria-label={sign ? name : undefined}
        title={sign ? name : undefined}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        {sign ? <Flag /> : name}
      </button>
      {open && <ReportDialog id={id} close={() => setOpen(false)} />}
    </>
  );
}

type Outcome = { thanks: true } | { problem: string } | null;

function ReportDialog({ id, close }: { id: string; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const [sending, setSending] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>(null);
  const send = useReport(id);
  useEffect(() => dialog.current?.showModal(), []);

  async function submit(event: Event) {
    event.preventDefault();
    setSending(true);
    setOutcome(await send(reason.trim()));
    setSending(false);
  }

  const sent = outcome !== null && "thanks" in outcome;
  return (
    <dialog class="report" ref={dialog} onClose={close} aria-labelledby="report-title">
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="report-title">{words().reportTitle}</h2>
        {!sent && (
          <>
            <p class="help">{words().reportHelp}</p>
            <textarea
              aria-label={words().reason}
              value={reason}
              maxLength={LONGEST_REASON}
              required
              rows={4}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </>
        )}
        <div role="status">{sent && <p>{words().thanks}</p>}</div>
        <div role="alert">{outcome && "problem" in outcome && <p class="mistake">{outcome.problem}</p>}</div>
        <div class="report-actions">
          <button type="button" class={sent ? "" : "quiet"} onClick={() => dialog.current?.close()}>
            {sent ? words().close : words().cancel}
          </button>
          {!sent && (
            <button type="submit" disabled={sending || reason.trim() === ""}>
              {words().send}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}

function useReport(id: string): (reason: string) => Promise<Outcome> {
  const { accounts } = useStore().firebase;
  const { server } = usePublic();
  return async (reason) => {
    try {
      await server.report(await accounts.signIn(), id, reason);
      return { thanks: true };
    } catch (error) {
      const denied = (error as FirebaseError).code === "permission-denied";
      return { problem: denied ? words().reportedBefore : explained(error) };
    }
  };
}

function Flag() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M6 21V4m0 .5c4-2.5 8 2.5 12 0v9c-4 2.5-8-2.5-12 0" />
    </svg>
  );
}
