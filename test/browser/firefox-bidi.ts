// Debian's Firefox, driven through its own WebDriver BiDi socket: playwright-core speaks only to a Firefox of
// its own. Just what the tests need: a page, and the result of a program in it.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFirefox } from "../require.ts";

interface Reply {
  readonly id?: number;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the protocol's own data
  readonly result: any;
  readonly message?: string;
}

export class Firefox {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
  #nextId = 1;

  private constructor(process: ChildProcess, profile: string, socket: WebSocket) {
    this.#process = process;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const reply = JSON.parse(String(data)) as Reply;
      const waiting = this.#pending.get(reply.id ?? -1);
      if (waiting === undefined) return;
      if (reply.type === "error") waiting.reject(new Error(reply.message));
      else waiting.resolve(reply);
    };
  }

  static async open(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), "coppice-firefox-"));
    // No page of ours needs the network outside of this machine.
    const preferences = [
      "app.update.enabled",
      "network.captive-portal-service.enabled",
      "browser.safebrowsing.malware.enabled",
    ];
    writeFileSync(
      join(profile, "user.js"),
      preferences.map((name) => `user_pref(${JSON.stringify(name)}, false);\n`).join(""),
    );
    const args = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"];
    const child = spawn(findFirefox() ?? "firefox-esr", args, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" },
    });
    const address = await new Promise<string>((resolve, reject) => {
      let text = "";
      child.stderr?.on("data", (chunk: Buffer) => {
        text += String(chunk);
        const found = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(text);
        if (found) resolve(found[1]);
      });
      child.on("exit", (code) => reject(new Error(`firefox ended with ${code}: ${text}`)));
    });
    const socket = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("no BiDi socket"));
    });
    const firefox = new Firefox(child, profile, socket);
    await firefox.#send("session.new", { capabilities: {} });
    return firefox;
  }

  /** Opens `url` in a new tab and runs a program there; its result is plain data. */
  async run<Argument, Result>(
    url: string,
    program: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result> {
    const { result: tab } = await this.#send("browsingContext.create", { type: "tab" });
    const { context } = tab;
    await this.#send("browsingContext.navigate", { context, url, wait: "complete" });
    const { result } = await this.#send("script.evaluate", {
      expression: `(${program})(${JSON.stringify(argument)}).then(JSON.stringify)`,
      target: { context },
      awaitPromise: true,
    });
    await this.#send("browsingContext.close", { context });
    if (result.type === "exception") throw new Error(result.exceptionDetails.text);
    return JSON.parse(result.result.value) as Result;
  }

  async close(): Promise<void> {
    const isGone = new Promise((resolve) => this.#process.on("exit", resolve));
    await this.#send("browser.close", {}).catch(() => this.#process.kill());
    this.#socket.close();
    await isGone;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 3 });
  }

  #send(method: string, params: object): Promise<Reply> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
