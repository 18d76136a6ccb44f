// How many rounds of a model predict: all, or the first n; by default those up to the best round
// where early stopping noted one in the model.

import { type Command, InvalidArgumentError } from "commander";
import type { Booster } from "../../booster/booster.ts";
import { CoppiceError } from "../../core/errors.ts";
import type { CommandContext } from "../terminal/context.ts";

export function addRoundsFlag(command: Command): void {
  command.option(
    "--rounds <n|all>",
    "use the first n rounds of the model (default: up to the best round if it has one, else all)",
    (text) => {
      if (text === "all") return text;
      const value = Number(text);
      if (Number.isInteger(value) && value >= 1) return value;
      throw new InvalidArgumentError('It must be an integer of at least 1, or "all".');
    },
  );
}

/** @throws {CoppiceError} INVALID_PARAMETER when the model has fewer rounds */
export function roundsOf(
  booster: Booster,
  wanted: number | "all" | undefined,
  context: CommandContext,
): number {
  const { roundCount } = booster;
  if (wanted === "all") return roundCount;
  if (wanted !== undefined) {
    if (wanted <= roundCount) return wanted;
    throw new CoppiceError(
      "INVALID_PARAMETER",
      `\`--rounds\` must be at most the ${roundCount} rounds of the model, got ${wanted}`,
    );
  }
  const [, end] = booster.bestRounds;
  if (end < roundCount) {
    context.note(`coppice: using rounds 1 to ${end} of ${roundCount}, up to the best; --rounds all uses all`);
  }
  return end;
}
