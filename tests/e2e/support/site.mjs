// The site file of the stories: one bank, a mail channel if there is a server, an admin if one is to sign in.
export const admin = { email: "ada@example.com", password: "rowing past nine herons" };

const lobby = [
  { label: "A01", channel: 1, size: "S", column: 0, row: 0 },
  { label: "A02", channel: 2, size: "S", column: 0, row: 1 },
  { label: "A03", channel: 9, size: "M", column: 0, row: 2, features: ["accessible"] },
  { label: "B01", channel: 10, size: "M", column: 1, row: 0, features: ["refrigerated"] },
  { label: "B02", channel: 17, size: "L", column: 1, row: 1 },
];

/** As TOML, with the ports of this story's board and mail server. `more` sets further keys of the bank. */
export function siteFile({ port, mail, withAdmin = false, compartments = lobby, more = {} }) {
  const bank = { name: "Lobby", driver: "bcc8a", port, ...more };
  return [
    table("[site]", { name: "Head office" }),
    ...(withAdmin ? [table("[admin]", { name: "Ada Admin", email: admin.email, password_file: "admin-password" })] : []),
    table("[[bank]]", bank),
    ...compartments.map((each) => table("[[bank.compartment]]", each)),
    ...(mail ? [table("[channel.email]", { url: mail.url, from: "Parcel room <parcels@example.com>", ca_file: mail.authority })] : []),
  ].join("\n\n");
}

// What JSON writes of texts, numbers and lists of texts is TOML, too.
const table = (header, keys) =>
  [header, ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join("\n");
