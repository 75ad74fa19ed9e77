// A store in a folder, on plain files: small enough to be read at a glance, and able to kill its process before, within or after a write.
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";

/** `killAt`: at which step of a write the process is to end, counted over all writes; 0 is never. */
export function storeInFolder(root, killAt) {
  let steps = 0;
  const step = () => {
    if (++steps === killAt) process.kill(process.pid, "SIGKILL");
  };
  const put = (path, bytes, place) => {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.new`;
    step();
    const file = openSync(temporary, "w");
    writeSync(file, bytes.subarray(0, bytes.length >> 1));
    step();
    writeSync(file, bytes.subarray(bytes.length >> 1));
    fsyncSync(file);
    closeSync(file);
    place(temporary, path);
    step();
  };
  return {
    async read(key) {
      return existsSync(join(root, key)) ? new Uint8Array(readFileSync(join(root, key))) : undefined;
    },
    async write(key, bytes, { ifAbsent = false } = {}) {
      put(join(root, key), bytes, (from, to) => {
        if (!ifAbsent) return renameSync(from, to);
        try {
          linkSync(from, to);
        } catch (error) {
          throw error.code === "EEXIST" ? Object.assign(new Error("It is there."), { code: "exists" }) : error;
        } finally {
          rmSync(from);
        }
      });
    },
    async delete(key) {
      step();
      rmSync(join(root, key), { force: true });
    },
    async list(prefix) {
      if (!existsSync(root)) return [];
      return readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith(".new"))
        .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
        .filter((key) => key.startsWith(prefix))
        .sort();
    },
  };
}
