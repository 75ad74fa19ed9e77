import { chromium } from "playwright-core";
import { launch } from "puppeteer-core";
import { BROWSERS } from "../../../scripts/install-browsers.mjs";

const WAIT_MS_MAX = 45_000;

/** What tests do with a page, in whichever browser. Functions run in the page. */
export interface Page {
  goto(address: string): Promise<void>;
  evaluate<A, R>(fn: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
  /** Waits until `fn` says yes. */
  until<A>(fn: (argument: A) => unknown, argument: A): Promise<void>;
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
  size(width: number, height: number): Promise<void>;
  setFile(selector: string, path: string): Promise<void>;
  screenshot(path: string): Promise<void>;
  /** Errors of the page since it was made. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

export interface Browser {
  page(): Promise<Page>;
  close(): Promise<void>;
}

/** Chromium, by its own protocol. */
export async function openChromium(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: BROWSERS.chromium, args: ["--no-sandbox"] });
  return {
    close: () => browser.close(),
    async page() {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      return {
        errors,
        goto: async (address) => void (await page.goto(address)),
        evaluate: (fn, argument) => page.evaluate(fn as never, argument as never),
        until: async (fn, argument) =>
          void (await page.waitForFunction(fn as never, argument as never, { timeout: WAIT_MS_MAX })),
        press: (key) => page.keyboard.press(key),
        type: (text) => page.keyboard.insertText(text),
        size: (width, height) => page.setViewportSize({ width, height }),
        setFile: (selector, path) => page.setInputFiles(selector, path),
        screenshot: async (path) => void (await page.screenshot({ path })),
        close: () => page.close(),
      };
    },
  };
}

/** Firefox, by WebDriver BiDi. */
export async function openFirefox(): Promise<Browser> {
  const browser = await launch({ browser: "firefox", executablePath: BROWSERS.firefox, headless: true });
  return {
    close: () => browser.close(),
    async page() {
      const page = await browser.newPage();
      await page.setViewport({ width: 1440, height: 900 });
      const errors: string[] = [];
      page.on("pageerror", (error) => {
        const message = error instanceof Error ? error.message : String(error);
        // A server that cannot be reached is told of here, too: the page has said so itself.
        if (!message.includes("establish a connection")) errors.push(message);
      });
      return {
        errors,
        goto: async (address) => void (await page.goto(address)),
        evaluate: (fn, argument) => page.evaluate(fn as never, argument) as never,
        until: async (fn, argument) =>
          void (await page.waitForFunction(fn as never, { timeout: WAIT_MS_MAX }, argument)),
        async press(key) {
          const keys = key.split("+") as Array<Parameters<typeof page.keyboard.press>[0]>;
          const last = keys.pop()!;
          for (const held of keys) await page.keyboard.down(held);
          await page.keyboard.press(last);
          for (const held of keys) await page.keyboard.up(held);
        },
        type: (text) => page.keyboard.type(text),
        size: (width, height) => page.setViewport({ width, height }),
        async setFile(selector, path) {
          const input = await page.$(selector);
          await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(path);
        },
        screenshot: async (path) => void (await page.screenshot({ path: path as `${string}.png` })),
        close: () => page.close(),
      };
    },
  };
}
