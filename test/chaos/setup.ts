import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { clientOf } from "./client.ts";
import type { Profile } from "./profile.ts";

/** A database of its own with the checkout's schema, made by its own command. */
export async function migrated(clusterUrl: string, tree: string): Promise<string> {
  const admin = postgres(clusterUrl, { max: 1 });
  await admin`create database chaos`;
  await admin.end();
  const url = clusterUrl.replace(/\/postgres$/, "/chaos");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(tree, "src/cli.ts"), "migrate"],
    {
      cwd: tmpdir(),
      env: { PATH: process.env["PATH"], DATABASE_URL: url },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`predraft migrate ended with ${code}`);
  return url;
}

/** Sellers, two of whom have their midnight while the run is under way. */
export async function prepare(url: string, profile: Profile): Promise<void> {
  const sql = clientOf(url, "admin");
  const soon = (minutes: number): string => {
    const now = new Date();
    const left = 1_440 - (now.getUTCHours() * 60 + now.getUTCMinutes()) - minutes; // from now to midnight at UTC
    const east = left > 720 ? left - 1_440 : left; // POSIX puts the sign the other way round
    const [hours, rest] = [Math.floor(Math.abs(east) / 60), Math.abs(east) % 60];
    return `<chaos>${east > 0 ? "-" : "+"}${hours}:${String(rest).padStart(2, "0")}`;
  };
  const zones = [soon(2), soon(4), "Asia/Vladivostok", "Europe/Moscow", "UTC"];
  const sellers = Array.from({ length: profile.sellers }, (_, n) => ({
    id: n + 1,
    zone: zones[n % zones.length] as string,
  }));
  await sql`
    insert into public.sellers ${sql(sellers.map(({ id }) => ({ id, name: `Продавец ${id}` })))}`;
  await sql`
    insert into predraft.seller_settings ${sql(sellers.map(({ id, zone }) => ({ seller_id: id, time_zone: zone })))}`;
  await sql`create index on public.interactions (external_id)`;
  await sql.end();
}
