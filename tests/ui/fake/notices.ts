// Notices, channels and templates as the fake tells them: a mail channel that works, text messages that rest, a Slack
// whose token was revoked; two people who could not be told, and more who wait.
import type { ChannelForm, ChannelName, ChannelsPage, ChannelView, NoticeItem, NoticeProgress, QuietHours, Said, TemplateFault, TemplateKey, TemplatePreview, TemplateText } from "./contract";
import { changed, fail } from "./ipc";
import { ago, packages, people, tasks } from "./mailroom-data";

export const whys = {
  mailboxFull: { en: "the mailbox is full", es: "el buzón está lleno" },
  unknown: { en: "nobody is known there: check the address", es: "allí no conocen a nadie: revise la dirección" },
  slow: { en: "the service did not answer in time", es: "el servicio no respondió a tiempo" },
  signIn: { en: "the service refuses the password or token: enter it anew", es: "el servicio rechaza la contraseña o el token: introdúzcalo de nuevo" },
} satisfies Record<string, Said>;

const tell = (...topics: Parameters<typeof changed>) => setTimeout(() => void changed(...topics), 0);

const failed: [reader: number, ChannelName, minutes: number, attempts: number, Said][] = [
  [6, "email", 40, 6, whys.mailboxFull],
  [12, "sms", 130, 1, whys.unknown],
];
const item = (at: number, state: NoticeProgress, reader: number, channel: ChannelName, minutes: number, attempts: number, why: Said | null): NoticeItem => {
  const row = packages[at] ?? packages[0]!;
  const nextAt = state === "waiting" ? ago(-minutes) : null;
  return { id: `n-${at}`, kind: state === "failed" ? "stored" : "reminder", state, channel, reader: people[reader]!.name, readerId: `person-${reader}`, packageId: row.id, trackingNumber: row.trackingNumber, since: ago(minutes), attempts, nextAt, why };
};
const items: NoticeItem[] = [
  ...failed.map(([reader, channel, minutes, attempts, why], at) => item(at, "failed", reader, channel, minutes, attempts, why)),
  ...Array.from({ length: 31 }, (_, at) => item(at + 2, "waiting", at % 12, at % 3 ? "sms" : "email", 4 + at * 3, at % 3, at % 3 ? whys.slow : null)),
];

const well = { kind: "well" } as const;
const channels: ChannelView[] = [
  { channel: "email", settings: { channel: "email", server: "smtps://mail.example.com", from: "Parcel room <parcels@example.com>", bounces: "imaps://mail.example.com" }, codes: true, waiting: 0, state: well },
  { channel: "sms", settings: { channel: "sms", api: "https://api.twilio.com", account: "AC0123456789abcdef0123456789abcdef", from: "+34600111222" }, codes: true, waiting: 21, state: { kind: "resting", until: ago(-7), why: whys.slow } },
  { channel: "slack", settings: { channel: "slack", api: "https://slack.com/api" }, codes: true, waiting: 1, state: { kind: "broken", why: whys.signIn } },
  { channel: "teams", settings: null, codes: false, waiting: 0, state: well },
  { channel: "webhook", settings: null, codes: false, waiting: 0, state: well },
  { channel: "desktop", settings: { channel: "desktop" }, codes: false, waiting: 0, state: well },
];
let order: ChannelName[] = ["email", "sms", "slack"];
const the = (channel: ChannelName) => channels.find((one) => one.channel === channel)!;

function shown(form: ChannelForm): ChannelView["settings"] {
  switch (form.channel) {
    case "email":
      return { channel: "email", server: "smtps://mail.example.com", from: form.from, bounces: null };
    case "sms":
      return { channel: "sms", api: form.api, account: form.account, from: form.from };
    case "slack":
      return { channel: "slack", api: form.api };
    case "teams":
      return { channel: "teams", server: "prod.logic.azure.com", personal: form.personal };
    case "webhook":
      return { channel: "webhook", url: form.url, codes: form.codes };
  }
}
const secretOf = (form: ChannelForm): [field: string, value: string | null] =>
  form.channel === "email" || form.channel === "teams" ? ["url", form.url] : form.channel === "webhook" ? ["secret", form.secret] : ["token", form.token];

const VALUES = ["headline", "greeting", "place", "about_note", "notes", "until", "how", "care", "details", "closing", "where", "spot", "code", "recipient", "about", "site", "bank", "compartment", "height", "shelf", "deadline", "carrier", "tracking", "kind"];
const made: Record<string, string> = {
  headline: "Your package is in compartment A07, Lobby", greeting: "Hello Ana López,", place: "Compartment A07 in bank Lobby, Head office — bottom row",
  until: "Please collect it by Tuesday, 24 November 2026 at 18:30.", how: "Enter this code at the kiosk, show the QR, or tap your badge:", code: "1234 5678",
  care: "The code is yours alone and works once.", closing: "Need help? The parcel room team is glad to help, also with a lost code.", where: "compartment A07", recipient: "Ana López",
};
const hasSubject = (channel: ChannelName) => channel === "email" || channel === "webhook" || channel === "desktop";
const defaultOf = (channel: ChannelName): TemplateText =>
  channel === "sms"
    ? { subject: "", body: "{{ headline }}. {{ how }} {{ code }}. {{ until }}" }
    : { subject: hasSubject(channel) ? "{{ headline }}" : "", body: ["headline", "greeting", "place", "about_note", "notes", "until", "how", "code", "care", "details", "closing"].map((name) => `{{ ${name} }}`).join("\n\n") };
