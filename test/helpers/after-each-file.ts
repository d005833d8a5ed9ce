import { afterAll } from "vitest";
import { endCommands } from "./cli.ts";

// Files share a process: what one left behind would load the machine under the next.
afterAll(endCommands);
