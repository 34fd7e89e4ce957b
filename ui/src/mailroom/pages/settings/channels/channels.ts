// What the form of a channel begins with, and what it asks Rust for. Pure. A secret that nobody typed is null: what is
// there stays. It must never hold wording of its own.
import type { ChannelForm, ChannelName, ChannelSettings, InvalidWhy } from "../../../../ipc/bindings";
import { m } from "../../../../paraglide/messages";

export const about: Record<ChannelName, () => string> = {
  email: m.channel_about_email,
  sms: m.channel_about_sms,
  slack: m.channel_about_slack,
  teams: m.channel_about_teams,
  webhook: m.channel_about_webhook,
  desktop: m.channel_about_desktop,
};

export type Changeable = ChannelForm["channel"];
export const changeable = (channel: ChannelName): channel is Changeable => channel !== "desktop";

/** Everything that can be typed, whichever channel it is. */
export type Draft = { url: string; from: string; api: string; account: string; secret: string; personal: boolean; codes: boolean };
const usual: Partial<Record<Changeable, string>> = { sms: "https://api.twilio.com", slack: "https://slack.com/api" };

export function draftOf(channel: Changeable, settings: ChannelSettings | null): Draft {
  const draft: Draft = { url: "", from: "", api: usual[channel] ?? "", account: "", secret: "", personal: false, codes: false };
  if (settings === null) return draft;
  // Of a server only its name is told: its url holds the password, and is typed anew or left alone.
  for (const [name, value] of Object.entries(settings)) if (name in draft) Object.assign(draft, { [name]: value });
  return draft;
}

export function formOf(channel: Changeable, draft: Draft): ChannelForm {
  const [url, from, api, account] = [draft.url, draft.from, draft.api, draft.account].map((text) => text.trim()) as [string, string, string, string];
  const secret = draft.secret.trim() || null;
  switch (channel) {
    case "email":
      return { channel, url: secret, from };
    case "sms":
      return { channel, api, account, token: secret, from };
    case "slack":
      return { channel, api, token: secret };
    case "teams":
      return { channel, url: secret, personal: draft.personal };
    case "webhook":
      return { channel, url, secret, codes: draft.codes };
  }
}

/** By which name Rust refuses what was typed as the secret. */
export const secretField: Record<Changeable, string> = { email: "url", sms: "token", slack: "token", teams: "url", webhook: "secret" };

/** What to write instead of what is not written as the channel needs it, by the name of the field in Rust. */
const remedies: Record<Changeable, Record<string, () => string>> = {
  email: { url: m.channel_wrong_server, from: m.channel_wrong_sender },
  sms: { api: m.channel_wrong_https, account: m.channel_wrong_account, token: m.channel_wrong_token, from: m.channel_wrong_sms_sender },
  slack: { api: m.channel_wrong_https, token: m.channel_wrong_bot_token },
  teams: { url: m.channel_wrong_https },
  webhook: { url: m.channel_wrong_https, secret: m.channel_wrong_secret },
};

export function remedy(channel: Changeable, { field, why }: { field: string; why: InvalidWhy }): string | null {
  return (why === "malformed" && remedies[channel][field]?.()) || null;
}

/** To what kind of address a test goes; null: the channel knows where itself. */
export function testGoesTo(channel: ChannelName, settings: ChannelSettings | null): "email" | "phone" | "slack" | null {
  if (channel === "sms") return "phone";
  if (channel === "slack") return "slack";
  if (channel === "email") return "email";
  return settings?.channel === "teams" && settings.personal ? "email" : null;
}
