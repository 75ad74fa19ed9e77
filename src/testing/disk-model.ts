/**
 * A model of a file system above a disk that loses power: what is live (seen by every process), what is durable, and the changes in between, each of which a power
 * cut may keep, lose or tear, whatever became of the others. Harder than real ones: journals keep more order than this, and nothing here promises less than POSIX.
 */

/** A file or folder, by its number; folders are maps of names to numbers. */
type Node = { readonly names: Map<string, number> } | { readonly content: Content };

/** Bytes that grow at their end: there is room for more of them than there are. */
interface Content {
  room: Uint8Array;
  length: number;
}

/** A change of one file or folder, undone or done as a whole except for bytes that are written. */
export type Change =
  | { readonly names: ReadonlyArray<readonly [name: string, node: number | undefined]> }
  | { readonly write: Uint8Array; readonly at: number }
  | { readonly truncate: number };

/** What a power cut makes of a change: nothing, all, its first bytes, zeros for all bytes, or zeros for those of its first block. */
export type Fate = "lost" | "kept" | "zeros" | "first-block-zeros" | { readonly bytes: number };

/** A change that is not durable yet. */
export interface Pending {
  readonly node: number;
  readonly change: Change;
  /** In words. */
  readonly what: string;
}

/** What a disk holds. Paths begin at its root, without a "/" in front. */
export interface DiskImage {
  /** The bytes of each file, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The paths of folders, those above first. */
  readonly folders: readonly string[];
}

export const ROOT = 0;
export const BLOCK_BYTES = 512;

export class DiskModel {
  readonly #live = new Map<number, Node>();
  readonly #durable = new Map<number, Node>();
  #pending: Pending[] = [];
  #nodes = ROOT;

  /** A disk that holds an image, durably. */
  constructor({ files, folders }: DiskImage) {
    this.#put(ROOT, { names: new Map() });
    for (const path of folders) this.#enter(path, { names: new Map() });
    for (const [path, bytes] of files) this.#enter(path, { content: { room: bytes.slice(), length: bytes.length } });
  }

  /** The changes that are not durable, in their order. */
  get pending(): readonly Pending[] {
    return this.#pending;
  }

  /** The number of a new file or folder, which nothing leads to yet. */
  make(kind: "file" | "folder"): number {
    this.#nodes += 1;
    const node = kind === "folder" ? { names: new Map() } : { content: { room: new Uint8Array(0), length: 0 } };
    this.#put(this.#nodes, node);
    return this.#nodes;
  }

  /** What a path leads to; undefined where nothing is. "ENOTDIR" where a file is above it. */
  find(path: readonly string[]): number | "ENOTDIR" | undefined {
    let at = ROOT;
    for (const name of path) {
      const node = this.#live.get(at)!;
      if (!("names" in node)) return "ENOTDIR";
      const next = node.names.get(name);
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  /** The names in a folder; undefined where it is a file. */
  namesIn(node: number): ReadonlyMap<string, number> | undefined {
    const found = this.#live.get(node)!;
    return "names" in found ? found.names : undefined;
  }

  /** The bytes of a file, which stay what they are until its next change. */
  bytesOf(node: number): Uint8Array {
    const { content } = this.#live.get(node) as { content: Content };
    return content.room.subarray(0, content.length);
  }

  change(node: number, change: Change, what: string): void {
    apply(this.#live.get(node)!, change, "kept");
    this.#pending.push({ node, change, what });
  }

  /** Makes the changes of a file or folder durable; false where there are none. */
  sync(node: number): boolean {
    return this.#settle(node, "kept");
  }

  /** As a failing disk does: what processes see stays, is never made durable, and is not asked for again. */
  loseChanges(node: number): void {
    this.#settle(node, "lost");
  }

  /** What a power cut leaves, if each change that is not durable has the fate that is given. */
  image(fateOf: (index: number) => Fate): DiskImage {
    const changed = new Map<number, Node>();
    for (const [index, { node, change }] of this.#pending.entries()) {
      const fate = fateOf(index);
      if (fate === "lost") continue;
      const copy = changed.get(node) ?? copyOf(this.#durable.get(node)!);
      changed.set(node, copy);
      apply(copy, change, fate);
    }
    const files = new Map<string, Uint8Array>();
    const folders: string[] = [];
    const visit = (number: number, above: string): void => {
      const { names } = (changed.get(number) ?? this.#durable.get(number)!) as { names: Map<string, number> };
      for (const [name, child] of names) {
        const node = changed.get(child) ?? this.#durable.get(child)!;
        if ("content" in node) files.set(above + name, node.content.room.subarray(0, node.content.length));
        else {
          folders.push(above + name);
          visit(child, `${above}${name}/`);
        }
      }
    };
    visit(ROOT, "");
    return { files, folders };
  }

  #settle(node: number, fate: Fate): boolean {
    const durable = this.#durable.get(node)!;
    const rest: Pending[] = [];
    for (const pending of this.#pending) {
      if (pending.node === node) apply(durable, pending.change, fate);
      else rest.push(pending);
    }
    const hadChanges = rest.length < this.#pending.length;
    this.#pending = rest;
    return hadChanges;
  }

  #put(number: number, node: Node): void {
    this.#live.set(number, node);
    this.#durable.set(number, copyOf(node));
  }

  /** Puts something where a path says, live and durable. */
  #enter(path: string, node: Node): void {
    const names = path.split("/");
    const above = this.find(names.slice(0, -1)) as number;
    this.#nodes += 1;
    this.#put(this.#nodes, node);
    for (const side of [this.#live, this.#durable])
      (side.get(above) as { names: Map<string, number> }).names.set(names.at(-1)!, this.#nodes);
  }
}

function copyOf(node: Node): Node {
  if ("names" in node) return { names: new Map(node.names) };
  const { room, length } = node.content;
  return { content: { room: room.slice(0, length), length } };
}

function apply(node: Node, change: Change, fate: Fate): void {
  if (fate === "lost") return;
  if ("names" in node) {
    if (!("names" in change)) return;
    for (const [name, to] of change.names) {
      if (to === undefined) node.names.delete(name);
      else node.names.set(name, to);
    }
  } else if ("truncate" in change) setLength(node.content, change.truncate);
  else if ("write" in change) {
    const { write, at } = change;
    const bytes = typeof fate === "object" ? write.subarray(0, fate.bytes) : write;
    setLength(node.content, Math.max(node.content.length, at + bytes.length));
    const zeros = fate === "zeros" ? bytes.length : fate === "first-block-zeros" ? BLOCK_BYTES - (at % BLOCK_BYTES) : 0;
    node.content.room.set(bytes, at);
    node.content.room.fill(0, at, at + Math.min(zeros, bytes.length));
  }
}

/** Bytes beyond what was there are zeros. */
function setLength(content: Content, length: number): void {
  if (length > content.room.length) {
    const room = new Uint8Array(Math.max(length, 2 * content.room.length));
    room.set(content.room.subarray(0, content.length));
    content.room = room;
  } else if (length < content.length) content.room.fill(0, length, content.length);
  content.length = length;
}
