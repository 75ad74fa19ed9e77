import type { FrameBlock } from "../block/block.js";
import type { FinishedBlock } from "../kernel/frame.js";
import type { Kernel } from "../kernel/kernel.js";
import type { KernelProgram, ProgramState } from "../kernel/program.js";
import type { MemoryReader } from "../kernel/reader.js";
import type { StageKernel } from "../plan/dataset.js";
import type { RowType } from "../plan/row-type.js";
import { addressOf, homeOf } from "./live-blocks.js";
import { lookUpStates } from "./look-up-states.js";
import { withRegion } from "./regions.js";
import type { Relocatable, Threads } from "./threads.js";

const HOST_THREAD = 0;

/** The kernel of the host's thread as stages use it. */
export class HostKernel implements StageKernel {
  readonly #threads: Threads;

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  guard<R>(body: (kernel: Kernel) => R): R {
    return this.#threads.guard(body);
  }

  withFrame<R>(frame: FrameBlock, use: (ptr: number) => R): R {
    const threads = this.#threads;
    const port = {
      thread: HOST_THREAD,
      kernel: threads.kernel,
      memoryOf: (thread: number) => threads.memoryOf(thread),
    };
    return withRegion(frame, port, use);
  }

  readerOf(frame: FrameBlock): { readonly memory: MemoryReader; readonly ptr: number } {
    return { memory: this.#threads.memoryOf(homeOf(frame)), ptr: addressOf(frame) };
  }

  lookUps(program: KernelProgram): readonly ProgramState[] {
    return lookUpStates(this.#threads.kernel, program);
  }

  blockOf(frame: FinishedBlock, type: RowType): FrameBlock {
    const block: FrameBlock = { kind: "frame", type, home: HOST_THREAD, ...frame };
    this.#threads.blocks.add(block);
    return block;
  }

  register(holder: Relocatable): () => void {
    return this.#threads.register(holder);
  }
}
