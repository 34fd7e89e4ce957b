// A file's bytes on their way to Rust, a mebibyte at a time. Never reads more of the file than it is about to send.
import { call } from "../../../../ipc/client";
import type { ImportState } from "../../../../ipc/bindings";
import type { Options } from "./options";

const PIECE = 1 << 20;

export async function upload(file: File, options: Options): Promise<ImportState> {
  const { id } = await call((c) => c.importBegin(file.name));
  for (let at = 0; at < file.size; at += PIECE) {
    const piece = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
    await call((c) => c.importBytes(id, base64(piece)));
  }
  return await call((c) => c.importRead(id, options));
}

function base64(bytes: Uint8Array): string {
  let text = "";
  // An argument list has its limits: a few thousand at a time.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
