import type { InputLog, Logged } from "../plan/input-log.js";

/** What came in before there was a log: logged when there is one. */
export class EarlyLog implements InputLog {
  readonly operations: Logged[] = [];

  get position(): number {
    return this.operations.length;
  }

  after(): readonly Logged[] {
    return [];
  }

  add(logged: Logged): void {
    this.operations.push(logged.kind === "text" ? { kind: "text", bytes: logged.bytes.slice() } : logged);
  }

  durable(): undefined {}

  ready(): undefined {}
}
