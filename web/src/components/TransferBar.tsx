import type { Transfer } from "../state/uploads";
import { words } from "../words/pictures";

/** How much of a picture has been uploaded. */
export function TransferBar({ label, transfer: { part } }: { label: string; transfer: Transfer }) {
  const percent = Math.round((part ?? 0) * 100);
  const text = part === null ? words().preparing : words().uploading(percent);
  return (
    <div class="transfer">
      <div
        class="bar"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={text}
      >
        <div class="bar-fill" style={{ transform: `scaleX(${part ?? 0})` }} />
      </div>
      <p class="help">{text}</p>
    </div>
  );
}
