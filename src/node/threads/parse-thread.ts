// The program of a worker thread that parses parts of tables.

import { parentPort } from "node:worker_threads";
import { serveParts } from "../../input/parts/serve-parts.ts";
import { places } from "../files/places.ts";
import { portOf } from "./threads.ts";

if (parentPort !== null) serveParts(portOf(parentPort), (name) => places.of(name).open(name));
