import { test } from "../helpers/rig.ts";
import { draftsAllOthers } from "./failing-contents.ts";

test(
  "of 200 interactions, the 180 that a service does not fail are drafted as if the others were not there",
  {
    timeout: 300_000,
  },
  ({ rig }) => draftsAllOthers(rig, 200),
);
