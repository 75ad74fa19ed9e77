import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";

/** Runs a program of two outputs that says "ready" once its first batch is out, and whatever else comes; sends it `signals` then, one by one. */
async function runUntilSignal(options: string, signals: readonly NodeJS.Signals[], more = "") {
  const program = `
    import { StreamingContext } from "millrace";
    const ssc = new StreamingContext({ master: "local[2]", batchInterval: 20, ${options} });
    const lines = ssc.pushStream();
    let first = true;
    lines.foreachRDD(async (rdd) => {
      const rows = await rdd.collect();
      if (rows.length > 0) console.log(rows.join(" "));
      if (!first || rows.length === 0) return;
      first = false;
      await lines.push("late", "rows");
      console.log("ready");
      ${more}
    });
    ssc.start();
    await lines.push("first");
    await ssc.awaitTermination();
    console.log("ended", ssc.getState());`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  const left = [...signals];
  child.stdout.on("data", (data) => {
    out += String(data);
    if (out.includes("ready") && left.length === signals.length) child.kill(left.shift());
  });
  child.stderr.on("data", (data) => {
    err += String(data);
    if (err.includes("stops gracefully") && left.length > 0) child.kill(left.shift());
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on("close", (...ended) => resolve(ended));
  });
  return { code, signal, out, err };
}

describe("stopGracefullyOnShutdown", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s stops gracefully, then the process ends by itself", async (name) => {
    const { code, out, err } = await runUntilSignal("stopGracefullyOnShutdown: true", [name]);
    expect(out).toBe("first\nready\nlate rows\nended STOPPED\n");
    expect(err).toMatch(new RegExp(`^millrace: ${name}: StreamingContext stops gracefully`));
    expect(code).toBe(0);
  });

  test("a second signal ends the process at once", async () => {
    const stuck = "await new Promise(() => setInterval(() => {}, 1000));";
    const ended = await runUntilSignal(
      "stopGracefullyOnShutdown: true, gracefulStopTimeout: 600_000",
      ["SIGTERM", "SIGTERM"],
      stuck,
    );
    expect(ended).toMatchObject({ code: null, signal: "SIGTERM", out: "first\nready\n" });
  });

  test("without the option signals do what they do", async () => {
    const ended = await runUntilSignal("", ["SIGTERM"]);
    expect(ended).toMatchObject({ code: null, signal: "SIGTERM" });
    expect(ended.out).not.toContain("ended");
  });

  test("many contexts are one listener of the process, and none after their stop", async () => {
    const program = `
      import { ManualClock, StreamingContext } from "millrace";
      const make = () => {
        const options = { master: "local[1]", batchInterval: 1000, clock: new ManualClock(), stopGracefullyOnShutdown: true };
        const ssc = new StreamingContext(options);
        ssc.queueStream([[1]]).foreachRDD(() => {});
        return ssc;
      };
      const contexts = Array.from({ length: 20 }, make);
      const count = () => process.listenerCount("SIGTERM") + process.listenerCount("SIGINT");
      const counts = [count()];
      await Promise.all(contexts.map((ssc) => ssc.start()));
      counts.push(count());
      await Promise.all(contexts.map((ssc) => ssc.stop()));
      counts.push(count());
      console.log(counts.join());`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stdout.on("data", (data) => {
      text += String(data);
    });
    child.stderr.on("data", (data) => {
      text += String(data);
    });
    expect(await new Promise((resolve) => void child.on("close", resolve))).toBe(0);
    expect(text).toBe("0,2,0\n");
  });
});

describe("a program that awaits nothing", () => {
  test.each([
    ["a failing output", "lines.foreachRDD(() => { throw new Error('output'); });"],
    ["a failing batch", "lines.transform(() => { throw new Error('batch'); }).print();"],
    ["a failing start", ""],
    [
      "a throwing listener",
      "ssc.addStreamingListener({ onBatchStarted: async () => { throw new Error('listener'); } }); lines.foreachRDD(() => {});",
    ],
  ])("%s is no unhandled rejection, and the process ends", async (_, body) => {
    const program = `
      import { ManualClock, StreamingContext } from "millrace";
      const clock = new ManualClock();
      const ssc = new StreamingContext({ master: "local[2]", batchInterval: 1000, clock });
      const lines = ssc.pushStream();
      ${body}
      ssc.start();
      lines.push("a").catch(() => {});
      clock.advance(2000).then(() => ssc.stop({ stopGracefully: true }));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (data) => {
      err += String(data);
    });
    expect(await new Promise((resolve) => void child.on("close", resolve))).toBe(0);
    expect(err).not.toMatch(/unhandled/i);
  });
});
