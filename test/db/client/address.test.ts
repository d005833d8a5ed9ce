import { describe, expect, test } from "vitest";
import { type Address, describeAddress, parseAddress } from "../../../db/client/address.ts";
import { startupOptions } from "../../../db/client/driver-options.ts";

const read = (url: string, env = {}): Address => parseAddress(url, env);

describe("a connection string", () => {
  const placed: readonly (readonly [string, readonly (readonly [string, number])[], string])[] = [
    ["postgres://u:p@db.host:6000/shop", [["db.host", 6000]], "shop"],
    ["postgresql://u@db.host/shop", [["db.host", 5432]], "shop"],
    ["postgres:///shop?host=/run/postgresql", [["/run/postgresql", 5432]], "shop"],
    ["postgres://u@%2Frun%2Fpostgresql/shop", [["/run/postgresql", 5432]], "shop"],
    ["postgres://u@[::1]:6000/shop", [["::1", 6000]], "shop"],
    ["postgres://u@[::1]/shop", [["::1", 5432]], "shop"],
    [
      "postgres://u@one:6001,two:6002,[::1]/shop",
      [
        ["one", 6001],
        ["two", 6002],
        ["::1", 5432],
      ],
      "shop",
    ],
    [
      "postgres:///shop?host=one,two&port=6001,6002",
      [
        ["one", 6001],
        ["two", 6002],
      ],
      "shop",
    ],
    [
      "postgres:///shop?host=one,two&port=6001",
      [
        ["one", 6001],
        ["two", 6001],
      ],
      "shop",
    ],
    ["postgres://h/%D0%BB%D0%B0%D0%B2%D0%BA%D0%B0", [["h", 5432]], "лавка"],
    ["postgres://h/лавка", [["h", 5432]], "лавка"],
    ["postgres://u@h", [["h", 5432]], "u"],
    ["postgres://u@h?dbname=shop", [["h", 5432]], "shop"],
    ["postgres:///shop", [["localhost", 5432]], "shop"],
  ];
  test.each(placed)("%s names its servers and its database", (url, hosts, database) => {
    const address = read(url);
    expect(address.hosts.map(({ name, port }) => [name, port])).toEqual(hosts);
    expect(address.database).toBe(database);
  });

  test("keeps a password's odd characters, written as they are or as %XX", () => {
    expect(read("postgres://me:p%40%2F%3Fss@h/d")).toMatchObject({ user: "me", password: "p@/?ss" });
    expect(read("postgres://me:p@s#s:@h/d")).toMatchObject({ user: "me", password: "p@s#s:" });
  });

  test("is filled in from libpq's environment", () => {
    const env = { PGHOST: "/tmp", PGPORT: "6000", PGUSER: "me", PGPASSWORD: "secret", PGDATABASE: "shop" };
    expect(read("postgres://", env)).toMatchObject({
      hosts: [{ name: "/tmp", port: 6000 }],
      user: "me",
      password: "secret",
      database: "shop",
    });
    expect(read("postgres://you:pw@h/d", env)).toMatchObject({
      hosts: [{ name: "h" }],
      user: "you",
      password: "pw",
      database: "d",
    });
  });

  const modes: readonly (readonly [string, string])[] = [
    ["", "prefer"],
    ["sslmode=disable", "disable"],
    ["sslmode=require", "require"],
    ["sslmode=verify-ca", "verify-ca"],
    ["sslmode=no-verify", "no-verify"],
    ["ssl=true", "require"],
    ["ssl=1", "require"],
    ["ssl=false", "disable"],
    ["ssl=no-verify", "no-verify"],
    ["ssl=true&sslmode=verify-full", "verify-full"],
    ["sslrootcert=system", "verify-full"],
    ["sslnegotiation=direct", "require"],
    ["uselibpqcompat=true&sslmode=require", "require"],
    ["sslmode=require&channel_binding=prefer", "require"],
    ["sslmode=require&channel_binding=require", "verify-full"],
  ];
  test.each(modes)("?%s encrypts as %s", (query, mode) => {
    expect(read(`postgres://u@h/d?${query}`).tls.mode).toBe(mode);
  });

  test("hands settings to the server", () => {
    const { session } = read("postgres://u@h/d?options=-c%20work_mem%3D8MB&statement_timeout=5000");
    expect(startupOptions({ ...session, x: "read committed" })).toBe(
      "-c work_mem=8MB -c statement_timeout=5000 -c x=read\\ committed",
    );
  });

  test("leaves other tools' parameters out, and says so in one line", () => {
    const { notes } = read(
      "postgres://u@h/d?pgbouncer=true&schema=public&connection_limit=5&sslmode=disable",
    );
    expect(notes).toEqual([expect.stringMatching(/^pgbouncer, schema, connection_limit in .*: left out/)]);
    expect(read("postgres://u@h/d?application_name=shop&target_session_attrs=read-write").notes).toEqual([]);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ["postgres://u@h/d?colour=СЕКРЕТ", /does not know the parameter colour: remove it/],
    ["postgres://u@h/d?sslmode=СЕКРЕТ", /^sslmode: expected one of: disable, allow, prefer/],
    ["postgres://u@h/d?target_session_attrs=СЕКРЕТ", /^target_session_attrs: expected one of: any/],
    ["postgres://u@h/d?connect_timeout=СЕКРЕТ", /^connect_timeout: expected a whole number/],
    ["postgres://u@h/d?client_encoding=KOI8R", /speaks UTF8 only/],
    ["postgres://u@h/d?sslmode=require&sslrootcert=system", /write sslmode=verify-full/],
    ["postgres://u@h/d?sslmode=prefer&sslnegotiation=direct", /sslmode=require or stronger/],
    ["postgres://u:СЕКРЕТ@h:port/d", /not readable as an address: .* port from 1 to 65535/],
    ["postgres://u:100%@h/d", /special characters in the password as %XX/],
    ["postgres://u:СЕК/РЕТ@h/d", /special characters in the password as %XX/],
    ["postgres://u:СЕК?РЕТ@h/d", /special characters in the password as %XX|name=value/],
    ["postgres://u@one,two,three/d?port=1,2", /lists of one length/],
  ];
  test.each(wrong)("%s is refused in one line without its values", (url, line) => {
    let said = "";
    try {
      read(url);
    } catch (error) {
      said = (error as Error).message;
    }
    expect(said).toMatch(line);
    expect(said).not.toMatch(/СЕК|РЕТ|\n/);
  });

  test("is described without password and parameters", () => {
    expect(describeAddress("postgres://u:secret@one:6001,[::1]/%D0%BB%D0%B0%D0%B2?sslmode=disable")).toBe(
      "one:6001,[::1]:5432/лав",
    );
    expect(describeAddress("postgres:///d?host=/tmp")).toBe("/tmp:5432/d");
  });
});
