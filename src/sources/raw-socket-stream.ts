import { decodeRows } from "../block/codec.js";
import { messageOf, SourceError } from "../errors.js";
import type { Intake } from "../receiver/intake.js";
import type { OpenBlockHolder } from "../receiver/open-blocks.js";
import type { Receiving } from "../receiver/receiver-input.js";
import { FrameReader } from "./frame-reader.js";
import { type SocketAddress, SocketClient } from "./socket-client.js";

/**
 * Blocks from a TCP server, each after a 4-byte big-endian length, each holding rows as `encodeRows` writes them; each is a partition of its batch. A
 * length that cannot be, and a damaged block, are reported ("protocol") and end the connection; the blocks before stay. A block counts against
 * `receivedBytesMax` from when it is whole, and until then against the limit of open blocks; while there is no room nothing is read.
 */
export class RawSocketSource implements Receiving, OpenBlockHolder {
  readonly #intake: Intake;
  readonly #client: SocketClient;
  #frames: FrameReader;

  constructor(address: SocketAddress, intake: Intake) {
    this.#intake = intake;
    this.#frames = this.#newFrames();
    this.#client = new SocketClient(address, intake, {
      data: (bytes) => this.#received(bytes),
      closed: () => this.#closed(),
    });
  }

  start(): void {
    this.#intake.started();
    this.#client.connect();
  }

  stop(): void {
    this.#client.stop();
    this.#intake.context.openBlocks.hold(this, 0);
  }

  evict(error: SourceError): void {
    this.#frames = this.#newFrames();
    this.#client.fail(`Error reading from ${this.#client.peer}: ${error.message}`, error);
  }

  #received(bytes: Uint8Array): void {
    const { openBlocks } = this.#intake.context;
    try {
      for (const frame of this.#frames.read(bytes)) {
        const rows = this.#decoded(frame);
        this.#client.works();
        // In order, whether or not there is room now: what one read brings is in hand already.
        this.#intake.storeBlock(rows, frame.length, { isLimited: true, isBounded: true })?.catch(() => {});
      }
    } catch (error) {
      this.#frames = this.#newFrames();
      openBlocks.hold(this, 0);
      this.#client.fail(`Error reading from ${this.#client.peer}: ${messageOf(error)}`, error);
      return;
    }
    openBlocks.hold(this, this.#frames.bytesOpen);
    const room = this.#intake.ready();
    if (!room) return;
    this.#client.pause();
    room.then(
      () => this.#client.resume(),
      () => {},
    );
  }

  #decoded(frame: Uint8Array): unknown[] {
    try {
      return decodeRows(frame);
    } catch (cause) {
      throw new SourceError(`A block of ${frame.length} bytes is damaged: ${messageOf(cause)}`, {
        code: "protocol",
        cause,
      });
    }
  }

  #closed(): void {
    const { isOpen, bytesOpen } = this.#frames;
    this.#frames = this.#newFrames();
    this.#intake.context.openBlocks.hold(this, 0);
    if (!isOpen) return;
    const message = `${bytesOpen} bytes of a block from ${this.#client.peer} are lost: the connection ended before the block did.`;
    this.#intake.error(message, new SourceError(message, { code: "protocol", details: { bytes: bytesOpen } }));
  }

  #newFrames(): FrameReader {
    return new FrameReader(this.#intake.context.flow.bytesMax);
  }
}
