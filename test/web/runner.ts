/** The part of vitest that tests of stores use, for hosts in which vitest does not run: bundles take this module in its place. */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  customMatchers,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
} from "@vitest/expect";
import * as chai from "chai";
import type { ExpectStatic } from "vitest";

type Body = () => void | Promise<void>;

interface Case {
  readonly name: string;
  readonly body: Body;
}

/** What a case came to: nothing where it passed. */
export interface Outcome {
  readonly name: string;
  readonly ms: number;
  readonly error?: string;
}

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** As vitest's. */
export const expect = Object.assign((value: unknown) => chai.expect(value), chai.expect) as unknown as ExpectStatic;
const matchers = (globalThis as Record<symbol, object>)[ASYMMETRIC_MATCHERS_OBJECT]!;
Object.assign(expect, matchers);
(chai.expect as unknown as { extend(...args: unknown[]): void }).extend(expect, customMatchers);

const cases: Case[] = [];
const names: string[] = [];

/** Names the cases that `body` makes. */
export function describe(name: string, body: () => void): void {
  names.push(name);
  body();
  names.pop();
}

/** A case. */
export function it(name: string, body: Body): void {
  cases.push({ name: [...names, name].join(" > "), body });
}

/** A case for each row of values, whose first one is in its name. */
it.each =
  <T extends readonly unknown[]>(rows: readonly T[]) =>
  (name: string, body: (...values: T) => void | Promise<void>): void => {
    for (const row of rows) it(name.replace("%s", String(row[0])), () => body(...row));
  };

/** Runs all cases, one after the other. */
export async function runCases(): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, body } of cases.splice(0)) {
    const begun = performance.now();
    let error: string | undefined;
    try {
      await body();
    } catch (thrown) {
      error = thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown);
    }
    outcomes.push({ name, ms: Math.round(performance.now() - begun), ...(error !== undefined && { error }) });
  }
  return outcomes;
}
