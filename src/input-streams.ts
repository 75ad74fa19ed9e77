import type { Inputs } from "./batch/inputs.js";
import type { StreamInput } from "./batch/stream-input.js";
import type { CheckedOptions } from "./context-options.js";
import { Door } from "./door.js";
import { DStream } from "./dstream.js";
import type { Engine } from "./engine.js";
import { ConfigError, PlanError } from "./errors.js";
import type { AsyncMark } from "./host.js";
import type { Row } from "./lowering/row.js";
import { checkOptionNames } from "./option-names.js";
import type { RowType } from "./plan/row-type.js";
import type { StorageLevel } from "./plan/storage-level.js";
import { InputOperator } from "./plan/stream-operator.js";
import { RDD } from "./rdd.js";
import { DeclaredRows } from "./receiver/declared-rows.js";
import type { InputContext } from "./receiver/input.js";
import type { Intake } from "./receiver/intake.js";
import { Receiver } from "./receiver/receiver.js";
import { acknowledged, type MakeReceiving, ReceiverInput } from "./receiver/receiver-input.js";
import type { ReceivingLimits } from "./receiver/receiving-limits.js";
import { checkedRowSchema } from "./schema/row-schema.js";
import { checkedAddress, checkedBytes, checkedConverter, checkedIterable } from "./sources/checked-sources.js";
import { binaryFormat, customFormat, type FileFormat, textFormat } from "./sources/file-formats.js";
import { FileSource, type FileStreamOptions } from "./sources/file-stream.js";
import type { IterableOptions } from "./sources/iterable-stream.js";
import { type PushInput, type PushOptions, PushSource } from "./sources/push-stream.js";
import { checkedQueue, type QueuedItem, QueueInput } from "./sources/queue-stream.js";
import { ReceiverSupervisor } from "./sources/receiver-stream.js";
import type { Converter } from "./sources/socket-stream.js";
import type { ByteSource } from "./sources/text-stream.js";
import type { StreamingContext } from "./streaming-context.js";
import { ManualClock } from "./time/clock.js";

const receiving = /* @__PURE__ */ new Door("receives records", () => import("./sources/receiving.js"));
const arrowReceiving = /* @__PURE__ */ new Door("receives Arrow", () => import("./sources/arrow-stream.js"));

/** What the batches of an input hold, and what `explain()` says of that. */
interface Held {
  readonly holdsRows: boolean;
  readonly about: string;
  /** Of rows whose schema is declared. */
  readonly type?: RowType | undefined;
}
const TEXT: Held = { holdsRows: false, about: "lines of UTF-8, received into kernel memory" };
const PUSHED: Held = { holdsRows: true, about: "lines of UTF-8 and one-line strings, in kernel memory" };
const ARROW: Held = { holdsRows: false, about: "record batches of Arrow, copied into kernel memory as columns" };
const ROWS: Held = { holdsRows: true, about: "rows of one type are laid out in columns; others leave the kernel" };

export interface InputStreamsOptions {
  readonly context: StreamingContext;
  readonly engine: Engine;
  readonly checked: CheckedOptions;
  readonly inputs: Inputs;
  readonly limits: ReceivingLimits;
  /** There is a store for checkpoints, and it is not known yet what is in it. */
  readonly isEarly: () => boolean;
  /** Set while an output runs. */
  readonly mark: AsyncMark;
}

/** Makes the input streams of a context: what each takes is checked here, and `StreamingContext` says what it means. */
export class InputStreams {
  readonly #options: InputStreamsOptions;

  constructor(options: InputStreamsOptions) {
    this.#options = options;
  }

