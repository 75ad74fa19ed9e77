// `millrace/testing` in workerd.
import { provideHost } from "../detect.js";
import { workerdHost } from "../workerd.js";

export * from "../../testing/index.js";

provideHost(workerdHost);
