/** Pictures that are dropped on the page or pasted: one that carries a recipe fills the form, any other begins one. */

import { signal } from "@preact/signals";
import type { Catalog } from "../firebase/queue";
import { labelOf, type UploadField } from "../options/fields";
import { follow, type Followed, type Recipe, recipeIn } from "../pictures/recipe";
import { words } from "../words/pictures";
import type { Draft } from "./draft";
import type { Uploads } from "./uploads";

/** The option that a picture without a recipe is for. */
const BEGINNING = "init_image";
/** A picture of Brushfire's own is smaller. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What came of a picture, and what else can be made of it. */
export interface Hint {
  sentences: string[];
  /** It could be begun from instead. */
  instead: File | null;
}

interface Site {
  draft: Draft;
  uploads: Uploads;
  catalog: { readonly value: Catalog };
  uid: { readonly value: string | null };
}

export class Incoming {
  private readonly _hint = signal<Hint | null>(null);
  readonly hint: { readonly value: Hint | null } = this._hint;

  constructor(private readonly site: Site) {}

  /** Takes a picture that isn't meant for one field. Resolves once it is known what it is. */
  async take(file: File): Promise<void> {
    this._hint.value = null;
    const bytes = file.size <= MOST_BYTES ? await file.arrayBuffer().catch(() => null) : null;
    const recipe = bytes && (await recipeIn(new Uint8Array(bytes)));
    if (recipe) this.fill(file, recipe);
    else this.begin(file);
  }

  /** Begins from the picture that was just taken for its recipe. */
  beginInstead(file: File): void {
    const field = this.beginning();
    this._hint.value = null;
    if (field) void this.site.uploads.attach(field, file);
  }

  /** Tells what of a task that was put into the form couldn't be taken along. */
  leftOut(foreign: readonly string[]): void {
    const names = foreign.map((option) => labelOf(option)).join(", ");
    this._hint.value = foreign.length === 0 ? null : { sentences: [words().foreign(names)], instead: null };
  }

  dismiss(): void {
    this._hint.value = null;
  }

  private fill(file: File, recipe: Recipe): void {
    const { draft, catalog, uid } = this.site;
    const followed = follow(recipe, catalog.value, uid.value);
    const { prompt, renderer, params } = followed;
    if (renderer === null) draft.typePrompt(prompt);
    else draft.fill({ prompt, renderer, params, public: draft.isPublic.value }, uid.value);
    // What this site's renderer doesn't take is told now, at its field.
    draft.read(catalog.value);
    draft.wanted.value = true;
    this._hint.value = {
      sentences: sentencesOn(named(file), recipe, followed),
      instead: this.beginning() ? file : null,
    };
  }

  private begin(file: File): void {
    const field = this.beginning();
    const { began, noRecipe } = words();
    this._hint.value = { sentences: [(field ? began : noRecipe)(named(file))], instead: null };
    if (field) void this.site.uploads.attach(field, file);
  }

  private beginning(): UploadField | null {
    const { draft, catalog } = this.site;
    const field = draft.fields(catalog.value).find(({ name }) => name === BEGINNING);
    return field?.kind === "upload" ? field : null;
  }
}

function sentencesOn(name: string, recipe: Recipe, { renderer, unknown, foreign }: Followed): string[] {
  const say = words();
  if (renderer === null) return [say.unknownRenderer(name, recipe.renderer)];
  const inWords = (options: string[]) => options.map((option) => labelOf(option)).join(", ");
  return [
    say.filled(name),
    ...(unknown.length > 0 ? [say.leftOut(inWords(unknown))] : []),
    ...(foreign.length > 0 ? [say.foreign(inWords(foreign))] : []),
  ];
}

function named({ name }: File): string {
  return name === "" ? words().thePicture : `“${name.length > 40 ? `${name.slice(0, 39)}…` : name}”`;
}
