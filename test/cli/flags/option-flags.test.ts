// Flags that follow from declared options: parsing, help, nesting.

import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { addFlags, flagAliases, flagValues } from "../../../src/cli/flags/option-flags.ts";
import type { Declarations } from "../../../src/core/declaration.ts";

const table = {
  count: { type: "integer", minimum: 1, maximum: 9, aliases: ["how_many"], flag: "<n>", doc: "a count" },
  isLoud: { type: "boolean", default: false, flag: "", doc: "loud" },
  isWhole: { type: "boolean", default: true, flag: "whole", doc: "in parts" },
  hasNames: { type: "boolean", flag: "names", doc: "named (default: looks)" },
  order: { type: "string", choices: ["up", "down"], default: "up", flag: "<order>", doc: "which way" },
  columns: { type: "strings", flag: "<columns,>", doc: "some columns" },
  texts: { type: "strings", flag: "<text..>", doc: "some texts" },
  silent: { type: "number" },
  run: {
    type: "options",
    options: {
      place: { type: "string", isRequired: true, flag: "<folder>", doc: "a place" },
      keep: { type: "integer", minimum: 1, default: 2, flag: "keep-most <n>", doc: "how many" },
    },
  },
} as const satisfies Declarations;

function commandOf(defaults: Parameters<typeof addFlags<typeof table>>[2] = {}): Command {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addFlags(command, table, defaults);
  return command;
}

function parse(...args: string[]) {
  const command = commandOf().parse(args, { from: "user" });
  return flagValues(command, table);
}

function messageOf(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

describe("flags of options", () => {
  test("give values by the option's name, in their type, nested where the option is", () => {
    expect(parse("--count", "3", "--is-loud", "--no-names", "--order", "down")).toEqual({
      count: 3,
      isLoud: true,
      isWhole: true,
      hasNames: false,
      order: "down",
    });
    expect(
      parse("--no-whole", "--columns", "a,b", "--columns", "c", "--texts", "x,y", "--texts", "z"),
    ).toEqual({
      isWhole: false,
      columns: ["a", "b", "c"],
      texts: ["x,y", "z"],
    });
    expect(parse("--place", "p", "--keep-most", "3")).toMatchObject({ run: { place: "p", keep: 3 } });
  });

  test.each([
    [["--count", "10"], "It must be an integer in [1, 9]."],
    [["--count", ""], "It must be an integer in [1, 9]."],
    [["--count", "x"], "It must be an integer in [1, 9]."],
    [["--order", "left"], 'It must be one of "up", "down".'],
    [["--silent", "1"], "unknown option '--silent'"],
    [["--keep-most", "3"], "--keep-most needs --place"],
  ])("%j is wrong usage", (args, message) => {
    expect(messageOf(...args)).toContain(message);
  });

  test("have the line of help with choices and default", () => {
    const help = commandOf({ count: 4 }).helpInformation();
    expect(help).toMatch(/--count <n> +a count \(default: 4\)/);
    expect(help).toMatch(/--order <order> +which way \(choices: up, down; default: up\)/);
    expect(help).toMatch(/--keep-most <n> +how many \(default: 2\)/);
    expect(help).toMatch(/--is-loud +loud$/m);
    expect(help).toMatch(/--no-whole +in parts$/m);
    expect(help).toMatch(/--names +named \(default: looks\)\n +--no-names +the opposite/);
  });

  test("are found by their other names", () => {
    expect(flagAliases(table)).toEqual({ how_many: "count" });
  });
});
