// The places that Node knows, by the schemes of their URLs.

import { Places } from "../../place/places.ts";
import { fileSystem } from "./file-system.ts";

export const places: Places = new Places({
  file: fileSystem,
});
