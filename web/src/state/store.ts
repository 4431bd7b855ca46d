/** The page's state: what Firebase says, what is in the form, and the few things a visitor can do. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { KNOWN_RENDERERS, type Line, type Status } from "../contract";
import type { Firebase } from "../firebase/app";
import type { Catalog, Task, TaskRequest } from "../firebase/queue";
import { isOwn } from "../pictures/recipe";
import { announcement, explained } from "../words";
import { followSight, whileAwake } from "./awake";
import { ConnectionState } from "./connection";
import type { Curve } from "./curve";
import { Draft, several } from "./draft";
import { History } from "./history";
import { Incoming } from "./incoming";
import { Models } from "./models";
import { Repeats } from "./repeats";
import { Uploads } from "./uploads";
import { watchedSignal } from "./watched";

export class Store {
  readonly draft = new Draft();
  /** The visitor's own pictures in the form. */
  readonly uploads: Uploads;
  /** Pictures that come from outside: dropped or pasted. */
  readonly incoming: Incoming;
  readonly models: Models;
  readonly connection: ConnectionState;
  readonly history: History;
  readonly repeats: Repeats;
  /** Scores that were seen, by task. */
  readonly curves = new Map<string, Curve>();

  private readonly _uid = signal<string | null>(null);
  private readonly _catalog = signal<Catalog>(KNOWN_RENDERERS);
  private readonly _problem = signal<string | null>(null);
  private readonly _sending = signal(false);
  private readonly _news = signal("");

  /** My account; null before there is one. */
  readonly uid: ReadonlySignal<string | null> = this._uid;
  /** My tasks, newest first; null until they are known. */
  readonly tasks: ReadonlySignal<Task[] | null>;
  readonly catalog: ReadonlySignal<Catalog> = this._catalog;
  /** What went wrong last, in words. */
  readonly problem: ReadonlySignal<string | null> = this._problem;
  readonly sending: ReadonlySignal<boolean> = this._sending;
  /** The last change of a task, for screen readers. */
  readonly news: ReadonlySignal<string> = this._news;

  /** How long the line is; known only while something on the screen reads it. */
  readonly line: ReadonlySignal<Line | null>;

  constructor(readonly firebase: Firebase) {
    this.uploads = new Uploads(firebase.files, firebase.accounts, this.draft);
    this.incoming = new Incoming(this);
    this.models = new Models(firebase.queue, firebase.accounts);
    this.connection = new ConnectionState(() => void firebase.queue.reconnect());
    this.history = new History(firebase.queue);
    this.tasks = this.history.tasks;
    this.repeats = new Repeats(firebase, (error) => this.tell(error));
    this.line = watchedSignal((onLine) => whileAwake(() => firebase.queue.watchLine(onLine)));
  }

  /** Subscribes for as long as the page lives. */
  start(): void {
    const { accounts, queue } = this.firebase;
    followSight(document);
    this.connection.followBrowser();
    const tell = (error: unknown) => this.tell(error);
    whileAwake(() =>
      queue.watchCatalog((catalog, live) => {
        this._catalog.value = Object.keys(catalog).length > 0 ? catalog : KNOWN_RENDERERS;
        this.connection.report(live);
      }, tell),
    );
    let stopTasks = () => {};
    accounts.watch((uid) => {
      stopTasks();
      this._uid.value = uid;
      this.history.clear();
      if (uid === null) this.show([]);
      else stopTasks = whileAwake(() => queue.watchTasksOf(uid, (tasks) => this.show(tasks), tell));
    });
  }

  /** Signs in ahead of the first task, so that Draw needn't wait for it; a failure is told when it matters. */
  expectTask(): void {
    if (this._uid.value === null) this.firebase.accounts.signIn().catch(() => {});
  }

  /** Sends what is in the form. Resolves to the task's id, or null if it couldn't be sent. */
  async submit(): Promise<string | null> {
    if (this._sending.value) return null;
    this._sending.value = true;
    this._problem.value = null;
    try {
      // A picture that couldn't be uploaded is told at its field; to go on without it isn't what was asked.
      if (!(await this.uploads.settled())) return null;
      const request = this.draft.read(this._catalog.value);
      if (!request) return null;
      const uid = await this.firebase.accounts.signIn();
      if (!this.uploads.belongTo(uid, request.params)) return null;
      return await this.sendAll(uid, several(request, this.draft.tasks(this._catalog.value)));
    } catch (error) {
      this.tell(error);
      return null;
    } finally {
      this._sending.value = false;
    }
  }

  /** Sends one after the other, each to stand behind the one before. Resolves to the first one's id. */
  private async sendAll(uid: string, requests: readonly TaskRequest[]): Promise<string | null> {
    let first: string | null = null;
    for (const request of requests) {
      const id = await this.firebase.queue.submit(uid, request);
      this.uploads.sent(request.params);
      first ??= id;
    }
    return first;
  }

  /** Puts what a task asked for into the form, to be changed and sent as another. */
  reuse(task: Task): void {
    const foreign = Object.entries(task.params).filter(([, value]) => !isOwn(value, this._uid.value));
    this.incoming.leftOut(foreign.map(([name]) => name));
    this.draft.fill(task, this._uid.value);
    this.draft.wanted.value = true;
  }

  /** Asks again for what a task asked for; what was turned down goes back into the form to be corrected. */
  async retry(task: Task): Promise<string | null> {
    if (task.status === "rejected") {
      this.draft.correct(task);
      return null;
    }
    return this.repeats.again(task);
  }

  /** Asks for the visitor's next older tasks. */
  async loadMore(): Promise<void> {
    const uid = this._uid.value;
    if (uid !== null) await this.history.loadMore(uid).catch((error: unknown) => this.tell(error));
  }

  async cancel(task: Task): Promise<void> {
    await this.firebase.queue.requestCancel(task.id).catch((error: unknown) => this.tell(error));
  }

  async share(task: Task, isPublic: boolean): Promise<void> {
    await this.firebase.queue.setPublic(task.id, isPublic).catch((error: unknown) => this.tell(error));
  }

  dismissProblem(): void {
    this._problem.value = null;
  }

  /** Tells whoever listens to the page rather than sees it. */
  say(news: string): void {
    this._news.value = news;
  }

  /** Says what went wrong. */
  tell(error: unknown): void {
    this._problem.value = explained(error);
  }

  private show(tasks: Task[]): void {
    const before = new Map<string, Status | undefined>(
      (this.tasks.value ?? []).map((task) => [task.id, task.status]),
    );
    const news = tasks.map((task) => announcement(before.get(task.id), task)).filter((text) => text !== null);
    if (news.length > 0) this.say(news.join(" "));
    this.history.show(tasks);
  }
}

const StoreContext = createContext<Store | null>(null);
export const StoreProvider = StoreContext.Provider;

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error("useStore outside of StoreProvider");
  return store;
}