  socketTextStream(hostname: string, port: number, storageLevel?: StorageLevel): DStream<string> {
    const address = checkedAddress("socketTextStream", [hostname, port, storageLevel], this.#options.engine.host);
    return this.#addReceiver("socketTextStream", "Socket", TEXT, (intake) => async () => {
      const { SocketTextSource } = await receiving.open();
      return new SocketTextSource(address, intake);
    });
  }

  socketStream<T>(hostname: string, port: number, converter: Converter<T>, storageLevel?: StorageLevel): DStream<T> {
    const address = checkedAddress("socketStream", [hostname, port, storageLevel], this.#options.engine.host);
    const checked = checkedConverter(converter);
    return this.#addReceiver("socketStream", "Socket", ROWS, (intake) => async () => {
      const { SocketSource } = await receiving.open();
      return new SocketSource(address, checked, intake);
    });
  }

  rawSocketStream<T>(hostname: string, port: number, storageLevel?: StorageLevel): DStream<T> {
    const address = checkedAddress("rawSocketStream", [hostname, port, storageLevel], this.#options.engine.host);
    return this.#addReceiver("rawSocketStream", "RawSocket", ROWS, (intake) => async () => {
      const { RawSocketSource } = await receiving.open();
      return new RawSocketSource(address, intake);
    });
  }

  receiverStream<T>(receiver: Receiver<T>): DStream<T> {
    Receiver.check(receiver);
    const make = (intake: Intake) => {
      const supervisor = new ReceiverSupervisor(receiver as Receiver<never>, intake);
      Receiver.attach(receiver as Receiver<never>, supervisor);
      return supervisor;
    };
    return this.#addReceiver("receiverStream", receiver.constructor.name || "Receiver", ROWS, make, acknowledged);
  }

  textStream(source: ByteSource): DStream<string> {
    const bytes = checkedBytes("textStream", source);
    return this.#addReceiver("textStream", "Text", TEXT, (intake) => async () => {
      const { textSource } = await receiving.open();
      return textSource(bytes, intake);
    });
  }

  iterableStream<T>(source: AsyncIterable<T> | ByteSource, options: IterableOptions = {}): DStream<T> {
    checkOptionNames("iterableStream", options, { format: true });
    const { format = "rows" } = options;
    if (format === "arrow") {
      const bytes = checkedBytes("iterableStream", source as ByteSource);
      return this.#addReceiver("iterableStream", "Arrow", ARROW, (intake) => async () => {
        const { arrowSource } = await arrowReceiving.open();
        return arrowSource(bytes, intake);
      });
    }
    if (format !== "rows") {
      throw new ConfigError(`format of iterableStream must be "rows" or "arrow", got ${JSON.stringify(format)}.`, {
        code: "invalid-option",
        details: { option: "format", got: format },
      });
    }
    const records = checkedIterable(source as AsyncIterable<T>);
    return this.#addReceiver("iterableStream", "Iterable", ROWS, (intake) => async () => {
      const { IterableSource } = await receiving.open();
      const open = () => records[Symbol.asyncIterator]();
      return new IterableSource<T>(intake, open, (record) => intake.storeRow(record));
    });
  }

  textFileStream(directory: string, options: FileStreamOptions = {}): DStream<string> {
    const format = textFormat(this.#options.engine, this.#options.checked.lineBytesMax);
    return this.#addFiles("textFileStream", directory, format, options);
  }

  binaryRecordsStream(directory: string, recordLength: number, options: FileStreamOptions = {}): DStream<Uint8Array> {
    return this.#addFiles("binaryRecordsStream", directory, binaryFormat(recordLength), options);
  }

  fileStream<T>(
    directory: string,
    read: (bytes: AsyncIterable<Uint8Array>, path: string) => AsyncIterable<T>,
    options: FileStreamOptions = {},
  ): DStream<T> {
    return this.#addFiles("fileStream", directory, customFormat(read), options);
  }

  queueStream<T extends Row>(
    queue: Array<Iterable<T> | RDD<T> | null>,
    oneAtATime = true,
    defaultRDD?: RDD<T> | Iterable<T> | null,
  ): DStream<T> {
    const items = checkedQueue(queue);
    const given = queuedItem(defaultRDD === undefined ? [] : defaultRDD);
    // A generator has its rows once only.
    const whenEmpty = given === null || "dataset" in given ? given : [...given];
    const make = (context: InputContext) =>
      new QueueInput({ queue: items, oneAtATime, read: queuedItem, whenEmpty }, context);
    return this.#addInput("queueStream", ROWS, make);
  }

  pushStream<T>(options: PushOptions = {}): DStream<T> & PushInput<T> {
    checkOptionNames("pushStream", options, { name: true, capacityBytes: true, schema: true });
    const { name = "pushStream", capacityBytes = this.#options.checked.receivedBytesMax } = options;
    const schema = options.schema === undefined ? undefined : checkedRowSchema(name, options.schema);
    if (!Number.isSafeInteger(capacityBytes) || capacityBytes < 1) {
      throw new ConfigError(`capacityBytes of ${name} must be a whole number from 1, got ${String(capacityBytes)}.`, {
        code: "invalid-option",
        details: { option: "capacityBytes", got: capacityBytes },
      });
    }
    let source!: PushSource;
    const declared = schema && new DeclaredRows(`push of ${name}`, schema);
    const make = (context: InputContext) => {
      source = new PushSource(name, capacityBytes, context, declared);
      return source;
    };
    const stream = this.#addInput<T>(name, declared ? heldBy(declared) : PUSHED, make);
    return Object.assign(stream, {
      push: (...records: T[]) => source.push(...records),
      pushBytes: (bytes: Uint8Array) => source.pushBytes(bytes),
      pushArrow: (bytes: Uint8Array) => source.pushArrow(bytes),
      close: () => source.close(),
    });
  }

  #addFiles<T>(name: string, directory: string, format: FileFormat, options: FileStreamOptions): DStream<T> {
    const slideMs = this.#options.checked.batchInterval.milliseconds;
    const make = (context: InputContext) => new FileSource({ name, directory, format, options, slideMs }, context);
    return this.#addInput(name, format, make);
  }

  /** A stream of what a receiver brings; `receiver`: what listeners know it as, before its number. */
  #addReceiver<T>(
    name: string,
    receiver: string,
    held: Held,
    make: MakeReceiving,
    promise?: StreamInput["promise"],
  ): DStream<T> {
    const id = `${receiver}-${this.#options.inputs.nextId}`;
    return this.#addInput(name, held, (context) => new ReceiverInput(id, context, make, promise), id);
  }

  #addInput<T>(
    name: string,
    { about, holdsRows, type }: Held,
    make: (context: InputContext) => StreamInput,
    receiver?: string,
  ): DStream<T> {
    const source = make({
      streamId: this.#options.inputs.nextId,
      engine: this.#options.engine,
      clock: this.#options.checked.clock,
      flow: this.#options.limits.received,
      calls: this.#options.limits.calls,
      openBlocks: this.#options.limits.openBlocks,
      batchIntervalMs: this.#options.checked.batchInterval.milliseconds,
      blockIntervalMs: this.#options.checked.blockInterval.milliseconds,
      rate: this.#options.checked.rate,
      lineBytesMax: this.#options.checked.lineBytesMax,
      isEarly: this.#options.isEarly,
      isManualClock: this.#options.checked.clock instanceof ManualClock,
      isInsideOutput: () => this.#options.mark.isSet(),
    });
    const { context } = this.#options;
    const form = { kind: "input", about, holdsRows, ...(type && { type }) } as const;
    const operator = new InputOperator(name, form, source);
    const stream = new DStream<T>(context, context.graph.add(operator, [], this.#options.checked.batchInterval));
    this.#options.inputs.add(name, source, receiver);
    return stream;
  }
}

/** What rows of a schema are held as. */
function heldBy({ type }: DeclaredRows): Held {
  if (type === undefined)
    return { holdsRows: true, about: "rows of a schema, checked; those with lists stay JavaScript values" };
  return { holdsRows: false, about: "rows of a schema, checked and laid out in columns as they come", type };
}

function queuedItem(item: unknown): QueuedItem {
  if (item === null) return null;
  if (item instanceof RDD) return { dataset: RDD.datasetOf(item) };
  if (typeof item === "object" && Symbol.iterator in item) return item as Iterable<unknown>;
  throw new PlanError(
    `A batch queued in queueStream must be an iterable of rows, an RDD or null, got ${typeof item}.`,
    {
      code: "invalid-batch",
      details: { got: item },
    },
  );
}
