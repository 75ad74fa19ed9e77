import { abi } from "#kernel";
import { assistCsvFields } from "./csv-fields.js";
import { assistJsonFields } from "./json-fields.js";
import type { Assist, AssistAccess } from "./program.js";
import type { VectorValue } from "./vector.js";

// Words of an instruction.
const DST = 4;
const A = 8;
const B = 12;
const C = 16;
const IMM = 20;

type Operands = readonly [a: VectorValue, b: VectorValue | typeof MISSING, c: VectorValue | typeof MISSING];

const MISSING = Symbol("not given");

/** The JavaScript form of an operation, for the rows that the kernel leaves: of its operands and imm. */
type Compute = (operands: Operands, imm: number) => VectorValue;

/** The real functions, called with the arguments that were given. */
function call(method: (text: string, ...args: never[]) => unknown): (operands: Operands) => VectorValue {
  return ([a, ...rest]) => method(a as string, ...(rest.filter((arg) => arg !== MISSING) as never[])) as VectorValue;
}

const TESTS = [
  call((text, other: string, from?: number) => text.startsWith(other, from)),
  call((text, other: string, to?: number) => text.endsWith(other, to)),
  call((text, other: string, from?: number) => text.includes(other, from)),
];
const NUMBERS: Readonly<Record<number, (operands: Operands) => VectorValue>> = {
  [abi.TEXT_INDEX_OF]: call((text, other: string, from?: number) => text.indexOf(other, from)),
  [abi.TEXT_LAST_INDEX_OF]: call((text, other: string, from?: number) =>
    from === undefined ? text.lastIndexOf(other) : text.lastIndexOf(other, from),
  ),
};
const PARTS: Readonly<Record<number, (operands: Operands) => VectorValue>> = {
  [abi.TEXT_LOWER]: call((text) => text.toLowerCase()),
  [abi.TEXT_UPPER]: call((text) => text.toUpperCase()),
};

/** Longer texts are left to JavaScript. */
const HOST_TEXT_MAX = 2 ** 20;

/** What `OP_HOST` computes, by name; its imm is the index. Texts that throw where they are made, or are very long, are undefined. */
export const HOST_FUNCTIONS = ["repeat", "padStart", "padEnd", "replace", "replaceAll", "toFixed", "toString"] as const;
export type HostFunction = (typeof HOST_FUNCTIONS)[number];

const HOST: Readonly<Record<HostFunction, (operands: Operands) => VectorValue>> = {
  repeat: call((text, count: number) => (text.length * count > HOST_TEXT_MAX ? undefined : text.repeat(count))),
  padStart: call((text, length: number, fill?: string) =>
    length > HOST_TEXT_MAX ? undefined : text.padStart(length, fill),
  ),
  padEnd: call((text, length: number, fill?: string) =>
    length > HOST_TEXT_MAX ? undefined : text.padEnd(length, fill),
  ),
  replace: call((text, from: string, to: string) => text.replace(from, to)),
  replaceAll: call((text, from: string, to: string) => text.replaceAll(from, to)),
  toFixed: ([number, digits]) => (number as number).toFixed(digits === MISSING ? undefined : (digits as number)),
  toString: ([number, radix]) => (number as number).toString(radix as number),
};

function host(operands: Operands, index: number): VectorValue {
  try {
    return HOST[HOST_FUNCTIONS[index]!](operands);
  } catch {
    return undefined;
  }
}

const COMPUTE: ReadonlyArray<readonly [op: number, compute: Compute]> = [
  [abi.OP_TO_NUMBER, ([a]) => Number(a)],
  [abi.OP_TO_STRING, ([a]) => String(a)],
  [abi.OP_PARSE_NUMBER, ([a], imm) => (imm < 0 ? Number.parseFloat(a as string) : Number.parseInt(a as string, imm))],
  [abi.OP_TEXT_TEST, (operands, imm) => TESTS[imm]!(operands)],
  [abi.OP_TEXT_NUMBER, (operands, imm) => NUMBERS[imm]!(operands)],
  [abi.OP_TEXT_PART, (operands, imm) => PARTS[imm]!(operands)],
  [abi.OP_HOST, host],
];

/** By operation: what computes in JavaScript the rows that the kernel has listed. */
export const ASSISTS: ReadonlyMap<number, Assist> = new Map<number, Assist>([
  ...COMPUTE.map(([op, compute]): [number, Assist] => [op, (access) => assist(access, compute)]),
  [abi.OP_JSON_FIELDS, assistJsonFields],
  [abi.OP_CSV_FIELDS, assistCsvFields],
]);

function assist({ kernel, rows, instructionPtr, read, write }: AssistAccess, compute: Compute): void {
  const word = (offset: number) => kernel.memory.view.getInt32(instructionPtr + offset, true);
  const [dst, a, b, c, imm] = [word(DST), word(A), word(B), word(C), word(IMM)];
  for (const row of rows) {
    const operands: Operands = [read(a, row), b < 0 ? MISSING : read(b, row), c < 0 ? MISSING : read(c, row)];
    write(dst, row, compute(operands, imm));
  }
}
