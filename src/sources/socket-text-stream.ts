import type { InputEvents, InputInfo, RejectedRecords, StreamInput } from "../batch/stream-input.js";
import type { TextBlock } from "../block/block.js";
import { sliceOf } from "../engine/cut.js";
import { SourceError } from "../errors.js";
import type { Host, TcpConnection, Timer } from "../host.js";
import type { Dataset } from "../plan/dataset.js";
import type { BatchScope } from "../plan/scope.js";
import type { InputContext } from "../receiver/input.js";
import { LineBuffer } from "../receiver/line-buffer.js";
import { Backoff } from "./backoff.js";

/**
 * Lines of text from a TCP server. Bytes are written into the kernel's memory as they come; a block is sealed each block interval and is a
 * partition of the batch. While too much waits unprocessed nothing is read, so that the server waits too.
 *
 * A refused or lost connection is reported once and tried again with growing delay. What a lost connection left of a line is a line of
 * its own: it is never glued to the first line of the next connection.
 */
export class SocketTextSource implements StreamInput {
  readonly #context: InputContext;
  readonly #host: Host;
  readonly #hostname: string;
  readonly #port: number;
  readonly #backoff = new Backoff();
  readonly #blocks: TextBlock[] = [];
  #lines: LineBuffer | undefined;
  #events: InputEvents | undefined;
  #connection: TcpConnection | undefined;
  #retry: Timer | undefined;
  #blockEndMs = 0;
  #bytesPending = 0;
  #isPaused = false;
  /** The outage was reported and has not ended. */
  #isReported = false;
  #stopped = false;
  #info: InputInfo = { numRecords: 0 };

  constructor(hostname: string, port: number, context: InputContext) {
    this.#hostname = hostname;
    this.#port = port;
    this.#context = context;
    this.#host = context.engine.host;
  }

  start(events: InputEvents): void {
    this.#events = events;
    this.#lines = new LineBuffer(this.#context.engine.threads, this.#context.lineBytesMax);
    this.#connect();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#lines?.endLine();
  }

  hasPending(): boolean {
    return this.#bytesPending > 0 || (this.#lines?.bytesOpen ?? 0) > 0;
  }

  info(): InputInfo {
    return this.#info;
  }

  rejected(): RejectedRecords | undefined {
    return this.#lines?.rejects.take();
  }

  free(): void {
    this.#lines?.free();
    this.#context.engine.threads.free(this.#blocks.splice(0));
  }

  take(scope: BatchScope): Dataset {
    this.#seal();
    const blocks = this.#blocks.splice(0);
    for (const block of blocks) scope.own(block);
    // With the line that has not ended, which is bounded by its own limit: it must not keep the stream full until it ends.
    const taken = this.#bytesPending;
    this.#bytesPending = 0;
    scope.onProcessed(() => {
      this.#context.flow.remove(taken);
      if (this.#isPaused && this.#context.flow.hasRoom(1)) {
        this.#isPaused = false;
        this.#connection?.resume();
      }
    });
    this.#info = { numRecords: blocks.reduce((sum, { rows }) => sum + rows, 0), metadata: { bytes: taken } };
    return { kind: "source", scope, partitions: blocks.map((block) => [sliceOf(block)]) };
  }

  #connect(): void {
    this.#connection = this.#host.connectTcp!(this.#hostname, this.#port, {
      // Not before data comes: a server that accepts and closes again is down.
      data: (bytes) => this.#received(bytes),
      closed: (error) => this.#closed(error),
    });
  }

  #received(bytes: Uint8Array): void {
    if (this.#stopped) return;
    this.#backoff.reset();
    if (this.#isReported) this.#host.warn(`millrace: connected again to ${this.#hostname}:${this.#port}`);
    this.#isReported = false;
    const nowMs = this.#context.clock.now();
    try {
      if (nowMs >= this.#blockEndMs) {
        this.#blockEndMs = nowMs + this.#context.blockIntervalMs;
        this.#seal();
      }
      this.#lines!.append(bytes);
    } catch (error) {
      this.#events!.error(
        `${bytes.length} bytes from ${this.#hostname}:${this.#port} found no room and are lost`,
        error,
      );
      this.#connection?.destroy();
      return;
    }
    this.#bytesPending += bytes.length;
    this.#context.flow.add(bytes.length);
    if (!this.#context.flow.hasRoom(1)) {
      this.#isPaused = true;
      this.#connection?.pause();
    }
  }

  #closed(cause: Error | undefined): void {
    this.#connection = undefined;
    this.#isPaused = false;
    if (this.#stopped) return;
    try {
      this.#lines!.endLine();
    } catch (error) {
      this.#events!.error(`Lines from ${this.#hostname}:${this.#port} found no room and are lost`, error);
    }
    const delayMs = this.#backoff.next(this.#host.randomBytes(1)[0]! / 256);
    if (!this.#isReported) {
      this.#isReported = true;
      const what = cause ? "Error connecting to or reading from" : "Socket data stream had no more data:";
      const message = `${what} ${this.#hostname}:${this.#port}${cause ? `: ${cause.message}` : ""}; trying again with growing delay`;
      this.#events!.error(message, new SourceError(message, { code: "connection-lost", cause }));
    }
    this.#retry = this.#host.setTimer(delayMs, () => this.#connect());
  }

  #seal(): void {
    for (const block of this.#lines?.seal() ?? []) this.#blocks.push(block);
  }
}
