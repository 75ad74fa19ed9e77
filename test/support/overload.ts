import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

const MIB = 2 ** 20;
const LINE_BYTES = 100;
/** One read of a socket, which may exceed the limit. */
const READ_BYTES = 256 * 1024;
/** Lines that are written at once. */
const LINES_AT_ONCE = 1000;
/** How often the sender looks what is due, in milliseconds. */
const PACE_MS = 10;

export interface OverloadOptions {
  /** Lines a second that the reader manages. */
  readonly rowsASecond: number;
  readonly receivedBytesMax: number;
  /** How often that is offered, one after the other, and for how many seconds each. */
  readonly factors: readonly number[];
  readonly seconds: number;
}

/** What came of it. */
export interface Overload {
  readonly rowsSent: number;
  readonly sumSent: number;
  /** Bytes that were due and could not be sent yet, at most: the sender was made to wait. */
  readonly bytesHeldBack: number;
  readonly read: {
    readonly rows: number;
    readonly sum: number;
    /** How often there was no room. */
    readonly reached: number;
    readonly receivedBytes: number;
    readonly kernelBytes: number;
    readonly rssBytes: number;
    /** When the first batch was done. */
    readonly rssAtFirst: number;
    readonly batches: number;
  };
}

/** Offers a reader in a process of its own more than it manages, over a real socket, and says what was sent, what was read, and the most that it held. */
export async function overload(options: OverloadOptions): Promise<Overload> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const reader = new Promise<string>((resolve, reject) => {
    const program = "build/programs/test/programs/slow-reader.js";
    const args = [program, port, options.rowsASecond, options.receivedBytesMax].map(String);
    execFile(process.execPath, args, (error, output, errors) => (error ? reject(new Error(errors)) : resolve(output)));
  });
  const connected = once(server, "connection").then(([socket]) => socket as Socket);
  const socket = await Promise.race([connected, reader.then(() => Promise.reject(new Error("The reader has ended.")))]);
  const sender = new Sender(socket);
  for (const factor of options.factors) await sender.send(factor * options.rowsASecond, options.seconds);
  socket.end();
  server.close();
  const { rowsSent, sumSent, bytesHeldBack } = sender;
  return { rowsSent, sumSent, bytesHeldBack, read: JSON.parse(await reader) };
}

/** Sends lines that begin with their number, as fast as it is told where the socket takes them; what it does not take is due later. */
class Sender {
  readonly #socket: Socket;
  rowsSent = 0;
  sumSent = 0;
  bytesHeldBack = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  async send(rowsASecond: number, seconds: number): Promise<void> {
    const begin = performance.now();
    const before = this.rowsSent;
    for (;;) {
      const elapsed = (performance.now() - begin) / 1000;
      if (elapsed >= seconds) return;
      const due = Math.floor(elapsed * rowsASecond) - (this.rowsSent - before);
      this.bytesHeldBack = Math.max(this.bytesHeldBack, due * LINE_BYTES);
      if (due < LINES_AT_ONCE) await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      else if (!this.#socket.write(this.#lines()))
        await Promise.race([once(this.#socket, "drain"), after(seconds, begin)]);
    }
  }

  #lines(): string {
    let text = "";
    for (let i = 0; i < LINES_AT_ONCE; i++) {
      this.rowsSent += 1;
      this.sumSent += this.rowsSent;
      text += `${String(this.rowsSent).padStart(10, "0")}${" ".repeat(LINE_BYTES - 11)}\n`;
    }
    return text;
  }
}

/** Resolves at the end of `seconds` after `begin`. */
function after(seconds: number, begin: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, begin + 1000 * seconds - performance.now())));
}

/**
 * What the kernel's memory may have besides what was received: buffers of up to 8 MiB that are moved while they grow, gaps between blocks that none of that size
 * fits into.
 */
const WORKING_BYTES = 40 * MIB;
/** What the host's heap may grow by. */
const HEAP_BYTES = 32 * MIB;

/** Throws where the reader held more than its limits and a tenth, lost or doubled a line, or was not overloaded; else says it in a line. */
export function checkOverload(options: OverloadOptions, { rowsSent, sumSent, bytesHeldBack, read }: Overload): string {
  const { receivedBytesMax, factors, seconds, rowsASecond } = options;
  // Its pages are taken a quarter ahead.
  const kernelBytesMax = 1.25 * (receivedBytesMax + WORKING_BYTES);
  const rssMax = read.rssAtFirst + 1.1 * (receivedBytesMax + WORKING_BYTES + HEAP_BYTES);
  const rules: Array<readonly [holds: boolean, rule: string]> = [
    [
      read.rows === rowsSent && read.sum === sumSent,
      `${rowsSent} lines sent, ${read.rows} read, sums ${sumSent} and ${read.sum}`,
    ],
    [read.reached > 0, "the limit of received bytes was never reached"],
    [bytesHeldBack > receivedBytesMax / 2, `the sender was held back by ${bytesHeldBack} bytes only`],
    [read.receivedBytes <= receivedBytesMax + READ_BYTES, `${read.receivedBytes} bytes received and not processed`],
    [
      read.kernelBytes <= kernelBytesMax,
      `${read.kernelBytes} bytes of the kernel's memory, more than ${kernelBytesMax}`,
    ],
    [read.rssBytes <= rssMax, `${read.rssBytes} bytes of the process, more than ${rssMax}`],
    [read.batches <= 1000, `${read.batches} batches waited`],
  ];
  const broken = rules.filter(([holds]) => !holds).map(([, rule]) => rule);
  if (broken.length > 0) throw new Error(broken.join("; "));
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
  return (
    `T9 overload: ${factors.join(" and ")} times ${rowsASecond} lines a second, ${seconds} s each: ${rowsSent} lines, 0 lost; at most ` +
    `${mib(read.receivedBytes)} received (limit ${mib(receivedBytesMax)}), ${mib(read.kernelBytes)} of the kernel's memory, the process grew by ` +
    `${mib(read.rssBytes - read.rssAtFirst)}; up to ${mib(bytesHeldBack)} held back in the sender`
  );
}
