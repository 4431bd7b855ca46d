import { expect, test } from "vitest";
import { pathOfTask, routeOf } from "../src/state/route";

test("a task has an address of its own", () => {
  expect(routeOf(pathOfTask("a/ö b"))).toEqual({ screen: "task", id: "a/ö b" });
});

test.each(["/", "/t/", "/t", "/t/a/b", "/t/%", "/other"])("%s is the first screen", (path) => {
  expect(routeOf(path)).toEqual({ screen: "home" });
});

test.each(["gallery", "account", "operator"] as const)("%s is a screen by its name", (name) => {
  expect(routeOf(`/${name}`)).toEqual({ screen: name });
  expect(routeOf(`/${name}/`)).toEqual({ screen: name });
  expect(routeOf(`/${name}/more`)).toEqual({ screen: "home" });
});
