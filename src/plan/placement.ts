import type { KernelShape } from "./operator.js";
import type { StreamNode } from "./stream-node.js";

/** Whether the kernel makes the rows of a stream from what was received in one pass, nothing but narrow operators lying between. */
export function isMadeInKernel(node: StreamNode): boolean {
  return shapesOf(node) !== undefined;
}

/** The shapes of a stream's rows, one for each input that they come from; undefined where they are not made in one pass of the kernel. */
function shapesOf(node: StreamNode): KernelShape[] | undefined {
  let shapes: KernelShape[] = [];
  for (const parent of node.parents) {
    const above = shapesOf(parent);
    if (above === undefined) return undefined;
    shapes.push(...above);
  }
  for (const form of node.operator.forms) {
    switch (form.kind) {
      case "input":
        shapes = [form.shape];
        break;
      case "union":
        break;
      case "narrow": {
        const placed: KernelShape[] = [];
        for (const shape of shapes) {
          const placement = form.operator.place(shape);
          if (placement.runs !== "kernel") return undefined;
          placed.push(placement.shape);
        }
        shapes = placed;
        break;
      }
      default:
        return undefined;
    }
  }
  return shapes;
}