const idOf = ({ channel, kind, language }: TemplateKey) => `${channel} ${kind} ${language}`;
const own = new Map<string, { key: TemplateKey; text: TemplateText }>();
const put = (key: TemplateKey, text: TemplateText) => own.set(idOf(key), { key, text });
put({ channel: "email", kind: "reminder", language: "en" }, { subject: "Still here: {{ headline }}", body: "{{ headline }}\n\nIt is still waiting for you.\n\n{{ until }}\n\n{{ how }}\n\n{{ code }}" });

function faultOf({ subject, body }: TemplateText): TemplateFault | null {
  const code: Said = { en: "the code must not stand in a subject or in the first line: others see it", es: "el código no puede ir en un asunto ni en la primera línea: otros lo ven" };
  if (/\{\{ *code *\}\}/u.test(subject)) return { part: "subject", line: 1, why: code };
  for (const [at, line] of body.split("\n").entries()) {
    const unknown = [...line.matchAll(/\{\{ *(\w+) *\}\}/gu)].map(([, name]) => name!).find((name) => !VALUES.includes(name));
    if (unknown) return { part: "body", line: at + 1, why: { en: `${unknown} is not a value that a message has`, es: `${unknown} no es un valor que tenga un mensaje` } };
  }
  if (!body.includes("{{ code }}")) return { part: "body", line: 1, why: { en: "the text must say the code, or the package can't be opened", es: "el texto debe decir el código, o el paquete no se podrá abrir" } };
  return null;
}
const fill = (text: string) => text.replace(/\{\{ *(\w+) *\}\}/gu, (_, name: string) => made[name] ?? "").replace(/\n{3,}/gu, "\n\n").trim();

export const quiet = new Map<string, QuietHours>();

/** `proven` throws unless whoever sits there has lately shown who they are. */
export const noticeAnswers = (proven: () => unknown, me: string) => ({
  notices({ state, after }: { state: NoticeProgress; after: string | null }) {
    const found = items.filter((one) => one.state === state && packages.some(({ id }) => id === one.packageId));
    const from = Number(after ?? 0);
    return { rows: found.slice(from, from + 25), next: from + 25 < found.length ? String(from + 25) : null };
  },
  sendAgain({ noticeId }: { noticeId: string }) {
    const one = items.find((one) => one.id === noticeId);
    if (!one) return fail({ code: "refused", why: "wrongState" });
    Object.assign(one, { state: "waiting", nextAt: ago(0), why: null });
    tell("tasks", "packages");
    return null;
  },
  channels: (): ChannelsPage => ({ channels, order }),
  setChannel({ form }: { form: ChannelForm }) {
    proven();
    const [field, secret] = secretOf(form);
    if (the(form.channel).settings === null && secret === null) fail({ code: "invalid", field, why: "empty" });
    if ("from" in form && form.from === "") fail({ code: "invalid", field: "from", why: "empty" });
    const codes = form.channel === "teams" ? form.personal : form.channel === "webhook" ? form.codes : true;
    Object.assign(the(form.channel), { settings: shown(form), codes, state: well });
    if (!order.includes(form.channel)) order = [...order, form.channel];
    tell("health");
    return null;
  },
  removeChannel({ channel }: { channel: ChannelName }) {
    proven();
    Object.assign(the(channel), { settings: null, codes: false, state: well, waiting: 0 });
    order = order.filter((one) => one !== channel);
    tell("health");
    return null;
  },
  setChannelOrder({ order: wanted }: { order: ChannelName[] }) {
    order = wanted;
    tell("health");
    return null;
  },
  testChannel({ key, template, to }: { key: TemplateKey; template: TemplateText | null; to: string }) {
    if (template && faultOf(template)) fail({ code: "invalid", field: "body", why: "malformed" });
    if (key.channel === "email" && !to.includes("@")) fail({ code: "invalid", field: "to", why: "malformed" });
    const state = the(key.channel).state;
    return { why: to.startsWith("nobody@") ? whys.unknown : state.kind === "well" ? null : state.why };
  },
  templates: () => ({ own: [...own.values()].map(({ key }) => key), values: VALUES }),
  template: ({ key }: { key: TemplateKey }) => ({ own: own.get(idOf(key))?.text ?? null, default: defaultOf(key.channel), hasSubject: hasSubject(key.channel) }),
  previewTemplate({ key, template }: { key: TemplateKey; template: TemplateText }): TemplatePreview {
    const fault = faultOf(template);
    const said = fault ? defaultOf(key.channel) : template;
    return { subject: hasSubject(key.channel) ? fill(said.subject) : null, text: fill(said.body), fault };
  },
  setTemplate({ key, template }: { key: TemplateKey; template: TemplateText | null }) {
    if (template === null) own.delete(idOf(key));
    else if (faultOf(template)) fail({ code: "invalid", field: faultOf(template)!.part, why: "malformed" });
    else put(key, template);
    return null;
  },
  setQuietHours({ personId, quiet: wanted }: { personId: string; quiet: QuietHours | null }) {
    if (wanted && (wanted.from === wanted.until || wanted.from === "")) fail({ code: "invalid", field: "quiet", why: "outOfRange" });
    if (wanted) quiet.set(personId, wanted);
    else quiet.delete(personId);
    tell("people");
    return null;
  },
  takeTask({ taskId, mine }: { taskId: string; mine: boolean }) {
    const one = tasks.find((one) => one.id === taskId) ?? fail({ code: "notFound", what: "task" });
    Object.assign(one, { owner: mine ? me : null, mine });
    tell("tasks");
    return null;
  },
});
