import { useStore } from "../state/store";
import { words } from "../words/pictures";
import { words as shellWords } from "../words/shell";

/** What came of the picture that was dropped or pasted last. */
export function IncomingHint() {
  const { incoming } = useStore();
  const hint = incoming.hint.value;
  const instead = hint?.instead;
  return (
    <div role="status">
      {hint && (
        <div class="incoming">
          {hint.sentences.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
          <div class="incoming-acts">
            {instead && (
              <button type="button" class="chip" onClick={() => incoming.beginInstead(instead)}>
                {words().beginInstead}
              </button>
            )}
            <button type="button" class="chip" onClick={() => incoming.dismiss()}>
              {shellWords().dismiss}
            </button>
          </div>
        </div>
      )}
    </div>
  );
}
