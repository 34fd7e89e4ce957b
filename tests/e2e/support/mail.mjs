// The mail server of the site. It wants TLS, so it comes with an authority the app is told to trust.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Helper } from "./helper.mjs";
import { freePort } from "./ports.mjs";

const program = fileURLToPath(new URL("mail.py", import.meta.url));

export class MailServer extends Helper {
  static async start(python, folder, port) {
    port ??= await freePort();
    const { authority, certificate, key } = certificates(folder);
    const server = new MailServer(python, [program, "--certificate", certificate, "--key", key, "--port", `${port}`]);
    await server.next((line) => line.listening, "the mail server");
    server.port = port;
    server.url = `smtp://parcels:secret@localhost:${port}`;
    server.authority = authority;
    return server;
  }

  refuse = () => this.order("refuse");
  busy = () => this.order("busy");
  accept = () => this.order("accept");

  /** Every mail to an address that was taken, so far. */
  all = (address) => this.said.filter((line) => line.recipients?.includes(address));

  /** The next mail to an address. */
  to = (address, seconds) => this.next((line) => line.recipients?.includes(address), `a mail to ${address}`, seconds);
}

/** An authority, and a certificate of it for this machine. */
function certificates(folder) {
  const at = (name) => join(folder, name);
  const made = { authority: at("authority.pem"), certificate: at("mail.pem"), key: at("mail.key") };
  if (existsSync(made.certificate)) return made;
  const make = (name, subject, ...more) =>
    execFileSync("openssl", [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2",
      "-subj", `/CN=${subject}`, "-keyout", at(`${name}.key`), "-out", at(`${name}.pem`), ...more,
    ], { stdio: "pipe" });
  make("authority", "Cubby test authority", "-addext", "keyUsage=critical,keyCertSign");
  make("mail", "localhost", "-CA", at("authority.pem"), "-CAkey", at("authority.key"),
    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE");
  return made;
}
