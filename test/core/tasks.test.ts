import { expect, test } from "vitest";
import { measureArena } from "../../src/core/arena.ts";
import { lengthOf, placesOf } from "../../src/core/fields.ts";
import { phasesOf, Tasks, taskWords } from "../../src/core/tasks.ts";

const table = {
  build: { slot: "int", begin: "int", end: "int" },
  leaves: { group: "int", value: "float" },
} as const;

test("a task is read as it was written, whatever stood there before", () => {
  const words = new Int32Array(taskWords(table, 3)).fill(77);
  const tasks = new Tasks(table, words);
  expect(tasks.capacity).toBe(3);
  tasks.write("build", 1, { slot: 4, begin: -1, end: 2 ** 31 - 1 });
  tasks.write("leaves", 2, { group: 3, value: Math.fround(-0.1) });
  tasks.write("leaves", 0, { group: 1, value: Infinity });
  expect(tasks.read("build", 1)).toEqual({ slot: 4, begin: -1, end: 2 ** 31 - 1 });
  expect({ ...tasks.read("leaves", 2) }).toEqual({ group: 3, value: Math.fround(-0.1) });
  expect(tasks.read("leaves", 0)).toEqual({ group: 1, value: Infinity });
});

test("tasks are as long as the longest, phases in the order of the table", () => {
  expect(taskWords(table, 5)).toBe(15);
  expect(phasesOf(table)).toEqual(["build", "leaves"]);
});

test("fields have the places of their names", () => {
  const places = placesOf("group", "rowBegin", "lock");
  expect(places).toEqual({ group: 0, rowBegin: 1, lock: 2 });
  expect(lengthOf(places)).toBe(3);
});

test("an arena is measured by the arrays that are placed in it", () => {
  const place = (arena: { f32(length: number): unknown; u8(length: number): unknown }) => [
    arena.u8(3),
    arena.f32(5),
  ];
  expect(measureArena(place)).toBe(64 + 20);
});
