import { describe, expect, onTestFinished } from "vitest";
import { describeProxy, useProxies } from "../../src/console/proxy.ts";
import type { PredraftError } from "../../src/errors.ts";
import { type HttpProxy, startHttpProxy } from "../helpers/http-proxy.ts";
import { answerText } from "../helpers/model-server.ts";
import { test } from "../helpers/rig.ts";
import { failure, send } from "./ask.ts";
import { dialects } from "./dialects.ts";

type Proxies = Parameters<typeof useProxies>[0];
const none: Proxies = { http: undefined, https: undefined, none: undefined };

async function behind(
  proxies: (address: string) => Partial<Proxies>,
  credentials?: string,
): Promise<HttpProxy> {
  const proxy = await startHttpProxy(credentials);
  const restore = useProxies({ ...none, ...proxies(proxy.address) });
  onTestFinished(async () => {
    restore();
    await proxy.stop();
  });
  return proxy;
}
/** The model's server by a name that the proxy alone can resolve. */
const named = (root: string, name = "model.invalid"): string => root.replace("127.0.0.1", name);

describe.each(dialects)("a call to $what", (dialect) => {
  test("goes through the proxy of the environment", async ({ model }) => {
    const proxy = await behind((address) => ({ http: `http://me:secret@${address}` }), "me:secret");
    expect((await send(dialect, { root: named(model.root) })).answer.text).toBe(answerText(1));
    expect(proxy.asked).toEqual([named(model.root).replace("http://", "")]);
  });

  test("goes past it to what NO_PROXY names, and to this machine", async ({ model }) => {
    const proxy = await behind((address) => ({ http: address, none: "example.invalid, .internal" }));
    await send(dialect, model);
    await send(dialect, { root: named(model.root, "localhost") });
    expect((await failure(send(dialect, { root: named(model.root, "a.internal") }))).code).toBe(
      "model_unreachable",
    );
    expect(proxy.asked).toEqual([]);
  });

  test("that the proxy refuses says what to put right", async () => {
    const proxy = await behind((address) => ({ https: `http://me:wrong@${address}` }), "me:secret");
    const server = { root: "https://model.invalid" };
    const unnamed = await failure(send(dialect, server));
    expect(unnamed).toMatchObject({
      code: "model_misconfigured",
      hint: expect.stringContaining("HTTPS_PROXY"),
    });
    expect(unnamed.message).not.toContain("wrong");
    proxy.refuse(403);
    expect(await failure(send(dialect, server))).toMatchObject({
      code: "model_unreachable",
      retryable: true,
      message: "The proxy does not let the call through (403)",
    });
    expect(new Set(proxy.asked)).toEqual(new Set(["model.invalid:443"]));
  });
});

describe("a proxy in the environment", () => {
  test("is shown without its name and password", () => {
    expect(describeProxy("http://me:secret@proxy.corp:3128")).toBe("http://proxy.corp:3128");
    expect(describeProxy("proxy.corp:3128")).toBe("http://proxy.corp:3128");
  });

  test.for(["socks5://me:secret@proxy:1080", "http://me:secret@", "proxy host"])(
    "that is no HTTP proxy (%s) is one line, which repeats nothing of it",
    (value) => {
      let error: PredraftError | undefined;
      try {
        useProxies({ ...none, https: value });
      } catch (thrown) {
        error = thrown as PredraftError;
      }
      expect(error).toMatchObject({
        code: "config_invalid",
        message: expect.stringContaining("HTTPS_PROXY"),
      });
      expect(`${error?.message}${error?.hint}`).not.toContain(value);
    },
  );
});
