/** A bug that is put into a copy of the library: text of one of its files that another takes the place of. */
export interface Plant {
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const plant = (name: string, file: string, from: string, to: string): Plant => ({ name, file, from, to });

/** Each must be noticed by a simulation, by crash points, by errors of the store, or by damage. */
export const PLANTS: readonly Plant[] = [
  plant(
    "the plan is not awaited",
    "checkpoint/checkpoint.ts",
    'await this.#append("planned"',
    'void this.#append("planned"',
  ),
  plant(
    "nothing is committed",
    "checkpoint/checkpoint.ts",
    'this.#generations.committed(await this.#append("committed", payload), payload.length);',
    "void payload;",
  ),
  plant("the epoch stays", "checkpoint/checkpoint.ts", "epoch: image.epoch + 1", "epoch: Math.max(1, image.epoch)"),
  plant("an entry may be written over", "checkpoint/patient-store.ts", "{ ifAbsent: true }", "{}"),
  plant(
    "an entry of another process is taken for one's own",
    "checkpoint/patient-store.ts",
    "if (there === undefined || !sameBytes(there, bytes)) return false;",
    "if (there === undefined) return false;",
  ),
  plant("a full store is given up", "checkpoint/patient-store.ts", "(!isFull && attempt >= ATTEMPTS_MAX)", "isFull"),
  plant("the owner is not asked after", "checkpoint/received-log.ts", "await this.#log.assertOwner();", ""),
  plant(
    "what is received counts before it is durable",
    "checkpoint/received-log.ts",
    "if (count > this.#durable && this.#error === undefined) {",
    "if (count < 0) {",
  ),
  plant(
    "what was found is not said",
    "checkpoint/received-log.ts",
    "if (segments.length > 0 || willLog)",
    "if (false)",
  ),
  plant(
    "a failed segment is gone on with",
    "checkpoint/received-log.ts",
    "      this.#next();\n      await this.#store.write(",
    "      void this.#store.write(",
  ),
  plant(
    "the log of received data is deleted too early",
    "checkpoint/received-log.ts",
    "if (end > (before.get(input) ?? 0)) return;",
    "",
  ),
  plant("words of later processes are not heeded", "checkpoint/received-segments.ts", "if (!isKnown) continue;", ""),
  plant(
    "a group with a hole in front counts twice",
    "checkpoint/received-segments.ts",
    "known.logged.length = index;",
    "",
  ),
  plant("the payload's checksum is not compared", "checkpoint/sealed.ts", "!== crc32c(payload)", "=== -1"),
  plant(
    "the header's checksum is not compared",
    "checkpoint/sealed.ts",
    '!== crc32c(bytes.subarray(0, HEADER_CRC_AT))) {\n    throw damaged(key, "has a header',
    '=== -1) {\n    throw damaged(key, "has a header',
  ),
  plant(
    "a damaged generation ends the job",
    "checkpoint/generations.ts",
    'error.code !== "checkpoint-damaged"',
    "error.code !== undefined",
  ),
  plant(
    "one entry less of the log is read",
    "checkpoint/generations.ts",
    "while (image.at < newest)",
    "while (image.at < newest - 1)",
  ),
  plant(
    "generations do not say what is pending",
    "checkpoint/generations.ts",
    "    [...pending.values()].map(",
    "    [...pending.values()].slice(1).map(",
  ),
  plant("the order of generations is turned", "checkpoint/generations.ts", ")).reverse()) {", "))) {"),
  plant(
    "the log is deleted up to the newest generation",
    "checkpoint/generation-maker.ts",
    "await this.#deleteBefore(before)",
    "await this.#deleteBefore(frozen.at)",
  ),
  plant(
    "the log is deleted before the generation is written",
    "checkpoint/generation-maker.ts",
    "const payload = encodeGeneration(frozen);",
    "await this.#deleteBefore(frozen.at); const payload = encodeGeneration(frozen);",
  ),
  plant(
    "segments of the older generation are deleted",
    "checkpoint/generation-maker.ts",
    "new Set([...needed, ...this.#needed, ...others])",
    "new Set<string>()",
  ),
  plant(
    "runs are merged in the wrong order",
    "checkpoint/generation-maker.ts",
    "mergeLayers(layers)",
    "mergeLayers([...layers].reverse())",
  ),
  plant(
    "what is gone comes back",
    "checkpoint/generation-maker.ts",
    "from === 0 ? entriesAlone(merged) : merged",
    "entriesAlone(merged)",
  ),
  plant(
    "the oldest changes do not become part of a run",
    "checkpoint/state-image.ts",
    "parts: mergeLayers(recent.map(layerOfRecent))",
    "parts: mergeLayers(recent.slice(1).map(layerOfRecent))",
  ),
  plant(
    "deletions are not saved",
    "checkpoint/state-image.ts",
    "slotsOf(put, deleted)",
    "slotsOf(put, new Float64Array(0))",
  ),
  plant(
    "changes since the newest run are not read",
    "checkpoint/state-image.ts",
    "...this.#recent.map(layerOfRecent)];",
    "...(this.runs.length > 0 ? [] : this.#recent.map(layerOfRecent))];",
  ),
  plant(
    "a batch that is done stays pending",
    "checkpoint/job-image.ts",
    "!this.pending.delete(timeMs)",
    "!this.pending.has(timeMs)",
  ),
  plant("what inputs took is forgotten", "checkpoint/job-image.ts", "take === newest ||", ""),
  plant(
    "attempts are not counted",
    "checkpoint/context-checkpoint.ts",
    "return this.#checkpoint!.epoch - epoch + 1;",
    "return 1;",
  ),
  plant("states are not given back", "checkpoint/context-checkpoint.ts", "state.restore(saved);", ""),
  plant(
    "a plan does not wait for what it names",
    "checkpoint/context-checkpoint.ts",
    "await this.#checkpoint!.received.durable();",
    "",
  ),
  plant(
    "what windows look back at is not saved",
    "checkpoint/context-checkpoint.ts",
    "for (const rows of this.#kept) await rows.keep(scope, engine);",
    "",
  ),
  plant(
    "rows that are kept are forgotten a batch early",
    "checkpoint/kept-rows.ts",
    "if (at > horizonMs) continue;",
    "if (at > horizonMs + 1000) continue;",
  ),
  plant(
    "bytes are not made durable",
    "checkpoint/folder-store.ts",
    "await writeAll(file, bytes);\n        await file.sync();",
    "await writeAll(file, bytes);",
  ),
  plant(
    "names are not made durable",
    "checkpoint/folder-store.ts",
    "await this.#folder.sync(folder);\n    } catch (error) {",
    "} catch (error) {",
  ),
  plant("a log is not made durable", "checkpoint/folder-log.ts", "await this.#file.sync();", ""),
  plant(
    "a log whose fsync failed goes on",
    "checkpoint/folder-log.ts",
    "      this.#isBroken = true;\n      await this.#takeBack();",
    "",
  ),
  plant(
    "a name that could not be made durable stays",
    "checkpoint/folder-store.ts",
    "if (isNew) await this.#folder.remove(path);",
    "",
  ),
  plant(
    "numbers of entries are not compared",
    "checkpoint/log.ts",
    "if (sealed.number === number)",
    "if (sealed.number > 0)",
  ),
];

/** What must be noticed whatever else is. */
export const CANARY = plant(
  "the last row of a batch is lost",
  "rdd.ts",
  "return actions.joined(await this.#run(this.#all(), actions.collecting)) as T[];",
  "return actions.joined(await this.#run(this.#all(), actions.collecting)).slice(1) as T[];",
);
