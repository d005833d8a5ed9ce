import { type FileHandle, open } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { PredraftError } from "../errors.ts";

/** What a command reads. */
export interface Source {
  readonly stream: NodeJS.ReadableStream;
  /** The length of a plain file in bytes; absent if it is not known. */
  readonly size?: number;
  readonly bytesRead?: () => number;
}

/**
 * Opens a file, or standard input if `file` is "-", and passes it to `use`. Throws `input_unreadable` if it cannot be opened or read,
 * and what `use` throws.
 */
export async function withInput<T>(
  file: string,
  stdin: NodeJS.ReadableStream,
  use: (source: Source) => Promise<T>,
): Promise<T> {
  const source = file === "-" ? { stream: stdin } : await openFile(file);
  try {
    return await use(source);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === "read" ? unreadable(file, error) : error;
  }
}

async function openFile(file: string): Promise<Source> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const stat = await handle.stat();
    if (stat.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    const stream = handle.createReadStream();
    return { stream, size: stat.size, bytesRead: () => stream.bytesRead };
  } catch (error) {
    await handle?.close();
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): PredraftError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const why =
    {
      ENOENT: `there is no such file${isAbsolute(file) ? "" : ` in ${process.cwd()}`}`,
      EISDIR: "it is a directory",
      EACCES: "no right to read it",
    }[code] ?? code;
  return new PredraftError(`cannot read ${file}: ${why}`, {
    code: "input_unreadable",
    hint: 'name an NDJSON file, or "-" for standard input',
    cause: error,
  });
}
