// The flags and arguments of a command that name files and folders, as their help says it: `<file>`, `<folder>`,
// `<glob>`, `<path>`. A URL of an unknown scheme is refused here, before the command begins.

import type { Command } from "commander";
import { places } from "../../node/files/places.ts";

const PLACE_FLAG = /<(file|folder|glob|path)>/;
/** Arguments of `convert` and `inspect`. */
const PLACE_ARGUMENTS = ["input", "output", "model"];

/** @throws {CoppiceError} INVALID_PARAMETER that names the flag, the scheme and those that are known */
export function checkPlaces(command: Command): void {
  for (const option of command.options) {
    if (!PLACE_FLAG.test(option.flags)) continue;
    places.check(option.long ?? option.name(), command.getOptionValue(option.attributeName()));
  }
  for (const [i, argument] of command.registeredArguments.entries()) {
    if (PLACE_ARGUMENTS.includes(argument.name())) places.check(`<${argument.name()}>`, command.args[i]);
  }
}
