/** What is in the form: a task that isn't sent yet. */

import { signal } from "@preact/signals";
import type { Catalog, Task, TaskRequest } from "../firebase/queue";
import { fieldsOf, type OptionField } from "../options/fields";
import { inOrder, meaningful, offered } from "../options/renderers";
import { isOwn } from "../pictures/recipe";
import { type Mistakes, promptMistake, readParams, type Typed, typedFrom } from "../options/values";
import { EmailChoice } from "./email";
import { failureInWords, optionOf } from "../words";

// A first picture should come soon; whoever likes it asks for more.
const FIRST_TYPED: Typed = { quality: "draft" };

/** As many tasks as are wished, each from a seed of its own; the first is as it was asked for. */
export function several(request: TaskRequest, count: number): TaskRequest[] {
  const { seed, ...params } = request.params;
  return Array.from({ length: count }, (_, place) => {
    if (place === 0 || (typeof seed !== "number" && typeof seed !== "string")) return request;
    const next = typeof seed === "number" ? seed + place : `${seed} ${place + 1}`;
    return { ...request, params: { ...params, seed: next } };
  });
}

export class Draft {
  readonly prompt = signal("");
  /** The renderer as chosen; null for the first that is offered. */
  readonly renderer = signal<string | null>(null);
  readonly typed = signal<Typed>(FIRST_TYPED);
  readonly isPublic = signal(false);
  readonly email = new EmailChoice(() => this.forgive("email"));
  /** How many tasks to ask for at once, of a renderer that makes one picture each. */
  readonly count = signal(1);
  readonly mistakes = signal<Mistakes>({});
  /** Fields whose picture didn't arrive, and why: until another does, or the visitor goes on without. */
  readonly lost = signal<Mistakes>({});
  /** Whether the visitor should be taken to the prompt; the form does so and takes it back. */
  readonly wanted = signal(false);

  type(name: string, text: string): void {
    this.typed.value = { ...this.typed.value, [name]: text };
    this.forgive(name);
  }

  /** What was wrong of another renderer's options is no matter any more. */
  choose(renderer: string): void {
    this.renderer.value = renderer;
    const { prompt } = this.mistakes.value;
    this.mistakes.value = prompt === undefined ? {} : { prompt };
  }

  typePrompt(text: string): void {
    this.prompt.value = text;
    this.forgive("prompt");
  }

  /** Puts a task into the form, for asking again; without the pictures that another than `uid` uploaded. */
  fill(task: Pick<Task, "prompt" | "renderer" | "params" | "public">, uid: string | null): void {
    this.prompt.value = task.prompt;
    this.renderer.value = task.renderer;
    const own = Object.entries(task.params).filter(([, value]) => isOwn(value, uid));
    this.typed.value = typedFrom(Object.fromEntries(own));
    this.isPublic.value = task.public;
    this.mistakes.value = {};
    this.lost.value = {};
  }

  /** Puts a task that was turned down into the form, with the reason told at the field it names. */
  correct(task: Task): void {
    this.fill(task, task.uid);
    const { error } = task;
    if (!error?.field) return;
    // One of several pictures is told at the field of them all.
    const [option = ""] = optionOf(error.field).split(".");
    this.mistakes.value = { [option]: failureInWords(error) };
  }

  /**
   * The fields of the renderer that is chosen, or of the first there is if the chosen one is gone; without those that
   * mean nothing as the form stands.
   */
  fields(catalog: Catalog): OptionField[] {
    const renderer = this.rendererIn(catalog);
    const entry = catalog[renderer];
    return entry ? meaningful(inOrder(renderer, fieldsOf(entry.options)), this.typed.value) : [];
  }

  /** How many tasks that is: one, where the renderer itself makes several pictures. */
  tasks(catalog: Catalog): number {
    return this.fields(catalog).some(({ name }) => name === "images") ? 1 : this.count.value;
  }

  rendererIn(catalog: Catalog): string {
    const chosen = this.renderer.value;
    if (chosen !== null && catalog[chosen]) return chosen;
    return offered(catalog)[0] ?? chosen ?? "";
  }

  /** What to send; null when there are mistakes, which are then told at their fields. */
  read(catalog: Catalog): TaskRequest | null {
    const fields = this.fields(catalog);
    const { params, mistakes } = readParams(fields, this.typed.value);
    const lost = Object.entries(this.lost.value).filter(([name]) => fields.some((one) => one.name === name));
    const prompt = promptMistake(this.prompt.value);
    const email = this.email.mistake();
    this.mistakes.value = {
      ...(prompt !== null && { prompt }),
      ...mistakes,
      ...Object.fromEntries(lost),
      ...(email !== null && { email }),
    };
    if (Object.keys(this.mistakes.value).length > 0) return null;
    const address = this.email.address();
    return {
      prompt: this.prompt.value.trim(),
      renderer: this.rendererIn(catalog),
      params,
      public: this.isPublic.value,
      ...(address !== null && { email: address }),
    };
  }

  /** Tells what is wrong at a field. */
  complain(name: string, mistake: string): void {
    this.mistakes.value = { ...this.mistakes.value, [name]: mistake };
  }

  /** Tells that a picture of a field didn't arrive: to draw without it isn't what was asked for. */
  lose(name: string, mistake: string): void {
    this.lost.value = { ...this.lost.value, [name]: mistake };
    this.complain(name, mistake);
  }

  forgive(name: string): void {
    this.mistakes.value = without(name, this.mistakes.value);
    this.lost.value = without(name, this.lost.value);
  }
}

function without(name: string, mistakes: Mistakes): Mistakes {
  return Object.fromEntries(Object.entries(mistakes).filter(([field]) => field !== name));
}
