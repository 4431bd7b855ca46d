import { beforeEach, expect, test, vi } from "vitest";
import type { Gallery } from "../src/firebase/gallery";
import type { Cursor, Page, Picture, Wall } from "../src/firebase/wall";
import { GalleryState } from "../src/state/gallery";

const picture = (id: string) => ({ id, hidden: false }) as Picture;
const cursor = (id: string): Cursor => [{ stringValue: id }];
const page = (ids: string[], next: string | null): Page => ({
  pictures: ids.map(picture),
  next: next === null ? null : cursor(next),
});
const server = { page: vi.fn<Wall["page"]>(), hide: vi.fn<Gallery["hide"]>() };
const tell = vi.fn();
const come = vi.fn();
let gallery: GalleryState;
const ids = () => gallery.pictures.value.map(({ id }) => id);

beforeEach(() => {
  vi.resetAllMocks();
  gallery = new GalleryState(server, tell, come);
});

test("pages come one after the other, to the end", async () => {
  server.page.mockResolvedValueOnce(page(["a", "b"], "b")).mockResolvedValueOnce(page(["c"], null));
  await gallery.more();
  expect(gallery.reach.value).toBe("more");
  await gallery.more();
  expect([ids(), gallery.reach.value]).toEqual([["a", "b", "c"], "end"]);
  expect(server.page.mock.calls.map(([, after]) => after)).toEqual([null, cursor("b")]);
  await gallery.more();
  expect(server.page).toHaveBeenCalledTimes(2);
  expect(come.mock.calls).toEqual([[["a", "b"]], [["c"]]]);
});

test("a page is asked for once, however often it is wanted", async () => {
  server.page.mockResolvedValue(page([], null));
  await Promise.all([gallery.more(), gallery.more()]);
  expect(server.page).toHaveBeenCalledTimes(1);
});

test("what a new like moved to a later page is not shown twice", async () => {
  server.page.mockResolvedValueOnce(page(["a", "b"], "b")).mockResolvedValueOnce(page(["b", "c"], null));
  await gallery.more();
  await gallery.more();
  expect(ids()).toEqual(["a", "b", "c"]);
});

test("another view begins anew, and the answer for the one before is dropped", async () => {
  let late: (page: Page) => void = () => {};
  server.page.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
  server.page.mockResolvedValueOnce(page(["x"], null));
  const before = gallery.more();
  gallery.place.scroll = 900;
  gallery.choose({ order: "liked", renderer: "clipdraw" });
  late(page(["a"], "a"));
  await before;
  await vi.waitFor(() => expect(ids()).toEqual(["x"]));
  expect([gallery.reach.value, gallery.place.scroll]).toEqual(["end", 0]);
  expect(server.page).toHaveBeenLastCalledWith({ order: "liked", renderer: "clipdraw" }, null);
});

test("what can't be loaded is told and can be tried again where it stopped", async () => {
  server.page.mockResolvedValueOnce(page(["a"], "a"));
  await gallery.more();
  server.page.mockRejectedValueOnce(new Error("away"));
  await gallery.more();
  expect([gallery.reach.value, ids()]).toEqual(["problem", ["a"]]);
  expect(tell).toHaveBeenCalledOnce();
  server.page.mockResolvedValueOnce(page(["b"], null));
  await gallery.more();
  expect(ids()).toEqual(["a", "b"]);
});

test("whoever comes back to the top after a while sees what is new; further down, their place", async () => {
  server.page.mockResolvedValue(page(["a"], null));
  await gallery.more();
  gallery.comeBack(Date.now() + 50_000);
  gallery.place.scroll = 500;
  gallery.comeBack(Date.now() + 500_000);
  expect(server.page).toHaveBeenCalledTimes(1);
  gallery.place.scroll = 0;
  gallery.comeBack(Date.now() + 500_000);
  expect(server.page).toHaveBeenCalledTimes(2);
});

test("a picture that can't be hidden is shown as before", async () => {
  server.page.mockResolvedValue(page(["a"], null));
  await gallery.more();
  server.hide.mockRejectedValueOnce(new Error("no"));
  const hiding = gallery.hide("a", true);
  expect(gallery.pictures.value[0]?.hidden).toBe(true);
  await hiding;
  expect(gallery.pictures.value[0]?.hidden).toBe(false);
  expect(tell).toHaveBeenCalledOnce();
});
