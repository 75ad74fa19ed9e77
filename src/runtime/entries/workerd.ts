// The package in workerd: the same names as everywhere, and the host that only workerd can import.
import { provideHost } from "../detect.js";
import { workerdHost } from "../workerd.js";

export * from "../../index.js";

provideHost(workerdHost);
