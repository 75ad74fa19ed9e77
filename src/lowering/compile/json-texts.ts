import type { KernelValue } from "./kernel-rows.js";
import { Refused } from "./refused.js";
import type { Path, Scalar, Scalars } from "./scalars.js";

type List = Extract<KernelValue, { kind: "list" }>;

export function isJsonList(_list: List): boolean {
  return false;
}

/** TEMPORARY. */
export class JsonTexts {
  constructor(_scalars: Scalars) {}

  parse(_text: Scalar): Scalar {
    throw new Refused("calls JSON.parse");
  }

  field(_of: KernelValue, _name: string, _path: Path): KernelValue {
    throw new Refused("calls JSON.parse");
  }
}
