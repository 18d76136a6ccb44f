import { Command } from "commander";
import { describe, expect, it } from "vitest";
import {
  addParameterFlags,
  canonicalArguments,
  parameterValues,
} from "../../../src/cli/flags/parameter-flags.ts";
import type { Declaration } from "../../../src/core/declaration.ts";
import { kebabCase, snakeCase } from "../../../src/core/parameter.ts";
import { trainParameterDeclarations } from "../../../src/training/parameters.ts";

/** The training parameters that `args` mean. */
function parse(...args: string[]): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addParameterFlags(command);
  command.parse(canonicalArguments(args), { from: "user" });
  return parameterValues(command.opts());
}

/** The message of the wrong usage `args`. */
function messageOf(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

/** A text that each type of parameter takes, and what it means. */
const samples: Record<string, [string, unknown]> = {
  number: ["1", 1],
  integer: ["2", 2],
  string: ["x", "x"],
  any: ["0.5", 0.5],
};

describe("flags of training parameters", () => {
  it.each(Object.entries<Declaration>(trainParameterDeclarations))(
    "give %s in kebab-case, in snake_case and by every alias",
    (name, declaration) => {
      const [text, value] = declaration.choices
        ? [declaration.choices[1], declaration.choices[1]]
        : samples[declaration.type];
      const expected = { [name]: name === "evalMetric" ? [text] : value };
      const spellings = [kebabCase(name), snakeCase(name), ...(declaration.aliases ?? [])];
      for (const spelling of spellings) {
        expect(parse(`--${spelling}`, text)).toEqual(expected);
        expect(parse(`--${spelling}=${text}`)).toEqual(expected);
      }
    },
  );

  it("read lists and objects", () => {
    expect(parse("--monotone-constraints", "(1,-1,0)")).toEqual({ monotoneConstraints: [1, -1, 0] });
    expect(parse("--monotone-constraints", '{"a":-1}')).toEqual({ monotoneConstraints: { a: -1 } });
    expect(parse("--interaction-constraints", '[["a","b"],["c"]]')).toEqual({
      interactionConstraints: [["a", "b"], ["c"]],
    });
    expect(parse("--eval-metric", "auc,logloss", "--eval-metric", "error@0.7")).toEqual({
      evalMetric: ["auc", "logloss", "error@0.7"],
    });
  });

  it("refuse values out of range, naming flag, rule and value", () => {
    expect(messageOf("--max-depth", "-1")).toContain("`--max-depth` must be an integer in [0, infinity");
    expect(messageOf("--max_depth", "-1")).toContain("got -1");
    expect(messageOf("--eta", "fast")).toContain("`--eta` must be a number in [0, infinity");
    expect(messageOf("--subsample", "0")).toContain("`--subsample` must be a number in (0, 1], got 0");
    expect(messageOf("--grow-policy", "random")).toContain('one of "depthwise", "lossguide", got "random"');
    expect(messageOf("--monotone-constraints", "[1,")).toContain("must be a list such as");
  });

  it("take XGBoost's other parameters where they ask for what coppice does anyway", () => {
    expect(parse("--tree_method", "hist", "--booster=gbtree", "--device", "cpu", "--verbosity", "2")).toEqual(
      {},
    );
    expect(messageOf("--tree_method", "exact")).toContain(
      '`tree_method` must be "hist" or "auto", got "exact"',
    );
    expect(messageOf("--booster", "dart")).toContain("`booster`");
  });

  it("suggest the nearest flag for an unknown one", () => {
    expect(messageOf("--max-dept", "3")).toMatch(
      /unknown option '--max-dept'\n\(Did you mean --max-depth\?\)/,
    );
  });
});

describe("canonicalArguments", () => {
  it("leaves values, short flags and everything after -- alone", () => {
    const args = ["train", "--label", "-1", "-x", "a_b", "--", "--max_depth"];
    expect(canonicalArguments(args)).toEqual(args);
  });

  it("knows other tools' names of rounds and threads", () => {
    expect(canonicalArguments(["--num_boost_round", "5", "--nthread=2", "--n_estimators", "7"])).toEqual([
      "--rounds",
      "5",
      "--threads=2",
      "--rounds",
      "7",
    ]);
  });
});
