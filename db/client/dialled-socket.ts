import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Address, Host } from "./address.ts";
import { dial } from "./dial.ts";

/** Finds the servers of an address that may be connected to. */
export type FindHosts = (address: Address, signal: AbortSignal) => Promise<readonly Host[]>;

/**
 * The connection that both drivers are handed in place of their own socket: it finds the server and encrypts before the driver's
 * first byte passes, so that an address means the same whichever driver uses it. Has of `net.Socket` what the two use.
 */
export class DialledSocket extends Duplex {
  readonly #address: Address;
  readonly #findHosts: FindHosts;
  readonly #giveUp = new AbortController();
  #inner: Socket | undefined;
  #held: (() => void) | undefined;

  constructor(address: Address, findHosts: FindHosts) {
    // Half open: or the end that the server sends would look like one that the driver asked for.
    super({ allowHalfOpen: true, emitClose: false });
    this.#address = address;
    this.#findHosts = findHosts;
  }

  /** Begins to connect; what a driver passes is not looked at. Emits `connect`. */
  connect(): this {
    void this.#connect();
    return this;
  }

  get readyState(): string {
    return this.destroyed ? "closed" : "open";
  }

  // Set at the connection itself, as the address says.
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    this.#inner?.ref();
    return this;
  }
  unref(): this {
    this.#inner?.unref();
    return this;
  }

  async #connect(): Promise<void> {
    try {
      const hosts = await this.#findHosts(this.#address, this.#giveUp.signal);
      this.#attach(await dial(this.#address, hosts, this.#giveUp.signal));
    } catch (error) {
      // postgres.js 3.4 keeps what it wrote in the first turn for its next connection if this one fails before that turn is over.
      setImmediate(() => setImmediate(() => this.destroy(error as Error)));
    }
  }

  #attach(inner: Socket): void {
    if (this.destroyed) return void inner.destroy();
    this.#inner = inner;
    inner.on("data", (chunk) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.on("end", () => this.push(null));
    inner.on("error", (error) => this.destroy(error));
    inner.on("close", () => {
      if (!this.writableEnded) this.destroy(closedByServer());
      else this.destroy();
    });
    this.emit("connect");
    this.#held?.();
    this.#held = undefined;
  }

  override _read(): void {
    this.#inner?.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#inner === undefined) this.#held = () => this._write(chunk, encoding, done);
    else this.#inner.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#inner === undefined) return void this.destroy();
    this.#inner.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#giveUp.abort();
    this.#inner?.destroy();
    done(error);
    process.nextTick(() => this.emit("close", error !== null));
  }
}

const closedByServer = (): Error =>
  Object.assign(new Error("the server closed the connection"), { code: "ECONNRESET" });
