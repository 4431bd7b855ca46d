import { useState } from "preact/hooks";
import said from "../options/modifiers.json";
import { hasWords, type Modifier, toggled } from "../options/words";
import { useStore } from "../state/store";
import { words } from "../words/create";

type Group = keyof ReturnType<typeof words>["groups"];

interface Entry extends Modifier {
  picture: string | undefined;
}

interface Shelf {
  group: Group;
  /** Whether its words exclude each other, as two backgrounds do. */
  exclusive: boolean;
  entries: Entry[];
}

const KNOWN: Shelf[] = said.known.map(({ group, place, words: all }) => ({
  group: group as Group,
  exclusive: true,
  entries: all.map((one) => ({
    words: one,
    place: place as Modifier["place"],
    picture: `${group}/${one.replaceAll(" ", "-")}.webp`,
  })),
}));

const LARGER: Shelf[] = said.larger.map(({ group, words: all, pictures = {} }) => ({
  group: group as Group,
  exclusive: false,
  entries: all.map((one) => ({
    words: one,
    place: "after",
    picture: (pictures as Record<string, string>)[one],
  })),
}));

/** Words to put into the prompt, each with a picture of what it does, where the bundled weights know it. */
export function StyleWords() {
  const [sought, setSought] = useState("");
  const known = matching(KNOWN, sought);
  const larger = matching(LARGER, sought);
  return (
    <div class="style-words" id="style-words">
      <input
        type="search"
        aria-label={words().styleSearch}
        placeholder={words().styleSearchHere}
        value={sought}
        onInput={(event) => setSought(event.currentTarget.value)}
        onKeyDown={(event) => {
          // It searches as it is typed; the form isn't to be sent.
          if (event.key === "Enter") event.preventDefault();
        }}
      />
      <div class="style-shelves" tabIndex={-1}>
        {known.length > 0 && <p class="help">{words().styleKnown}</p>}
        <Shelves shelves={known} />
        {larger.length > 0 && <p class="help style-larger">{words().styleLarger}</p>}
        <Shelves shelves={larger} />
        {known.length + larger.length === 0 && <p class="help">{words().styleNone(sought.trim())}</p>}
      </div>
    </div>
  );
}

function Shelves({ shelves }: { shelves: readonly Shelf[] }) {
  return (
    <>
      {shelves.map((shelf) => (
        <section key={shelf.group} aria-labelledby={`style-${shelf.group}`}>
          <h3 id={`style-${shelf.group}`}>{words().groups[shelf.group]}</h3>
          <ul class="style-shelf">
            {shelf.entries.map((entry) => (
              <li key={entry.words}>
                <Word entry={entry} others={shelf.exclusive ? shelf.entries : []} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function Word({ entry, others }: { entry: Entry; others: readonly Modifier[] }) {
  const { draft } = useStore();
  const prompt = draft.prompt.value;
  return (
    <button
      type="button"
      class={entry.picture ? "style-word style-word-pictured" : "style-word"}
      aria-pressed={hasWords(prompt, entry)}
      onClick={() => draft.typePrompt(toggled(prompt, entry, others))}
    >
      {entry.picture && (
        <img
          src={`/samples/${entry.picture}`}
          alt=""
          width={72}
          height={72}
          loading="lazy"
          decoding="async"
        />
      )}
      <span>{entry.words}</span>
    </button>
  );
}

/** The shelves with those words that have the text in them; all of a shelf whose name has it. */
function matching(shelves: readonly Shelf[], text: string): Shelf[] {
  const sought = text.trim().toLowerCase();
  if (sought === "") return [...shelves];
  return shelves
    .map((shelf) =>
      words().groups[shelf.group].toLowerCase().includes(sought)
        ? shelf
        : { ...shelf, entries: shelf.entries.filter((entry) => entry.words.includes(sought)) },
    )
    .filter(({ entries }) => entries.length > 0);
}
