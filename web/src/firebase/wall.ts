/**
 * The gallery's pages, asked of Firestore's REST interface: they come without the SDK, which is most of what the page
 * weighs. https://firebase.google.com/docs/firestore/reference/rest/v1/projects.databases.documents/runQuery
 */

import type { ProjectConfig } from "../config";
import type { Result, Task } from "../contract";
import { firestoreAt } from "./origins";

/** So many pictures are read at once. */
export const PAGE_SIZE = 24;
/** Of so many pictures it is clear from the start that they are looked at. */
export const IN_SIGHT_AT_ONCE = 4;
const PATIENCE_MILLIS = 30_000;

export const ORDERS = ["newest", "liked"] as const;
export type Order = (typeof ORDERS)[number];

export interface View {
  order: Order;
  /** Only pictures of this renderer; null for all. */
  renderer: string | null;
}

/** What is seen first. */
export const FIRST_VIEW: View = { order: "newest", renderer: null };

/** A task as the gallery shows it. */
export type Picture = Pick<Task, "id" | "uid" | "prompt" | "renderer"> & {
  result: Pick<Result, "width" | "height"> & { thumbnail: { path: string } };
  likes: number;
  hidden: boolean;
};

/** Where the next page begins: what the last picture has of the fields by which they are ordered. */
export type Cursor = readonly Value[];

export interface Page {
  pictures: Picture[];
  /** null after the last page. */
  next: Cursor | null;
}

/** What rejects, rejects with a `NoPage`. */
export interface Wall {
  page(view: View, after: Cursor | null): Promise<Page>;
  /** Asks for the first page before anybody wants it; who wants it first is given what comes of this. */
  askAhead(): Promise<Page>;
}

/** Why a page can't be had; `code` is one of Firestore's, as its SDK writes them. */
export class NoPage extends Error {
  override name = "NoPage";
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** REST's values have their type as their only key. */
type Value = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, Value>>;
interface Document {
  name: string;
  fields: Fields;
}

export function openWall({ options, emulators }: ProjectConfig): Wall {
  const documents = `projects/${options.projectId}/databases/(default)/documents`;
  const address = `${firestoreAt(emulators.firestore)}/v1/${documents}:runQuery?key=${options.apiKey}`;
  let ahead: Promise<Page> | null = null;

  async function read(view: View, after: Cursor | null): Promise<Page> {
    const found = await ask(address, structuredQuery(view, after));
    const last = found.length < PAGE_SIZE ? undefined : found.at(-1);
    return {
      pictures: found.map(pictureFrom).filter((picture) => picture !== null),
      next: last ? cursorOf(last, view) : null,
    };
  }

  return {
    page(view, after) {
      const asked = view === FIRST_VIEW && after === null ? ahead : null;
      ahead = null;
      return asked ?? read(view, after);
    },
    askAhead: () => (ahead = read(FIRST_VIEW, null)),
  };
}

async function ask(address: string, query: object): Promise<Document[]> {
  let answer: Response;
  let told: unknown;
  try {
    // As plain text it needs no leave asked first, which would take as long as the answer itself.
    const body = JSON.stringify({ structuredQuery: query });
    answer = await fetch(address, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE_MILLIS) });
    told = await answer.json();
  } catch (error) {
    throw new NoPage("unavailable", `the gallery can't be read: ${String(error)}`);
  }
  if (!answer.ok) throw refusal(told, answer.status);
  return (told as { document?: Document }[]).flatMap(({ document }) => document ?? []);
}

function refusal(told: unknown, status: number): NoPage {
  const { error } = ([told].flat()[0] ?? {}) as { error?: { status?: string; message?: string } };
  const code = error?.status?.toLowerCase().replaceAll("_", "-") ?? "unavailable";
  return new NoPage(code, error?.message ?? `the gallery can't be read: Firestore answers ${status}`);
}

// Only what is shown is sent.
const SHOWN = [
  "uid",
  "prompt",
  "renderer",
  "result.thumbnail.path",
  "result.width",
  "result.height",
  "likes",
  "hidden",
  "finished_at",
];

function structuredQuery({ order, renderer }: View, after: Cursor | null): object {
  // Exactly what the rules let everybody list.
  const wanted: Fields = {
    public: { booleanValue: true },
    status: { stringValue: "done" },
    hidden: { booleanValue: false },
    ...(renderer === null ? {} : { renderer: { stringValue: renderer } }),
  };
  const filters = Object.entries(wanted).map(([fieldPath, value]) => ({
    fieldFilter: { field: { fieldPath }, op: "EQUAL", value },
  }));
  return {
    select: { fields: SHOWN.map((fieldPath) => ({ fieldPath })) },
    from: [{ collectionId: "queue" }],
    where: { compositeFilter: { op: "AND", filters } },
    orderBy: [...orderedBy(order), "__name__"].map((fieldPath) => ({
      field: { fieldPath },
      direction: "DESCENDING",
    })),
    ...(after ? { startAt: { values: after, before: false } } : {}),
    limit: PAGE_SIZE,
  };
}

function orderedBy(order: Order): string[] {
  return order === "liked" ? ["likes", "finished_at"] : ["finished_at"];
}

function cursorOf({ name, fields }: Document, { order }: View): Cursor {
  const values = orderedBy(order).map((field) => fields[field] ?? { nullValue: null });
  return [...values, { referenceValue: name }];
}

/** What a task has from its beginning. */
type Asked = Pick<Picture, "uid" | "prompt" | "renderer">;

/** null for a document that has nothing to show. */
function pictureFrom({ name, fields }: Document): Picture | null {
  const task = plain({ mapValue: { fields } }) as Asked & Partial<Picture>;
  const { uid, prompt, renderer, result, likes = 0, hidden = false } = task;
  if (!result) return null;
  return { id: name.slice(name.lastIndexOf("/") + 1), uid, prompt, renderer, result, likes, hidden };
}

/** A value as JSON has it; a time stays text. */
function plain(value: Value): unknown {
  const [kind, held] = Object.entries(value)[0] ?? [];
  if (kind === "mapValue") {
    const { fields = {} } = held as { fields?: Fields };
    return Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, plain(inner)]));
  }
  return kind === "integerValue" || kind === "doubleValue" ? Number(held) : held;
}
